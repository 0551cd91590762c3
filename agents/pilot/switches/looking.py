"""Rules of the coordinator that can be switched off: moves it then does not make, and facts it
then does not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from agents.coordinator.board import Board, Run
from agents.coordinator.moves import (
    AskJudgement,
    AskStanding,
    DoubtClaims,
    FailRun,
    MarkStale,
    Move,
    OpenConflict,
    Remedy,
    TellInputs,
)


def fails(*kinds: str) -> Callable[[Move], bool]:
    return lambda move: isinstance(move, FailRun) and move.failure in kinds


def is_about_silence(move: Move) -> bool:
    return isinstance(move, MarkStale) or fails("stalled", "no_ack")(move)


def is_about_inputs(move: Move) -> bool:
    return isinstance(move, TellInputs | AskStanding) or fails("stale_input")(move)


def is_about_conflicts(move: Move) -> bool:
    return isinstance(move, OpenConflict | DoubtClaims)


def is_a_diagnosis(move: Move) -> bool:
    is_asked = isinstance(move, AskJudgement) and move.judgement in ("diagnose", "read")
    return is_asked or isinstance(move, Remedy)


# By rule: the moves that are not made without it.
NOT_MADE: dict[str, Callable[[Move], bool]] = {
    "lease": is_about_silence,
    "ack": fails("no_ack"),
    "loops": fails("looping"),
    "conflicts": is_about_conflicts,
    "staleness": is_about_inputs,
    "diagnosis": is_a_diagnosis,
}


def does_not_rest(run: Run, now: datetime) -> Run:
    return replace(run, clock_rests=False, rests_until=None, unanswered=None)


def gives_no_sign(run: Run, now: datetime) -> Run:
    return replace(run, last_sign_at=None)


def leaves_no_mark(run: Run, now: datetime) -> Run:
    """Whoever failed may have the card again at once, as if nothing had been learned."""
    if run.state != "failed" or run.remedy is not None:
        return run
    return replace(run, remedy="retry")


# By rule: what a board shows of a run without it.
NOT_SEEN: dict[str, Callable[[Run, datetime], Run]] = {
    "rests": does_not_rest,
    "signs": gives_no_sign,
    "exclusion": leaves_no_mark,
}


def board_without(rule: str, board: Board) -> Board:
    change = NOT_SEEN.get(rule)
    if change is None:
        return board
    cards = tuple(
        replace(card, runs=tuple(change(run, board.now) for run in card.runs))
        for card in board.cards
    )
    return replace(board, cards=cards)


def moves_without(rule: str, moves: tuple[Move, ...]) -> tuple[Move, ...]:
    is_gone = NOT_MADE.get(rule)
    return moves if is_gone is None else tuple(move for move in moves if not is_gone(move))
