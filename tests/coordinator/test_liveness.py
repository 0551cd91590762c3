"""Runs that go quiet, on boards made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.coordinator.board import Dependency, Run
from agents.coordinator.liveness import watch
from agents.coordinator.moves import CancelRun, ExpireAsk, FailRun, MarkStale
from agents.coordinator.plan import plan
from tests.coordinator.boards import NOON, a_board, a_card, a_run, after, with_run


def moves_at(run: Run, seconds: float, **more: object) -> tuple[object, ...]:
    return plan(a_board(with_run(run), **{"now": after(seconds), **more})).moves


def test_an_offer_nobody_acknowledged_fails_with_no_ack() -> None:
    run = a_run("offered", ack_by=after(30))
    assert moves_at(run, 29.9) == ()
    (move,) = moves_at(run, 30)
    assert isinstance(move, FailRun)
    assert (move.subject, move.failure) == ("run_1", "no_ack")
    assert move.reason.params["limit_at"] == after(30).isoformat()


def test_a_queued_run_never_stalls() -> None:
    assert moves_at(a_run("queued", deadline_at=after(5)), 10**7) == ()


def test_silence_marks_a_working_run_stale_and_then_fails_it() -> None:
    run = a_run("working", last_sign_at=after(10))
    assert moves_at(run, 69.9) == ()
    (stale,) = moves_at(run, 70)
    assert isinstance(stale, MarkStale)
    assert stale.reason.params["silent_s"] == 60
    (failed,) = moves_at(run, 190)
    assert isinstance(failed, FailRun)
    assert failed.failure == "stalled"
    assert failed.reason.params["last_sign_at"] == after(10).isoformat()
    assert failed.reason.params["lease_s"] == 180


def test_a_stale_run_is_not_marked_again_but_fails_at_the_end_of_its_lease() -> None:
    run = a_run("stale", last_sign_at=NOON)
    assert moves_at(run, 179) == ()
    (move,) = moves_at(run, 180)
    assert isinstance(move, FailRun)


def test_a_run_that_never_gave_a_sign_is_counted_from_its_offer() -> None:
    (move,) = moves_at(a_run("working"), 180)
    assert isinstance(move, FailRun)


@pytest.mark.parametrize("state", ["offered", "working", "waiting", "stale"])
def test_the_deadline_fails_every_started_run(state: str) -> None:
    run = a_run(state, deadline_at=after(40), ack_by=after(100), last_sign_at=after(39))
    (move,) = moves_at(run, 40)
    assert isinstance(move, FailRun)
    assert move.failure == "deadline"


def test_no_limit_counts_while_a_blocking_ask_is_open() -> None:
    run = a_run("waiting", clock_rests=True, deadline_at=after(40), last_sign_at=NOON)
    board = a_board(with_run(run), now=after(10_000))
    assert plan(board).moves == ()
    assert plan(board).next_at is None


def test_a_run_that_rests_is_looked_at_when_nobody_answered_in_time() -> None:
    resting = a_run("waiting", clock_rests=True, rests_until=after(700), last_sign_at=NOON)
    assert plan(a_board(with_run(resting), now=after(600))).next_at == after(700)
    over = a_run("waiting", unanswered="ask_1", deadline_at=after(40), last_sign_at=NOON)
    (move,) = moves_at(over, 700)
    assert isinstance(move, ExpireAsk)
    assert (move.ask_id, move.reason.code) == ("ask_1", "nobody_answered")


def test_a_waiting_run_without_a_blocking_ask_is_not_stale_but_can_stall() -> None:
    run = a_run("waiting", last_sign_at=NOON)
    assert moves_at(run, 100) == ()
    (move,) = moves_at(run, 180)
    assert isinstance(move, FailRun)


def test_a_persons_run_never_stalls() -> None:
    run = a_run("working", None, worker="person", last_sign_at=NOON, deadline_at=after(1))
    assert moves_at(run, 10**6) == ()


def test_a_run_told_to_stop_is_cancelled_when_its_time_is_over() -> None:
    run = a_run("cancelling", cancel_by=after(20), last_sign_at=after(-10_000))
    assert moves_at(run, 19) == ()
    (move,) = moves_at(run, 20)
    assert isinstance(move, CancelRun)


@pytest.mark.parametrize("state", ["submitted", "failed", "declined", "cancelled", "superseded"])
def test_a_run_that_is_over_is_left_alone(state: str) -> None:
    run = a_run(state, ack_by=after(1), deadline_at=after(2), cancel_by=after(3))
    card = replace(with_run(run), status="review")
    assert plan(a_board(card, now=after(10**6))).moves == ()


@pytest.mark.parametrize("more", [{"paused": True}, {"mode": "manual"}])
def test_watching_goes_on_unasked_in_a_paused_and_in_a_manual_room(more: dict[str, object]) -> None:
    (move,) = moves_at(a_run("working"), 180, **more)
    assert isinstance(move, FailRun)
    assert not move.suggested


def test_next_at_is_the_first_time_at_which_something_changes_by_itself() -> None:
    early = with_run(a_run("working", last_sign_at=after(5), deadline_at=after(500)))
    late = with_run(a_run("offered", ack_by=after(90)))
    board = a_board(early, late, now=after(6))
    assert plan(board).next_at == after(65)
    assert plan(replace(board, now=after(65))).next_at == after(90)


def test_nothing_changes_before_next_at() -> None:
    runs = [
        a_run("working", last_sign_at=after(7), deadline_at=after(100)),
        a_run("offered", ack_by=after(30)),
        a_run("cancelling", cancel_by=after(45)),
        a_run("stale", last_sign_at=after(-100)),
    ]
    for run in runs:
        board = a_board(with_run(run), now=after(8))
        next_at = plan(board).next_at
        assert next_at is not None
        assert plan(board).moves == ()
        just_before = replace(board, now=next_at - (after(0.001) - NOON))
        assert plan(just_before).moves == ()
        assert plan(replace(board, now=next_at)).moves != ()


@pytest.mark.parametrize("state", ["offered", "working", "stale", "waiting"])
def test_a_clock_set_back_ends_nothing(state: str) -> None:
    run = a_run(
        state, last_sign_at=after(500), ack_by=after(30), deadline_at=after(60), offered_at=NOON
    )
    assert moves_at(run, 400) == ()
    assert moves_at(run, -(10**8)) == ()


def test_a_clock_set_years_ahead_ends_only_those_whose_own_limit_it_passed() -> None:
    years = 10 * 365 * 86_400
    at_work = with_run(a_run("working", id="run_at_work", last_sign_at=after(10)))
    asking = with_run(a_run("waiting", id="run_asking", clock_rests=True, last_sign_at=NOON))
    queued = with_run(a_run("queued", id="run_queued", offered_at=None))
    blocked = a_card(9, depends_on=(Dependency("card_1", False),))
    person = with_run(a_run("working", None, id="run_person", worker="person"))
    board = a_board(at_work, asking, queued, blocked, person, now=after(years))
    moves, times = watch(board)
    (move,) = moves
    assert isinstance(move, FailRun)
    assert (move.subject, move.failure) == ("run_at_work", "stalled")
    assert move.reason.params["last_sign_at"] == after(10).isoformat()
    assert move.reason.params["silent_s"] == years - 10
    assert times == []


def test_a_deadline_is_told_with_when_it_was_and_the_last_sign() -> None:
    run = a_run("working", deadline_at=after(100), last_sign_at=after(90))
    (move,) = moves_at(run, 101)
    assert isinstance(move, FailRun)
    assert move.reason.params == {
        "agent_id": "agt_ada", "attempt": 1, "round": 1, "state": "working",
        "limit_at": after(100).isoformat(), "last_sign_at": after(90).isoformat(), "silent_s": 11,
    }  # fmt: skip


@pytest.mark.parametrize("status", ["ready", "triage", "review", "done"])
def test_a_card_without_a_live_run_is_never_watched(status: str) -> None:
    blocked = a_card(status=status, depends_on=(Dependency("card_9", False),))
    assert watch(a_board(blocked, now=after(10**9))) == ([], [])
