"""The coordinator's one decision function: a board in, moves out."""

from __future__ import annotations

from dataclasses import replace

from agents.coordinator.assignment import dispatch
from agents.coordinator.board import Board
from agents.coordinator.liveness import watch
from agents.coordinator.moves import Plan
from agents.coordinator.planning import make_plan


def plan(board: Board) -> Plan:
    """What to do now, runs that went quiet first, so that no work is given on old facts.

    A paused room is only watched. In manual mode everything but watching is a suggestion.
    """
    watching, times = watch(board)
    if board.paused:
        return Plan(moves=tuple(watching), next_at=min(times, default=None))
    planning, more_times = make_plan(board)
    dispatched = dispatch(board)
    deciding = [*planning, *dispatched.moves]
    if board.mode == "manual":
        deciding = [replace(move, suggested=True) for move in deciding]
    return Plan(
        moves=(*watching, *deciding),
        next_at=min([*times, *more_times, *dispatched.times], default=None),
        held=tuple(dispatched.held),
    )
