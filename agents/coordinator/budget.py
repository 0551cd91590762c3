"""What budgets allow: which cards wait, which agents and runs are stopped, what people are told.

A cap is on money, tokens, steps or wall time of the room, a card or an agent. Runs report their
own cost, so what stops a live run is its steps and its time; the rest stops what is not begun yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agents.coordinator.board import Board, BudgetLine, Card, Run, Seat
from agents.coordinator.moves import (
    AskJudgement,
    AskPeople,
    FailRun,
    Json,
    Move,
    Reason,
    WarnBudget,
)

WARN_AT = 0.8
USED_UP = "budget_used_up"
OPTIONS = ("raise_by_half", "stay_stopped")
STOPS_RUNS = frozenset({"steps", "seconds"})
RULES = "rules"
A_MOMENT = timedelta(milliseconds=50)  # so that a look at the time is not a hair too early


def is_used_up(line: BudgetLine) -> bool:
    return line.used >= line.cap


def over_budget(board: Board) -> dict[str, Reason]:
    """Cards that may not be begun, by id: their own budget is used up, or the room's is."""
    found: dict[str, Reason] = {}
    over = [line for line in board.budgets if is_used_up(line)]
    if not over:
        return found
    ids = {card.id for card in board.cards}
    for line in over:
        if line.subject_id == board.room_id:
            reason = Reason(USED_UP, facts_of(board, line))
            return dict.fromkeys(ids, reason)
        if line.subject_id in ids:
            found.setdefault(line.subject_id, Reason(USED_UP, facts_of(board, line)))
    return found


def agents_over(board: Board) -> frozenset[str]:
    """Agents whose own budget is used up: they are given nothing new."""
    seated = {seat.agent_id for seat in board.seats}
    return frozenset(
        line.subject_id for line in board.budgets if is_used_up(line) and line.subject_id in seated
    )


def seats_within(board: Board) -> tuple[Seat, ...]:
    """The seats as dispatch is to see them: over budget is unusable, until tomorrow if by day."""
    over = agents_over(board)
    if not over:
        return board.seats
    return tuple(
        replace(
            seat, usable=False, unusable_because="over_budget", back_at=back_at(board, seat)
        )
        if seat.usable and seat.agent_id in over
        else seat
        for seat in board.seats
    )  # fmt: skip


def back_at(board: Board, seat: Seat) -> datetime | None:
    """When the agent may work again by itself; None where somebody has to raise its budget."""
    lines = [
        line for line in board.budgets if is_used_up(line) and line.subject_id == seat.agent_id
    ]
    return None if any(line.period == "ever" for line in lines) else next_day(board.now)


def watch_budgets(board: Board) -> tuple[list[Move], list[datetime]]:
    """Stop what is over, warn once, ask people once; and the times that would change this."""
    if not board.budgets:
        return [], []
    moves: list[Move] = [*stop_runs(board)]
    moves.extend(warnings(board))
    moves.extend(ask_for_more(board))
    return moves, [*times_of(board)]


def stop_runs(board: Board) -> Iterator[FailRun]:
    """Live runs of agents whose steps or time are used up; one that waits for a person rests."""
    over = {
        line.subject_id: line
        for line in reversed(board.budgets)
        if line.what in STOPS_RUNS and is_used_up(line)
    }
    if not over:
        return
    for card, run in runs_at_work(board):
        line = over.get(board.room_id) or over.get(card.id) or over.get(run.agent_id or "")
        if line is not None:
            evidence = facts_of(board, line) | {
                "agent_id": run.agent_id, "attempt": run.attempt, "round": run.round,
                "state": run.state,
            }  # fmt: skip
            reason = Reason("over_budget", evidence)
            yield FailRun(run_id=run.id, failure="over_budget", reason=reason)


def runs_at_work(board: Board) -> Iterator[tuple[Card, Run]]:
    for card in board.cards:
        for run in card.runs:
            is_stopping = run.state == "cancelling" or run.clock_rests
            if run.is_live and run.worker == "agent" and not is_stopping:
                yield card, run


def warnings(board: Board) -> Iterator[WarnBudget]:
    for line in board.budgets:
        is_near = line.cap * WARN_AT <= line.gone < line.cap
        if is_near and not line.warned:
            reason = Reason("budget_is_low", facts_of(board, line))
            yield WarnBudget(budget_id=line.id, reason=reason)


def ask_for_more(board: Board) -> Iterator[AskPeople]:
    """One ask at a time, about one budget, once: whoever leaves it at that is not asked again.

    What calls under way have only spoken for comes back, so nobody is asked about it.
    """
    if USED_UP in board.asked_about:
        return
    for line in board.budgets:
        if line.gone >= line.cap and not line.asked:
            options = OPTIONS if line.cap else OPTIONS[1:]
            reason = Reason(USED_UP, facts_of(board, line))
            yield AskPeople(code=USED_UP, options=options, reason=reason)
            return


def models_stopped(board: Board) -> Reason | None:
    """Why no model may be asked here: the room's budget is used up, of whatever it is."""
    for line in board.budgets:
        if line.subject_id == board.room_id and is_used_up(line):
            return Reason(USED_UP, facts_of(board, line))
    return None


def spare_models(board: Board, moves: Sequence[Move]) -> list[Move]:
    """The moves with every question for a model put to the rules, while no model may be asked."""
    why = models_stopped(board)
    if why is None:
        return list(moves)
    return [
        replace(move, judge=RULES, reason=why)
        if isinstance(move, AskJudgement) and (move.judge or board.judge) != RULES
        else move
        for move in moves
    ]


def times_of(board: Board) -> Iterator[datetime]:
    """When a new day brings new budgets, and when runs under way will have used up their time."""
    if any(is_used_up(line) and line.period != "ever" for line in board.budgets):
        yield next_day(board.now)
    for line in board.budgets:
        if line.what != "seconds" or is_used_up(line) or not line.pace:
            continue
        yield reached(board.now, line.cap - line.used, line.pace)
        if not line.warned and line.used < line.cap * WARN_AT:
            yield reached(board.now, line.cap * WARN_AT - line.used, line.pace)


def reached(now: datetime, left: float, pace: int) -> datetime:
    return now + timedelta(seconds=left / pace) + A_MOMENT


def next_day(now: datetime) -> datetime:
    """When the next day begins, in UTC: a day's budget is counted anew from then."""
    began = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return began + timedelta(days=1)


def facts_of(board: Board, line: BudgetLine) -> dict[str, Json]:
    cards = {card.id for card in board.cards}
    is_room = line.subject_id == board.room_id
    return {
        "budget_id": line.id,
        "subject_id": line.subject_id,
        "of": "room" if is_room else "card" if line.subject_id in cards else "agent",
        "what": line.what,
        "period": line.period,
        "used": as_text(line.used),
        "cap": as_text(line.cap),
    }


def as_text(amount: float) -> str:
    """As people write it: at most two decimals, none that say nothing."""
    return f"{amount:.2f}".rstrip("0").rstrip(".")
