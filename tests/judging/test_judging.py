"""A room whose coordinator asks a model: a scripted server over real HTTP stands for it.

Whatever the model answers, the board is never harmed, the room says what happened, and the
rules carry on.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from agents import judging
from agents.tick import tick
from tests import cast
from tests.fakes.model_server import BEHAVIOURS, model_server
from workspace.actors import By
from workspace.commands.models import ModelFacts, set_model
from workspace.models import Event, Judgement, ModelCall, Room
from workspace.verify import verify

pytestmark = pytest.mark.django_db

GOAL = "First:\n- Facts: list the facts of the docs.\nThen:\n- Report: write them up."
USED = {"good", "fenced", "dirty_text", "no_criteria"}
ABSTAINED = {"cannot"}


@pytest.fixture(autouse=True)
def loopback(settings: object) -> Iterator[None]:
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    settings.MUSTER_MODEL_LIMITS = dict.fromkeys(("concurrency", "rpm", "tpm"), 0)  # type: ignore[attr-defined]
    yield


def a_room_that_asks(url: str) -> Room:
    owner = cast.an_owner()
    facts = ModelFacts(base_url=url, model="kimi-k2.6", profile="moonshot", api_key="sk-test")
    workspace = cast.workspace_of(owner)
    set_model(workspace_id=workspace.id, facts=facts, by=By(owner.id), at=timezone.now())
    room = cast.a_room(owner, goal=GOAL)
    cast.an_agent(room, "Reader", skills=("docs", "writing"))
    return room


def settle(room: Room) -> None:
    """Look and answer until nothing is left to do; waiting for a retry takes no time here."""
    for _ in range(12):
        tick(room.id)
        waiting = Judgement.objects.filter(room=room, state__in=["wanted", "asking"])
        if not waiting.exists() and room.cards.exists():
            break
        waiting.update(due_at=timezone.now(), claimed_until=None)
        ModelCall.objects.update(held_until=None)
        for judgement in list(waiting):
            judging.answer(judgement.id)
        room.tick.ticked_at = None
        room.tick.save()
    room.refresh_from_db()


def test_a_plan_of_the_model_is_used() -> None:
    with model_server("good") as server:
        room = a_room_that_asks(server.base_url)
        assert room.judge == "kimi"
        settle(room)
    taken = room.judgements.get(kind="plan", state="taken")
    assert (taken.judge, taken.model) == ("kimi", "kimi-k2.6")
    assert [card.title for card in room.cards.order_by("number")] == [
        card["title"] for card in taken.proposal["cards"]
    ]
    assert taken.prompt_tokens and taken.completion_tokens and taken.prompt_sha256
    made = Event.objects.filter(type="card.created", stream_id=room.id)
    assert {event.cause["judgement"] for event in made} == {taken.id}


@pytest.mark.parametrize("name", sorted(set(BEHAVIOURS) - USED - ABSTAINED - {"silent"}))
def test_rules_carry_on_when_the_model_answers_badly(name: str) -> None:
    with model_server(name) as server:
        room = a_room_that_asks(server.base_url)
        settle(room)
        asked = len(server.requests)
    assert [card.title for card in room.cards.order_by("number")] == ["Facts", "Report"]
    assert room.judge == "rules"
    assert room.judge_note["code"] in ("judge_failed", "judge_late")
    failed = room.judgements.filter(state="failed").first()
    assert failed is not None and failed.trouble
    assert 1 <= asked <= 8
    assert verify(timezone.now()) == []


@pytest.mark.parametrize("name", ["bad_key", "quota", "retired_model", "content_filter"])
def test_what_only_a_person_can_mend_is_not_asked_again(name: str) -> None:
    with model_server(name) as server:
        room = a_room_that_asks(server.base_url)
        settle(room)
        assert len(server.requests) == 1


def test_a_model_that_is_late_is_left_to_itself() -> None:
    with model_server("silent") as server:
        room = a_room_that_asks(server.base_url)
        tick(room.id)
        long_ago = timezone.now() - timezone.timedelta(seconds=61)
        Judgement.objects.filter(room=room).update(asked_at=long_ago, due_at=None)
        settle(room)
    assert [card.title for card in room.cards.order_by("number")] == ["Facts", "Report"]
    assert room.judge_note["code"] == "judge_late"


def test_an_honest_no_becomes_one_card_for_a_person() -> None:
    with model_server("cannot") as server:
        room = a_room_that_asks(server.base_url)
        settle(room)
    assert [card.status for card in room.cards.all()] == ["triage"]


def test_without_a_key_the_rules_plan() -> None:
    room = cast.a_room(cast.an_owner(), goal=GOAL)
    assert room.judge == "rules"
    settle(room)
    assert room.cards.count() == 2
    assert room.judgements.get().judge == "rules"
