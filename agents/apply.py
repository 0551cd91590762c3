"""One move → one command. A move planned on facts that have changed is refused there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import singledispatch
from typing import Any

from agents.coordinator.board import Board
from agents.coordinator.board import Run as SeenRun
from agents.coordinator.moves import (
    AskJudgement,
    Assign,
    CancelRun,
    FailRun,
    HandOff,
    MarkStale,
    Move,
    OfferCard,
    Reason,
    TakeBack,
    TakePlan,
)
from agents.judge.base import Abstain, PlannedCard, PlanProposal
from agents.judge.saved import proposal_from_data
from workspace import queries
from workspace.actors import By, coordinator
from workspace.commands import asks, cards, judgements, runs
from workspace.errors import Refused

Applied = Callable[[Move, Board, datetime], None]


def apply(moves: tuple[Move, ...], board: Board, at: datetime) -> list[tuple[Move, Refused]]:
    """Carry out what is not a suggestion, in order; the refused ones with why.

    A refusal is normal: the facts have moved on, and the next tick plans from fresh ones.
    """
    refused: list[tuple[Move, Refused]] = []
    for move in moves:
        if move.suggested:
            continue
        try:
            carry_out(move, board, at)
        except Refused as why:
            refused.append((move, why))
    return refused


def because(reason: Reason) -> By:
    """The coordinator, with the rule it followed (I10)."""
    return coordinator(rule=reason.code, params=_plain(reason.params))


def _plain(value: Any) -> Any:
    """Mappings and sequences as the JSON a row keeps."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value


@singledispatch
def carry_out(move: Move, board: Board, at: datetime) -> None:
    raise TypeError(f"no command carries out {type(move).__name__}")


@carry_out.register
def _(move: AskJudgement, board: Board, at: datetime) -> None:
    judgements.ask_judgement(
        room_id=board.room_id,
        kind=move.judgement,
        subject_id=move.subject_id,
        revision=move.revision,
        judge=move.judge,
        by=because(move.reason),
        at=at,
    )


@carry_out.register
def _(move: TakePlan, board: Board, at: datetime) -> None:
    proposal = _proposal(move.judgement_id)
    if not isinstance(proposal, PlanProposal):
        raise Refused("not_a_plan")
    positions = {card.ref: position for position, card in enumerate(proposal.cards)}
    facts = [_facts(card, positions) for card in proposal.cards]
    judgements.take_plan(
        judgement_id=move.judgement_id,
        cards=facts,
        status="ready",
        by=_judged(move.judgement_id, move.reason),
        at=at,
    )


@carry_out.register
def _(move: OfferCard, board: Board, at: datetime) -> None:
    proposal = _proposal(move.judgement_id)
    if not isinstance(proposal, Abstain):
        raise Refused("not_an_offer")
    offered = [_facts(proposal.offer, {})] if proposal.offer else []
    judgements.take_plan(
        judgement_id=move.judgement_id,
        cards=offered,
        status="triage",
        by=_judged(move.judgement_id, move.reason),
        at=at,
    )


def _proposal(judgement_id: str) -> PlanProposal | Abstain:
    row = queries.judgement(judgement_id)
    if row is None or row.proposal is None:
        raise Refused("not_found", status=404, what="judgement", id=judgement_id)
    return proposal_from_data(row.proposal)


def _judged(judgement_id: str, reason: Reason) -> By:
    return coordinator(judgement=judgement_id, rule=reason.code, params=_plain(reason.params))


def _facts(card: PlannedCard, positions: dict[str, int]) -> cards.CardFacts:
    return cards.CardFacts(
        title=card.title,
        brief=card.brief,
        criteria=list(card.criteria),
        skills=list(card.skills),
        kind=card.kind,
        depends_on=[str(positions[ref]) for ref in card.depends_on],
    )


@carry_out.register
def _(move: Assign, board: Board, at: datetime) -> None:
    runs.assign_card(
        card_id=move.card_id,
        agent_id=move.agent_id,
        attempt=move.attempt,
        round=move.round,
        why={"code": move.reason.code, "params": _plain(move.reason.params)},
        by=because(move.reason),
        at=at,
    )


@carry_out.register
def _(move: MarkStale, board: Board, at: datetime) -> None:
    runs.mark_stale(run_id=move.run_id, by=because(move.reason), at=at)


@carry_out.register
def _(move: FailRun, board: Board, at: datetime) -> None:
    seen = _seen(board, move.run_id)
    runs.fail_run(
        run_id=move.run_id,
        kind=move.failure,
        evidence=_plain(move.reason.params),
        if_state=seen.state,
        # What came in since the board was read counts as a sign of life.
        if_no_sign_since=seen.last_sign_at or board.now - timedelta(days=3650),
        by=because(move.reason),
        at=at,
    )


def _seen(board: Board, run_id: str) -> SeenRun:
    return next(run for card in board.cards for run in card.runs if run.id == run_id)


@carry_out.register
def _(move: CancelRun, board: Board, at: datetime) -> None:
    runs.cancel_run(run_id=move.run_id, code="cancelled", by=because(move.reason), at=at)


@carry_out.register
def _(move: HandOff, board: Board, at: datetime) -> None:
    packet = {
        "code": move.reason.code,
        "params": _plain(move.reason.params),
        "tried": [asdict(tried) for tried in move.tried],
    }
    asks.hand_over(card_id=move.card_id, packet=packet, by=because(move.reason), at=at)


@carry_out.register
def _(move: TakeBack, board: Board, at: datetime) -> None:
    asks.take_back(card_id=move.card_id, by=because(move.reason), at=at)
