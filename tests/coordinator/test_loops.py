"""Runs that go in circles, on boards made by hand; nothing here depends on a clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.coordinator.board import Limits, Run, Trail
from agents.coordinator.liveness import watch
from agents.coordinator.loops import judge_steps
from agents.coordinator.moves import FailRun
from tests.coordinator.boards import NOON, a_board, a_run, after, with_run

SAME = Trail(steps=12, same=5, last="Run the tests")
TURNS = Trail(steps=30, same=1, alternating=8, without_news=6, last="Undo the change")
NO_NEWS = Trail(steps=200, same=1, without_news=60, last="Read main.py")


def seen(run: Run, seconds: float = 30, **limits: int) -> list[object]:
    board = a_board(with_run(run), now=after(seconds), limits=Limits(**limits))
    return watch(board)[0]


@pytest.mark.parametrize("state", ["working", "stale"])
@pytest.mark.parametrize(
    ("trail", "kind", "count", "limit"),
    [(SAME, "same", 5, 5), (TURNS, "alternating", 8, 8), (NO_NEWS, "without_news", 60, 60)],
)
def test_a_run_in_circles_fails_with_what_was_counted(
    state: str, trail: Trail, kind: str, count: int, limit: int
) -> None:
    (move,) = seen(a_run(state, trail=trail, last_sign_at=NOON))
    assert isinstance(move, FailRun)
    assert (move.failure, move.reason.code, move.subject) == ("looping", "looping", "run_1")
    assert move.reason.params == {
        "agent_id": "agt_ada", "attempt": 1, "round": 1, "state": state, "kind": kind,
        "count": count, "limit": limit, "steps": trail.steps, "last": trail.last,
    }  # fmt: skip


@pytest.mark.parametrize(
    "trail",
    [
        Trail(steps=4000, same=4, alternating=7, without_news=59),
        Trail(),
        Trail(steps=4000, same=1, last="The last of many"),
    ],
)
def test_below_every_limit_nothing_is_said(trail: Trail) -> None:
    assert seen(a_run("working", trail=trail, last_sign_at=NOON)) == []


@pytest.mark.parametrize("trail", [SAME, TURNS, NO_NEWS])
def test_a_room_may_switch_each_count_off_or_set_it(trail: Trail) -> None:
    run = a_run("working", trail=trail, last_sign_at=NOON)
    assert seen(run, same_steps=0, alternating_steps=0, steps_without_news=0) == []
    assert seen(run, same_steps=500, alternating_steps=500, steps_without_news=500) == []


@pytest.mark.parametrize("state", ["queued", "offered", "waiting", "cancelling", "submitted"])
def test_only_a_run_at_work_can_go_in_circles(state: str) -> None:
    assert judge_steps(a_run(state, trail=SAME), Limits()) is None


def test_waiting_for_a_person_rests_this_too() -> None:
    run = a_run("working", trail=SAME, clock_rests=True, last_sign_at=NOON)
    assert seen(run, 10**6) == []


def test_people_may_repeat_themselves() -> None:
    run = a_run("working", None, worker="person", trail=SAME)
    assert judge_steps(run, Limits()) is None


def test_a_deadline_that_has_passed_is_the_plainer_reason() -> None:
    run = a_run("working", trail=SAME, deadline_at=after(10), last_sign_at=NOON)
    (move,) = seen(run)
    assert isinstance(move, FailRun)
    assert move.failure == "deadline"


def test_circles_are_told_before_silence_whatever_the_clock_says() -> None:
    run = a_run("working", trail=SAME, last_sign_at=NOON)
    for seconds in (-(10**9), 30, 10**9):
        (move,) = seen(run, seconds)
        assert isinstance(move, FailRun)
        assert move.failure == "looping"


def test_a_run_that_moves_on_is_not_held_to_what_it_repeated_before() -> None:
    run = a_run("working", trail=SAME, last_sign_at=NOON)
    assert seen(replace(run, trail=Trail(steps=13, same=1, last="Write the report"))) == []
