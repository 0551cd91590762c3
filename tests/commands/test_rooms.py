"""Rooms: made, edited, paused; agents seated in them."""

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import By, coordinator
from workspace.commands.rooms import (
    create_room,
    edit_room,
    pause_room,
    resume_room,
    seat_agent,
    set_judge,
    set_mode,
    unseat_agent,
    wake_room,
)
from workspace.commands.ticks import claim_tick, due_rooms, finish_tick
from workspace.models import Event, Member, Room, Seat


def edit(room, by, **changes):
    return edit_room(room_id=room.id, changes=changes, by=by, at=AT)


def events_of(room):
    return list(
        Event.objects.filter(stream_id=room.id).order_by("seq").values_list("type", flat=True)
    )


def test_a_new_room_has_its_owner_and_wakes_its_coordinator(room, owner):
    assert events_of(room) == ["room.created", "member.joined"]
    assert Member.objects.get(room=room).person == owner
    assert due_rooms(AT) == [room.id]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " "}, "missing"),
        ({"goal": "\x00"}, "missing"),
        ({"goal": "x" * 20_001}, "too_long"),
        ({"name": "x" * 161}, "too_long"),
    ],
)
def test_a_room_that_makes_no_sense_is_refused(owner, facts, code):
    with refused(code):
        cast.a_room(owner, **facts)
    assert not Room.objects.exists()


def test_a_stranger_makes_no_room_here(owner):
    stranger = cast.an_owner("Stranger", "Others")
    with refused("not_found", what="workspace"):
        create_room(
            workspace_id=cast.workspace_of(owner).id, name="Mine", goal="Get in.",
            owner=stranger, by=By(stranger.id), at=AT,
        )  # fmt: skip


def test_goal_and_rules_get_a_new_revision_and_a_name_does_not(room, by):
    assert edit(room, by, name="Renamed").revision == 1
    assert edit(room, by, goal="Another goal.").revision == 2
    assert edit(room, by, rules="Be\x00 brief.", name="Again").revision == 3
    assert Room.objects.get().rules == "Be brief."


@pytest.mark.parametrize("role", ["reviewer", "contributor", "observer"])
def test_only_owners_edit_a_room(room, role):
    with refused("not_allowed", permission="room.edit"):
        edit(room, By(cast.a_member(room, role).id), name="Mine")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timings": {"nap": 3}}, "unknown_timing"),
        ({"timings": {"lease": -1}}, "not_a_duration"),
        ({"timings": {"lease": "nan"}}, "not_a_duration"),
        ({"name": ""}, "missing"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(room, by, changes, code):
    with refused(code):
        edit(room, by, **changes)


def test_a_policy_nobody_knows_is_left_out(room, by):
    found = edit(room, by, policy={"accepts_needed": 2, "agents_accept": True})
    assert found.policy == {"accepts_needed": 2}


def test_pausing_twice_is_one_event(room, by):
    for command in (pause_room, pause_room, resume_room, resume_room):
        command(room_id=room.id, by=by, at=AT)
    assert events_of(room)[-2:] == ["room.paused", "room.resumed"]


def test_a_contributor_does_not_pause(room, contributor):
    with refused("not_allowed", permission="room.pause"):
        pause_room(room_id=room.id, by=By(contributor.id), at=AT)


def test_a_mode_nobody_knows_is_refused(room, by):
    with refused("unknown_mode", mode="turbo"):
        set_mode(room_id=room.id, mode="turbo", by=by, at=AT)
    assert set_mode(room_id=room.id, mode="manual", by=by, at=AT).mode == "manual"


def test_the_same_judge_said_twice_is_one_event(room):
    note = {"code": "judge_failed", "params": {}}
    for _ in range(2):
        set_judge(room_id=room.id, judge="kimi", note=note, by=coordinator(rule="x"), at=AT)
    assert events_of(room).count("room.judge_changed") == 1


def test_an_observer_does_not_choose_the_judge(room, observer):
    with refused("not_allowed", permission="room.edit"):
        set_judge(room_id=room.id, judge="kimi", note={}, by=By(observer.id), at=AT)


def test_waking_a_room_makes_its_tick_due(room, by, observer):
    claim_tick(room_id=room.id, every=timedelta(seconds=1), at=later(0))
    finish_tick(room_id=room.id, seen_seq=99, next_at=None)
    assert due_rooms(later(5)) == []
    with refused("not_allowed", permission="room.plan"):
        wake_room(room_id=room.id, by=By(observer.id), at=later(5))
    wake_room(room_id=room.id, by=by, at=later(5))
    assert due_rooms(later(5)) == [room.id]


# --- seats -------------------------------------------------------------------------------


def test_an_agent_is_seated_once(room, agent, by):
    seat_agent(room_id=room.id, agent_id=agent.id, by=by, at=AT)
    assert events_of(room).count("agent.seated") == 1


def test_an_agent_of_another_workspace_is_not_seated(room, by):
    stranger = cast.an_owner("Stranger", "Others")
    foreign = cast.an_agent(cast.a_room(stranger), "Foreign")
    with refused("not_found", what="agent"):
        seat_agent(room_id=room.id, agent_id=foreign.id, by=by, at=AT)


@pytest.mark.parametrize("command", [seat_agent, unseat_agent])
def test_a_reviewer_neither_seats_nor_unseats(room, agent, reviewer, command):
    with refused("not_allowed", permission="room.seats"):
        command(room_id=room.id, agent_id=agent.id, by=By(reviewer.id), at=AT)


def test_an_agent_that_leaves_the_room_frees_its_cards_there(room, card, run, agent, by):
    unseat_agent(room_id=room.id, agent_id=agent.id, by=by, at=AT)
    run.refresh_from_db()
    card.refresh_from_db()
    assert (run.state, card.status, card.reason["code"]) == (
        "superseded", "ready", "agent_removed",
    )  # fmt: skip
    assert not Seat.objects.exists()


def test_taking_a_seat_away_that_is_not_there_is_no_event(room, agent, by):
    unseat_agent(room_id=room.id, agent_id=agent.id, by=by, at=AT)
    before = events_of(room)
    unseat_agent(room_id=room.id, agent_id=agent.id, by=by, at=AT)
    assert events_of(room) == before
