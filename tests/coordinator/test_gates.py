"""What keeps a ready card from an agent: blockers, people, limits, nobody who can."""

from __future__ import annotations

from typing import Any

import pytest

from agents.coordinator.board import Dependency, Limits
from agents.coordinator.moves import Assign, HandOff
from agents.coordinator.plan import plan
from tests.coordinator.boards import a_board, a_card, a_run, a_seat

ADA = (a_seat("ada"),)


def test_a_card_with_an_unmet_dependency_is_not_given_to_anyone() -> None:
    card = a_card(depends_on=(Dependency("card_8", True), Dependency("card_9", False)))
    result = plan(a_board(card, seats=ADA))
    assert result.moves == ()
    assert result.held[0].reason.params == {"card_ids": ["card_9"]}


def test_a_card_whose_dependencies_are_met_is_given() -> None:
    card = a_card(depends_on=(Dependency("card_9", True),))
    assert len(plan(a_board(card, seats=ADA)).moves) == 1


@pytest.mark.parametrize("status", ["triage", "working", "waiting", "review", "done", "cancelled"])
def test_only_ready_cards_are_given(status: str) -> None:
    assert plan(a_board(a_card(status=status), seats=ADA)).moves == ()


@pytest.mark.parametrize(
    "more",
    [
        {"has_open_ask": True},
        {"kept_for_person": True},
        {"runs": (a_run("queued"),)},
        {
            "deliverable": "changes_requested",
            "runs": (a_run("submitted", None, worker="person"),),
        },
    ],
)
def test_a_card_that_is_someone_elses_to_move_is_left_alone(more: dict[str, Any]) -> None:
    assert plan(a_board(a_card(**more), seats=ADA)).moves == ()


def test_four_attempts_are_enough_and_people_are_told_what_was_tried() -> None:
    runs = tuple(
        a_run("failed", f"agt_a{n}", id=f"run_{n}", attempt=n, failure="stalled")
        for n in (4, 3, 2, 1)
    )
    card = a_card(runs=runs, attempts=4, rounds=1)
    (move,) = plan(a_board(card, seats=ADA)).moves
    assert isinstance(move, HandOff)
    assert move.reason.code == "too_many_attempts"
    assert move.reason.params == {"attempts": 4, "limit": 4}
    assert [(one.run_id, one.attempt, one.failure) for one in move.tried] == [
        (f"run_{n}", n, "stalled") for n in (1, 2, 3, 4)
    ]


def test_the_last_round_may_be_begun_and_no_further_one() -> None:
    def card_in_round(number: int) -> Any:
        run = a_run("submitted", round=number)
        return a_card(runs=(run,), attempts=1, rounds=number, deliverable="changes_requested")

    (third,) = plan(a_board(card_in_round(2), seats=ADA)).moves
    assert isinstance(third, Assign)
    assert third.round == 3
    (over,) = plan(a_board(card_in_round(3), seats=ADA)).moves
    assert isinstance(over, HandOff)
    assert over.reason.code == "too_many_rounds"


def test_a_round_is_not_an_attempt() -> None:
    run = a_run("submitted", attempt=4)
    card = a_card(runs=(run,), attempts=4, rounds=1, deliverable="changes_requested")
    (move,) = plan(a_board(card, seats=ADA)).moves
    assert isinstance(move, Assign)
    assert (move.attempt, move.round) == (4, 2)


def test_the_room_may_set_its_own_limits() -> None:
    card = a_card(runs=(a_run("failed", "agt_bo"),), attempts=1)
    (move,) = plan(a_board(card, seats=ADA, limits=Limits(attempts=1))).moves
    assert isinstance(move, HandOff)


@pytest.mark.parametrize(
    ("seats", "code"),
    [
        ((), "no_agents"),
        ((a_seat("bo", "docs"),), "nobody_has_the_skill"),
        ((a_seat("bo", usable=False, unusable_because="paused"),), "nobody_usable"),
        ((a_seat("bo", capacity=0),), "nobody_usable"),
        ((a_seat("ada"),), "nobody_else_can"),
    ],
)
def test_a_card_nobody_can_ever_take_is_handed_over(seats: Any, code: str) -> None:
    run = a_run("failed", failure="error", remedy="reassign")
    card = a_card(runs=(run,), attempts=1)
    (move,) = plan(a_board(card, seats=seats)).moves
    assert isinstance(move, HandOff)
    assert (move.subject, move.reason.code) == ("card_1", code)
    assert move.reason.params["skills"] == ["testing"]


def test_a_paused_room_gives_no_work() -> None:
    assert plan(a_board(a_card(), seats=ADA, paused=True)).moves == ()


def test_a_manual_room_gets_its_moves_as_suggestions() -> None:
    (move,) = plan(a_board(a_card(), seats=ADA, mode="manual")).moves
    assert isinstance(move, Assign)
    assert move.suggested


def test_an_agent_with_a_side_in_a_conflict_does_not_settle_it() -> None:
    card = a_card(not_for=("agt_ada",))
    (move,) = plan(a_board(card, seats=(a_seat("ada"), a_seat("bo", order=1)))).moves
    assert isinstance(move, Assign)
    assert move.agent_id == "agt_bo"
    excluded = move.reason.params["excluded"]
    assert excluded == [{"agent_id": "agt_ada", "name": "Ada", "why": "has_a_side"}]


@pytest.mark.parametrize("of", ["room", "card", "agent"])
def test_a_run_that_a_budget_cut_off_bars_nobody_and_counts_as_no_attempt(of: str) -> None:
    cut_off = a_run("failed", failure="over_budget", budget_of=of, attempt=4, remedy="reassign")
    card = a_card(runs=(cut_off,), attempts=4, rounds=2)
    (move,) = plan(a_board(card, seats=ADA)).moves
    assert isinstance(move, Assign)
    assert (move.agent_id, move.attempt, move.round) == ("agt_ada", 4, 2)


def test_a_budget_of_the_agents_own_is_a_failure_like_any_other() -> None:
    failed = a_run("failed", failure="over_budget", attempt=4, remedy="reassign")
    (move,) = plan(a_board(a_card(runs=(failed,), attempts=4), seats=ADA)).moves
    assert isinstance(move, HandOff)
