"""Messages: who may speak, and whom it wakes."""

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import By, coordinator
from workspace.commands.messages import post_message
from workspace.commands.runs import fail_run
from workspace.commands.ticks import claim_tick, due_rooms, finish_tick
from workspace.models import Delivery, Event, Message


def post(body, by, **where):
    return post_message(body=body, by=by, at=later(5), **where)


def owed():
    return list(Delivery.objects.exclude(type="card.assigned").values_list("type", flat=True))


def test_a_message_is_said_in_a_room_or_on_a_card(room, card, by):
    assert post(" Hello.\x00 ", by, room_id=room.id).body == "Hello."
    assert post("Hello.", by, card_id=card.id).card_id == card.id
    assert Event.objects.filter(type="message.posted").count() == 2


@pytest.mark.parametrize(
    ("body", "code"), [("", "missing"), (" \x00 ", "missing"), ("x" * 20_001, "too_long")]
)
def test_an_empty_or_endless_message_is_refused(room, by, body, code):
    with refused(code, field="body"):
        post(body, by, room_id=room.id)
    assert not Message.objects.exists()


def test_an_observer_listens(room, observer):
    with refused("not_allowed", permission="message.post"):
        post("Hello.", By(observer.id), room_id=room.id)


def test_an_agent_speaks_only_through_its_run(room, agent):
    with refused("not_allowed", permission="message.post"):
        post("Accept me.", By(agent.id), room_id=room.id)


def test_a_mentioned_agent_hears_of_it_on_the_card_it_works_on(card, run, by):
    post("@Tracer which line?", by, card_id=card.id)
    assert owed() == ["message.posted"]


@pytest.mark.parametrize("body", ["Tracer which line?", "mail@Tracer", "@Nobody hello"])
def test_without_a_mention_nobody_is_woken(card, run, by, body):
    post(body, by, card_id=card.id)
    assert owed() == []


def test_an_agent_whose_run_is_over_is_not_woken(card, run, by):
    rule = coordinator(rule="lease")
    fail_run(run_id=run.id, kind="error", evidence={}, by=rule, at=AT)
    before = owed()
    assert post("@Tracer which line?", by, card_id=card.id).to_agent_id == run.agent_id
    assert owed() == before


def test_an_agent_of_two_words_is_mentioned_with_a_hyphen(room, card, by):
    cast.a_run(card, cast.an_agent(room, "Code Tracer"))
    post("@code-tracer please", by, card_id=card.id)
    assert owed() == ["message.posted"]


def test_the_coordinator_looks_when_it_is_mentioned(room, by):
    claim_tick(room_id=room.id, every=timedelta(seconds=1), at=later(0))
    finish_tick(room_id=room.id, seen_seq=99, next_at=None)
    post("What now?", by, room_id=room.id)
    assert due_rooms(later(5)) == []
    post("@coordinator what now?", by, room_id=room.id)
    assert due_rooms(later(5)) == [room.id]
