"""What an audition does to who gets a card: a prior, and in demanding rooms a condition."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agents.coordinator.board import Record
from agents.coordinator.learning import Learned
from agents.coordinator.moves import Assign, HandOff, TakeBack
from agents.coordinator.plan import plan
from agents.coordinator.saved import board_from_json, board_to_json
from agents.observe import observe
from agents.observe.seats import seats
from agents.tick import tick
from tests import cast
from tests.auditions.trying import end, passes, to_version
from tests.cast import AT
from tests.commands.refusing import later
from tests.coordinator.boards import a_board, a_card, a_seat
from workspace import sentences
from workspace.actors import By
from workspace.commands.auditions import start_audition
from workspace.commands.rooms import edit_room
from workspace.models import Agent, Person, Room

PASSED, FAILED = (3.0, 0.0), (0.0, 3.0)


def only_assigned(*found: Any, **more: Any) -> Assign:
    (move,) = plan(a_board(a_card(), seats=found, **more)).moves
    assert isinstance(move, Assign)
    return move


def success(seat: Any) -> float:
    return Learned((seat,)).estimate(0, frozenset({"testing"}), "other").success


def test_who_has_passed_goes_before_who_was_never_tried_and_the_reason_says_so() -> None:
    move = only_assigned(a_seat("ada"), a_seat("bo", order=1, auditioned=PASSED))
    assert (move.agent_id, move.reason.code) == ("agt_bo", "best_audition")
    chosen = move.reason.params["eligible"][0]
    assert (chosen["basis"], chosen["auditioned"]) == ("audition", [3.0, 0.0])
    text = sentences.sentence({"code": move.reason.code, "params": dict(move.reason.params)})
    assert "audition" in text


def test_who_has_failed_goes_after_who_was_never_tried() -> None:
    move = only_assigned(a_seat("ada", auditioned=FAILED), a_seat("bo", order=1))
    assert (move.agent_id, move.reason.code) == ("agt_bo", "best_audition")


def test_beside_one_that_is_only_middling_at_work_the_reason_names_the_audition() -> None:
    middling = (Record("testing", "", 6.0, 5.0), Record("", "", 6.0, 5.0))
    known = a_seat("ada", records=middling)
    move = only_assigned(known, a_seat("bo", order=1, auditioned=PASSED))
    assert (move.agent_id, move.reason.code) == ("agt_bo", "stood_audition")
    assert "stood its audition" in sentences.sentence(
        {"code": move.reason.code, "params": dict(move.reason.params)}
    )
    move = only_assigned(known, a_seat("bo", order=1, auditioned=FAILED))
    assert (move.agent_id, move.reason.code) == ("agt_bo", "tried_out")


def test_without_any_audition_nothing_is_said_of_one() -> None:
    move = only_assigned(a_seat("ada"), a_seat("bo", order=1))
    assert (move.agent_id, move.reason.code) == ("agt_ada", "best_fit")
    assert "auditioned" not in move.reason.params["eligible"][0]


def test_real_work_soon_weighs_more_than_how_one_was_tried() -> None:
    shown = (Record("testing", "", 0.5, 5.0), Record("", "", 0.5, 5.0))
    move = only_assigned(
        a_seat("ada", records=shown, auditioned=PASSED), a_seat("bo", order=1, auditioned=FAILED)
    )
    assert move.agent_id == "agt_bo"


def test_it_is_a_prior_between_its_bounds_and_fades_to_nothing() -> None:
    never = success(a_seat("ada"))
    assert (
        success(a_seat("ada", auditioned=FAILED))
        < never
        < success(a_seat("ada", auditioned=PASSED))
    )
    assert success(a_seat("ada", auditioned=(0.003, 0.0))) == pytest.approx(never, abs=0.001)


def test_a_saved_board_keeps_it() -> None:
    board = a_board(a_card(), seats=(a_seat("ada"), a_seat("bo", auditioned=PASSED)))
    kept = board_from_json(board_to_json(board))
    assert plan(kept).moves == plan(board).moves


def unusable(why: str, **more: Any) -> Any:
    return a_seat("ada", usable=False, unusable_because=why, **more)


@pytest.mark.parametrize("why", ["not_auditioned", "audition_failed", "audition_outdated"])
def test_where_one_is_demanded_and_nobody_has_passed_people_are_asked(why: str) -> None:
    (move,) = plan(a_board(a_card(), seats=(unusable(why),))).moves
    assert isinstance(move, HandOff)
    assert move.reason.code == "needs_audition"
    assert move.reason.params["excluded"][0]["why"] == why
    assert "audition" in sentences.sentence({"code": "needs_audition", "params": {}})


def test_a_card_waits_for_an_audition_that_is_under_way() -> None:
    planned = plan(a_board(a_card(), seats=(unusable("being_auditioned"),)))
    assert planned.moves == ()
    (held,) = planned.held
    assert held.reason.code == "being_auditioned"
    reason = {"code": held.reason.code, "params": dict(held.reason.params)}
    assert "Ada" in sentences.sentence(reason)


def test_a_card_handed_over_for_want_of_one_is_taken_back_once_somebody_has_passed() -> None:
    card = a_card(status="waiting", handed_off="needs_audition", has_open_ask=True)
    (move,) = plan(a_board(card, seats=(a_seat("ada"),))).moves
    assert isinstance(move, TakeBack)


# From rows.


@pytest.fixture
def owner(db: None) -> Person:
    return cast.an_owner()


@pytest.fixture
def room(owner: Person) -> Room:
    return cast.a_room(owner)


@pytest.fixture
def by(owner: Person) -> By:
    return By(owner.id)


@pytest.fixture
def agent(room: Room) -> Agent:
    return cast.an_agent(room, skills=("code",))


def test_the_board_carries_what_it_is_worth_now(room: Room, agent: Agent, by: By) -> None:
    to_version(agent, "1")
    assert seats(room, later(5))[0].auditioned == (0.0, 0.0)
    passes(agent, by)
    assert seats(room, later(5))[0].auditioned == (3.0, 0.0)
    month = seats(room, later(5) + timedelta(days=30))[0].auditioned
    assert month == (pytest.approx(1.5), 0.0)
    to_version(agent, "2")
    assert seats(room, later(5))[0].auditioned == (0.0, 0.0)


def test_only_in_a_demanding_room_is_an_agent_unusable_without_one(
    room: Room, agent: Agent, by: By, owner: Person
) -> None:
    def why() -> str | None:
        board = observe(room.id, later(5))
        assert board is not None
        (seat,) = board.seats
        assert seat.usable == (seat.unusable_because is None)
        return seat.unusable_because

    to_version(agent, "1")
    assert why() is None
    edit_room(room_id=room.id, changes={"policy": {"needs_audition": True}}, by=by, at=AT)
    assert why() == "not_auditioned"
    first = start_audition(agent_id=agent.id, by=by, at=AT)
    assert why() == "being_auditioned"
    end(first, late="failed")
    assert why() == "audition_failed"
    passes(agent, by)
    assert why() is None
    to_version(agent, "2")
    assert why() == "audition_outdated"


def test_a_scratch_room_is_only_watched(agent: Agent, by: By) -> None:
    audition = start_audition(agent_id=agent.id, by=by, at=AT)
    cast.a_card(audition.room)
    assert tick(audition.room_id) == 0
    board = observe(audition.room_id, later(5))
    assert board is not None and plan(board).moves == ()
