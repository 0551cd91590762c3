"""Ticks: one looks at a room at a time, and a lost hint costs one sweep."""

from datetime import timedelta

import pytest

from tests import cast
from tests.commands.refusing import later
from workspace.commands.charging import wake
from workspace.commands.judgements import claim_judgement, plan_room
from workspace.commands.messages import post_message
from workspace.commands.rooms import seat_agent
from workspace.commands.talks import claim_talk, open_talk
from workspace.commands.ticks import beat, claim_tick, due_rooms, due_work, finish_tick
from workspace.models import Heartbeat, Stream, Talk
from workspace.outbox import claim

EVERY = timedelta(seconds=0.25)


@pytest.fixture
def claimed(room):
    """Somebody is looking at the room."""
    assert take(room, 0) == timedelta(0)
    return room


def take(room, after):
    return claim_tick(room_id=room.id, every=EVERY, at=later(after))


def seen(room):
    return Stream.objects.get(id=room.id).seq


def test_one_looks_at_a_time(claimed):
    assert take(claimed, 1) is None


def test_a_claim_that_is_never_given_back_lapses(claimed):
    assert take(claimed, 9.9) is None
    assert take(claimed, 10) == timedelta(0)


def test_a_room_is_looked_at_four_times_a_second_at_most(claimed):
    finish_tick(room_id=claimed.id, seen_seq=seen(claimed), next_at=None)
    assert take(claimed, 0.1) == timedelta(seconds=0.15)
    assert take(claimed, 0.25) == timedelta(0)


def test_a_room_that_is_not_there_has_no_turn(db):
    assert claim_tick(room_id="room_none", every=EVERY, at=later(0)) is None


def test_what_happened_meanwhile_is_noticed(claimed, by):
    before = seen(claimed)
    assert not finish_tick(room_id=claimed.id, seen_seq=before, next_at=None)
    post_message(body="Hello.", by=by, at=later(0), room_id=claimed.id)
    assert finish_tick(room_id=claimed.id, seen_seq=before, next_at=None)


def test_a_room_is_due_by_its_timer_or_by_unseen_events(claimed, by):
    finish_tick(room_id=claimed.id, seen_seq=seen(claimed), next_at=later(60))
    assert due_rooms(later(59)) == []
    assert due_rooms(later(60)) == [claimed.id]
    cast.a_card(claimed)
    assert due_rooms(later(1)) == [claimed.id]


def test_what_wakes_no_coordinator_makes_no_room_due_unless_it_is_spoken_to(claimed, by):
    finish_tick(room_id=claimed.id, seen_seq=seen(claimed), next_at=None)
    post_message(body="Hello.", by=by, at=later(0), room_id=claimed.id)
    assert due_rooms(later(1)) == []
    post_message(body="@coordinator Hello.", by=by, at=later(0), room_id=claimed.id)
    assert due_rooms(later(1)) == [claimed.id]


def test_a_timer_that_became_due_while_somebody_looked_is_not_lost(claimed):
    wake([claimed.id], later(1))
    finish_tick(room_id=claimed.id, seen_seq=seen(claimed), next_at=later(60))
    assert due_rooms(later(1)) == [claimed.id]
    assert take(claimed, 2) == timedelta(0)
    finish_tick(room_id=claimed.id, seen_seq=seen(claimed), next_at=later(60))
    assert due_rooms(later(59)) == []


def test_a_clock_that_was_set_back_leaves_no_room_unseen(claimed):
    back = later(-86_400)
    assert due_rooms(back) == [claimed.id]
    assert claim_tick(room_id=claimed.id, every=EVERY, at=back) == timedelta(0)
    finish_tick(room_id=claimed.id, seen_seq=seen(claimed), next_at=later(60))
    assert due_rooms(back) == []


def test_who_read_the_clock_a_moment_before_does_not_look_beside_who_is_looking(claimed):
    earlier = later(0) - timedelta(seconds=2)
    assert claim_tick(room_id=claimed.id, every=EVERY, at=earlier) is None
    assert due_rooms(earlier) == []
    finish_tick(room_id=claimed.id, seen_seq=seen(claimed), next_at=later(60))
    assert claim_tick(room_id=claimed.id, every=EVERY, at=earlier) > timedelta(0)
    assert due_rooms(earlier) == []


def test_a_room_that_is_being_looked_at_is_not_due(claimed):
    assert due_rooms(later(5)) == []


def test_the_sweep_finds_what_a_lost_hint_would_have_told(room, agent, by, card):
    plan = plan_room(room_id=room.id, by=by, at=later(0))
    run = cast.a_run(card, agent)
    open_talk(run_id=run.id, facts={}, due_at=later(0), at=later(0))
    found = {hearer: list(subjects) for hearer, subjects in due_work(later(0)).items()}
    assert found == {
        "tick": [room.id],
        "owed": ["due"],
        "judge": [plan.id],
        "sources": [],
        "audition": [],
        "look": ["webhook"],
    }
    claim_talk(talk_id=Talk.objects.get().id, until=later(60), at=later(0))
    claim_judgement(judgement_id=plan.id, at=later(0))
    claim(run.deliveries.get().id, at=later(0))
    found = {hearer: list(subjects) for hearer, subjects in due_work(later(0)).items()}
    assert found == {"tick": [room.id], "owed": [], "judge": [], "sources": [], "audition": [],
                     "look": []}  # fmt: skip


def test_what_the_sweep_tells_carries_a_mark_that_changes_once_somebody_has_come(room, by):
    plan = plan_room(room_id=room.id, by=by, at=later(0))
    before = due_work(later(0))
    assert claim_tick(room_id=room.id, every=EVERY, at=later(0)) == timedelta(0)
    finish_tick(room_id=room.id, seen_seq=0, next_at=None)
    claim_judgement(judgement_id=plan.id, at=later(0))
    after = due_work(later(3600))
    assert before["tick"][room.id] is None and after["tick"][room.id] == later(0)
    assert (before["judge"][plan.id], after["judge"][plan.id]) == (0, 1)


def test_an_agent_that_is_free_again_is_heard_of_in_every_room_it_works_in(
    room, owner, agent, by, nudges, django_capture_on_commit_callbacks
):
    other = cast.a_room(owner, name="Other")
    seat_agent(room_id=other.id, agent_id=agent.id, by=by, at=later(0))
    run = cast.a_run(cast.a_card(room), agent)
    with django_capture_on_commit_callbacks(execute=True):
        nudges.clear()
        cast.says(run, cast.a_result())
    assert ("tick", other.id) in nudges and ("tick", room.id) in nudges


def test_a_part_beats_over_and_over_in_one_row(db):
    for after in (0, 5):
        beat(name="sweep", facts={"pid": after}, at=later(after))
    assert Heartbeat.objects.values_list("at", "facts").get() == (later(5), {"pid": 5})
