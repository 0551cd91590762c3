"""Failed work goes on: at once with someone else, or after a judge has said what went wrong.

A failure that says nothing about the work (nobody answered, the connection broke) needs no
judgement; neither does one that a budget cut off, where only people can give more. Any other is
diagnosed first, and its card waits. Past the limits nothing is asked: the gates hand the card to
people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from agents.coordinator.asking import (
    FALLBACK_JUDGE,
    Asked,
    Standing,
    about,
    asked_before,
    is_late,
    put,
    see_through,
    take,
    why_rules,
)
from agents.coordinator.board import Board, Card, Run
from agents.coordinator.gates import past_limits, verdict_on, why_held
from agents.coordinator.moves import Json, Move, Reason, Remedy

DIAGNOSE = "diagnose"
READ = "read"
MECHANICAL = frozenset(
    {"unreachable", "rejected_delivery", "no_ack", "stalled", "rate_limited", "misconfigured",
     "stale_input"}
)  # fmt: skip
# The agent did nothing wrong, so it may have the card again.
NOBODYS_FAULT = frozenset({"stale_input"})


@dataclass(slots=True)
class Regeneration:
    """Moves, cards that wait for a diagnosis, and times at which waiting ends by itself."""

    moves: list[Move] = field(default_factory=list)
    held: dict[str, Reason] = field(default_factory=dict)
    times: list[datetime] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)  # runs that are being diagnosed


def regenerate(board: Board) -> tuple[list[Move], dict[str, Reason], list[datetime]]:
    """What is decided about every failed run, by card what waits for it, and until when."""
    out = Regeneration()
    asked = asked_before(board)
    for card in board.cards:
        run = without_remedy(card)
        if run is None or past_limits(board, card, run.slot) is not None:
            continue
        if run.state == "failed" and (run.failure in MECHANICAL or run.was_cut_off):
            out.moves.append(go_on(run))
        elif why_held({}, card) is None:
            diagnose(board, card, run, asked, out)
    out.moves.extend(put_away(board, asked, out.undecided))
    return out.moves, out.held, out.times


def without_remedy(card: Card) -> Run | None:
    """The newest run of a free card, if it was an agent's, did not succeed and nothing was decided.

    A card whose other independent runs go on is not free; there one run simply replaces another.
    Once a person has decided that the card goes on, what failed before needs no decision.
    """
    if card.status != "ready" or card.has_open_ask or any(run.is_live for run in card.runs):
        return None
    run = next(iter(card.runs), None)
    if run is None or run.worker != "agent" or run.remedy is not None or not run.counts:
        return None
    is_turned_down = run.state == "submitted" and verdict_on(card, run) == "rejected"
    return run if run.state == "failed" or is_turned_down else None


def go_on(run: Run) -> Remedy:
    if run.was_cut_off:
        return after_a_budget(run)
    remedy = "retry" if run.failure in NOBODYS_FAULT else "reassign"
    code = "same_work_again" if remedy == "retry" else "someone_else_next"
    return Remedy(run_id=run.id, remedy=remedy, reason=Reason(code, facts_of(run)))


def after_a_budget(run: Run) -> Remedy:
    """Somebody else has room where only this agent has none; else the work waits for more of it.

    Until then the budget itself holds the card, or keeps the agent from being given anything.
    """
    facts = facts_of(run) | {"of": run.budget_of}
    if run.budget_of == "agent":
        return Remedy(run_id=run.id, remedy="reassign", reason=Reason("its_budget_is_gone", facts))
    return Remedy(run_id=run.id, remedy="retry", reason=Reason("goes_on_with_budget", facts))


def facts_of(run: Run) -> dict[str, Json]:
    return {
        "run_id": run.id,
        "agent_id": run.agent_id,
        "failed_with": run.failure or "rejected",
        "attempt": run.attempt,
        "round": run.round,
    }


def put_away(board: Board, asked: Asked, undecided: set[str]) -> Iterator[Move]:
    """Readings that have served: their diagnosis has been asked for, or is not wanted any more."""
    wanted = {run_id for run_id in undecided if not about(asked, DIAGNOSE, run_id, board)}
    for one in board.judgements:
        if one.kind == READ and one.state == "answered" and one.subject_id not in wanted:
            yield take(one)


def diagnose(board: Board, card: Card, run: Run, asked: Asked, out: Regeneration) -> None:
    out.undecided.add(run.id)
    standing = where_it_stands(board, run, asked)
    if standing.is_over:
        # No judge could say anything, and that must not keep the card for ever.
        reason = Reason("nobody_could_say", facts_of(run))
        out.moves.append(Remedy(run_id=run.id, remedy="reassign", reason=reason))
        return
    if standing.move is not None:
        out.moves.append(standing.move)
    if standing.until is not None:
        out.times.append(standing.until)
    out.held[card.id] = Reason("being_diagnosed", facts_of(run))


def where_it_stands(board: Board, run: Run, asked: Asked) -> Standing:
    """Where the diagnosis of a run stands; for a model its texts are read first, without tools."""
    why = Reason("needs_diagnosis", facts_of(run))
    current = about(asked, DIAGNOSE, run.id, board)
    if current or board.judge == FALLBACK_JUDGE:
        return see_through(board, DIAGNOSE, run.id, current, why)
    readings = about(asked, READ, run.id, board)
    if not readings:
        return Standing(move=put(board, READ, run.id, why))
    newest = readings[0]
    if newest.state == "open" and not is_late(newest, board):
        return Standing(until=newest.answer_by)
    if newest.state in ("open", "failed", "discarded"):
        # A judge that cannot even read is not waited for twice.
        return Standing(move=put(board, DIAGNOSE, run.id, why_rules(newest), FALLBACK_JUDGE))
    return Standing(move=put(board, DIAGNOSE, run.id, why))
