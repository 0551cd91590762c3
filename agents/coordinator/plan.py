"""The coordinator's one decision function: a board in, moves out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from agents.coordinator import attention
from agents.coordinator.assignment import dispatch
from agents.coordinator.board import Board
from agents.coordinator.budget import over_budget, seats_within, spare_models, watch_budgets
from agents.coordinator.checking import check_versions
from agents.coordinator.conflicts import blocked_by_conflict, find_conflicts
from agents.coordinator.enlisting import enlist
from agents.coordinator.liveness import watch
from agents.coordinator.moves import (
    AskPeople,
    DoubtClaims,
    Move,
    OpenConflict,
    Plan,
    Reason,
    WarnBudget,
)
from agents.coordinator.planning import make_plan
from agents.coordinator.regeneration import regenerate
from agents.coordinator.staleness import follow_changes
from agents.coordinator.talk import answer_calls, keep_course, watch_model

# What is never a suggestion: it only puts something before people, who decide anyway.
SAID_ALOUD = (AskPeople, DoubtClaims, OpenConflict, WarnBudget)


def plan(board: Board) -> Plan:
    """What to do now; runs that went wrong first, so that no work is given on old facts.

    A paused room is only watched. In manual mode everything but watching, and what only puts
    something before people, is a suggestion.
    """
    watching, times = watch(board)
    spending, spending_times = watch_budgets(board)
    resting, resting_times = watch_model(board)
    watching += [*spending, *resting]
    times += [*spending_times, *resting_times]
    if board.paused:
        return Plan(moves=first_of_each(watching), next_at=min(times, default=None))
    following = [*follow_changes(board), *find_conflicts(board)]
    planning, planning_times = make_plan(board)
    mending, held, mending_times = regenerate(board)
    advising, advising_times = advise(board)
    holds = held | why_blocked(board) | over_budget(board)
    found = dispatch(replace(board, seats=seats_within(board)), holds, attention.places(board))
    enlisting = enlist(board, found)
    dispatched = enlisting.dispatch
    deciding = [*following, *planning, *mending, *advising, *enlisting.moves, *dispatched.moves]
    deciding = spare_models(board, deciding)
    if board.mode == "manual":
        deciding = [suggested(move) for move in deciding]
    times += [*planning_times, *mending_times, *advising_times, *dispatched.times]
    times += enlisting.times
    return Plan(
        moves=first_of_each([*watching, *deciding]),
        next_at=min((at for at in times if at > board.now), default=None),
        held=tuple(dispatched.held),
    )


def advise(board: Board) -> tuple[list[Move], list[datetime]]:
    """What is said beside the work: checks of versions, replies, whether the course is right."""
    moves: list[Move] = []
    times: list[datetime] = []
    for family in (check_versions, answer_calls, keep_course):
        some, more = family(board)
        moves += some
        times += more
    return moves, times


def why_blocked(board: Board) -> dict[str, Reason]:
    """The cards that wait for a ruling, each with the conflicts among what it builds on."""
    return {
        card_id: Reason("conflict_open", {"conflict_ids": list(conflict_ids)})
        for card_id, conflict_ids in blocked_by_conflict(board).items()
    }


def suggested(move: Move) -> Move:
    return move if isinstance(move, SAID_ALOUD) else replace(move, suggested=True)


def first_of_each(moves: Iterable[Move]) -> tuple[Move, ...]:
    """Moves without repeats: what two families decide about one subject alike is done once.

    Two slots of one card, or two questions about one room, are not the same.
    """
    found: dict[tuple[object, ...], Move] = {}
    for move in moves:
        found.setdefault(same_if(move), move)
    return tuple(found.values())


def same_if(move: Move) -> tuple[object, ...]:
    which = getattr(move, "slot", None), getattr(move, "judgement", None)
    return move.kind, move.subject, move.reason.code, *which
