"""What budgets make the coordinator do: hold, stop, warn once, ask once, look again in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from agents.coordinator.board import Board, BudgetLine
from agents.coordinator.budget import (
    agents_over,
    as_text,
    models_stopped,
    over_budget,
    seats_within,
    spare_models,
    stop_runs,
    watch_budgets,
)
from agents.coordinator.moves import AskJudgement, AskPeople, FailRun, Reason, WarnBudget
from agents.coordinator.plan import plan
from tests.coordinator.boards import NOON, a_board, a_card, a_run, a_seat, after, with_run

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
ADA = a_seat("ada")


def a_line(used: float, cap: float = 10, **more: Any) -> BudgetLine:
    """Of the room, in steps, for ever; nobody was told of it yet."""
    fields: dict[str, Any] = {
        "id": "bud_1", "subject_id": "room_1", "what": "steps", "period": "ever", "cap": cap,
        "used": used,
    }  # fmt: skip
    return BudgetLine(**fields | more)


def with_budgets(*lines: BudgetLine, **more: Any) -> Board:
    """A room with a card at work, one that is ready, and one agent."""
    working = with_run(a_run("working", id="run_1"), number=1)
    board = a_board(working, a_card(2), seats=(ADA,), **more)
    return replace(board, budgets=lines)


def moves_of(board: Board) -> list[Any]:
    return watch_budgets(board)[0]


# --- cards and agents --------------------------------------------------------------------


def test_a_rooms_budget_holds_every_card_and_says_why() -> None:
    held = over_budget(with_budgets(a_line(10, what="usd")))
    assert held.keys() == {"card_1", "card_2"}
    assert held["card_2"] == Reason(
        "budget_used_up",
        {
            "budget_id": "bud_1", "subject_id": "room_1", "of": "room", "what": "usd",
            "period": "ever", "used": "10", "cap": "10",
        },
    )  # fmt: skip


def test_a_cards_budget_holds_that_card_and_an_agents_none() -> None:
    board = with_budgets(a_line(11, subject_id="card_2"), a_line(10, subject_id="agt_ada"))
    assert over_budget(board).keys() == {"card_2"}
    assert over_budget(board)["card_2"].params["of"] == "card"
    assert agents_over(board) == {"agt_ada"}


@pytest.mark.parametrize(("used", "is_held"), [(9.999999, False), (10, True), (12, True)])
def test_a_budget_holds_from_the_last_of_it_on(used: float, is_held: bool) -> None:
    assert bool(over_budget(with_budgets(a_line(used)))) is is_held


def test_zero_is_used_up_before_anything_was_spent() -> None:
    board = with_budgets(a_line(0, cap=0, what="tokens"))
    assert over_budget(board).keys() == {"card_1", "card_2"}
    (asked,) = moves_of(board)
    assert isinstance(asked, AskPeople) and asked.options == ("stay_stopped",)


def test_without_budgets_nothing_is_held_or_said() -> None:
    board = with_budgets()
    assert over_budget(board) == {} and agents_over(board) == frozenset()
    assert watch_budgets(board) == ([], [])
    assert seats_within(board) == board.seats
    assert plan(board).moves


def test_an_agent_over_its_budget_is_not_usable_until_it_is_raised() -> None:
    (seat,) = seats_within(with_budgets(a_line(10, subject_id="agt_ada")))
    assert (seat.usable, seat.unusable_because, seat.back_at) == (False, "over_budget", None)


def test_an_agent_over_its_budget_for_the_day_is_back_tomorrow() -> None:
    daily = a_line(10, subject_id="agt_ada", period="2026-11-20")
    (seat,) = seats_within(with_budgets(daily))
    assert seat.back_at == MIDNIGHT
    (seat,) = seats_within(with_budgets(daily, a_line(10, subject_id="agt_ada")))
    assert seat.back_at is None


def test_an_agent_that_is_unusable_anyway_keeps_its_own_reason() -> None:
    paused = replace(ADA, usable=False, unusable_because="paused")
    board = replace(with_budgets(a_line(10, subject_id="agt_ada")), seats=(paused,))
    assert seats_within(board) == (paused,)


# --- live runs ---------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["room_1", "card_1", "agt_ada"])
@pytest.mark.parametrize("what", ["steps", "seconds"])
def test_a_live_run_over_its_steps_or_time_is_failed_with_evidence(subject: str, what: str) -> None:
    (failed,) = stop_runs(with_budgets(a_line(10, subject_id=subject, what=what)))
    assert isinstance(failed, FailRun)
    assert (failed.run_id, failed.failure, failed.reason.code) == (
        "run_1", "over_budget", "over_budget",
    )  # fmt: skip
    evidence = failed.reason.params
    assert (evidence["what"], evidence["used"], evidence["cap"]) == (what, "10", "10")
    assert (evidence["agent_id"], evidence["attempt"]) == ("agt_ada", 1)


@pytest.mark.parametrize("what", ["usd", "tokens"])
def test_what_agents_report_of_their_own_cost_stops_no_run(what: str) -> None:
    assert not list(stop_runs(with_budgets(a_line(10, what=what))))


@pytest.mark.parametrize("subject", ["card_2", "agt_bo", "room_2"])
def test_a_run_is_not_stopped_for_the_budget_of_others(subject: str) -> None:
    assert not list(stop_runs(with_budgets(a_line(10, subject_id=subject))))


@pytest.mark.parametrize(
    ("run", "is_stopped"),
    [
        (a_run("queued"), True),
        (a_run("offered"), True),
        (a_run("stale"), True),
        (a_run("waiting"), True),
        (a_run("waiting", clock_rests=True), False),
        (a_run("cancelling"), False),
        (a_run("submitted"), False),
        (a_run("working", None, worker="person"), False),
    ],
)
def test_only_agents_runs_that_go_on_are_stopped(run: Any, is_stopped: bool) -> None:
    board = replace(a_board(with_run(run)), budgets=(a_line(10),))
    assert bool(list(stop_runs(board))) is is_stopped


# --- people are told ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "warned", "said"), [(7.99, False, 0), (8, False, 1), (9.5, True, 0), (10, False, 0)]
)
def test_it_is_warned_once_between_four_fifths_and_the_end(
    used: float, warned: bool, said: int
) -> None:
    board = with_budgets(a_line(used, what="usd", warned=warned))
    found = [move for move in moves_of(board) if isinstance(move, WarnBudget)]
    assert [move.budget_id for move in found] == ["bud_1"] * said


def test_people_are_asked_about_one_budget_at_a_time_and_once_about_each() -> None:
    one, two = a_line(10, what="usd"), a_line(10, id="bud_2", what="tokens")
    (asked,) = moves_of(with_budgets(one, two))
    assert isinstance(asked, AskPeople)
    assert asked.code == "budget_used_up" and asked.reason.params["budget_id"] == "bud_1"
    assert asked.options == ("raise_by_half", "stay_stopped")
    assert moves_of(with_budgets(one, two, asked_about=("budget_used_up",))) == []
    (then,) = moves_of(with_budgets(replace(one, asked=True), two))
    assert then.reason.params["budget_id"] == "bud_2"
    assert moves_of(with_budgets(replace(one, asked=True), replace(two, asked=True))) == []


# --- the model ---------------------------------------------------------------------------


def test_no_model_is_asked_while_the_rooms_budget_is_used_up() -> None:
    asked = AskJudgement(
        judgement="plan", subject_id="room_1", revision=1, reason=Reason("goal_without_plan")
    )
    other = FailRun(run_id="run_1", failure="stalled", reason=Reason("stalled"))
    board = with_budgets(a_line(10, what="usd"), judge="kimi")
    spared, same = spare_models(board, [asked, other])
    assert isinstance(spared, AskJudgement)
    assert (spared.judge, spared.reason.code) == ("rules", "budget_used_up")
    assert same is other
    assert spare_models(with_budgets(a_line(9), judge="kimi"), [asked]) == [asked]
    assert spare_models(with_budgets(a_line(10), judge="rules"), [asked]) == [asked]
    named = replace(asked, judge="rules")
    assert spare_models(board, [named]) == [named]
    assert models_stopped(with_budgets(a_line(10, subject_id="card_1"))) is None


# --- when to look again ------------------------------------------------------------------


def test_a_day_that_is_used_up_is_looked_at_again_at_midnight() -> None:
    _, times = watch_budgets(with_budgets(a_line(10, what="usd", period="2026-11-20")))
    assert times == [MIDNIGHT]
    _, times = watch_budgets(with_budgets(a_line(5, what="usd", period="2026-11-20")))
    assert times == []


def test_midnight_is_the_same_wherever_the_clock_was_read() -> None:
    board = with_budgets(a_line(10, what="usd", period="2026-11-20"))
    in_the_east = replace(board, now=NOON.astimezone(timezone(timedelta(hours=13))))
    assert watch_budgets(in_the_east)[1] == [MIDNIGHT]


def test_wall_time_is_looked_at_when_it_will_be_used_up() -> None:
    line = a_line(40, cap=100, what="seconds", pace=1)
    _, times = watch_budgets(with_budgets(line))
    moment = timedelta(milliseconds=50)
    assert times == [after(60) + moment, after(40) + moment]
    two = with_budgets(replace(line, pace=2))
    assert watch_budgets(two)[1] == [after(30) + moment, after(20) + moment]
    assert watch_budgets(with_budgets(replace(line, warned=True)))[1] == [after(60) + moment]


def test_wall_time_that_does_not_run_up_is_not_looked_at() -> None:
    line = a_line(0, cap=100, what="seconds")
    assert watch_budgets(with_budgets(line)) == ([], [])


def test_what_is_only_spoken_for_is_neither_warned_of_nor_asked_about() -> None:
    reserved = a_line(8.5, what="usd", reserved=8.5)
    assert moves_of(with_budgets(reserved)) == []
    (warned,) = moves_of(with_budgets(a_line(9, what="usd", reserved=0.5)))
    assert isinstance(warned, WarnBudget)
    full = with_budgets(a_line(10, what="usd", reserved=10))
    assert moves_of(full) == []
    assert over_budget(full).keys() == {"card_1", "card_2"}


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0"), (10, "10"), (0.25, "0.25"), (12345678.0, "12345678"), (0.1, "0.1")],
)
def test_amounts_are_written_as_people_write_them(amount: float, text: str) -> None:
    assert as_text(amount) == text
