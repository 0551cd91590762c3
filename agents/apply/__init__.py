"""One move → one command. A move planned on facts that have changed is refused there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import singledispatch

from agents.apply.answers import take
from agents.apply.reasons import because, card_facts, judged, plain, proposal_of
from agents.coordinator.board import Board
from agents.coordinator.board import Run as SeenRun
from agents.coordinator.moves import (
    AskJudgement,
    AskPeople,
    AskStanding,
    Assign,
    CancelRun,
    Dismiss,
    DoubtClaims,
    Enlist,
    ExpireAsk,
    FailRun,
    HandOff,
    MarkStale,
    Move,
    OfferCard,
    OpenConflict,
    Remedy,
    TakeAnswer,
    TakeBack,
    TakePlan,
    TellInputs,
    WakeModel,
    WarnBudget,
    WithdrawConflict,
)
from agents.doors.model.roles import templates
from agents.judge.base import Abstain, PlanProposal
from workspace.commands import (
    asks,
    budgets,
    conflicts,
    doubts,
    expiring,
    inputs,
    judgements,
    raising,
    remedies,
    resting,
    runs,
    specialists,
    starting,
)
from workspace.errors import Refused
from workspace.spending import USED_UP

# Refusals that say the facts have moved on: the next look plans from fresh ones.
MOVED_ON = ("stale_move", "illegal_move")
SILENT = ("stalled", "no_ack")
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
        about=plain(move.reason.params) | _revision_of_card(move, board),
        by=because(move),
        at=at,
    )


def _revision_of_card(move: AskJudgement, board: Board) -> dict[str, int]:
    """Which words of the card a diagnosis is made for: on others it is not carried out."""
    cards = board.cards if move.judgement == "diagnose" else ()
    about = next((one for one in cards if any(r.id == move.subject_id for r in one.runs)), None)
    return {} if about is None else {"card_revision": about.revision}


@carry_out.register
def _(move: TakePlan, board: Board, at: datetime) -> None:
    proposal = proposal_of(move.judgement_id)
    if not isinstance(proposal, PlanProposal):
        raise Refused("not_a_plan")
    positions = {card.ref: position for position, card in enumerate(proposal.cards)}
    facts = [card_facts(card, positions) for card in proposal.cards]
    judgements.take_plan(
        judgement_id=move.judgement_id,
        cards=facts,
        status="triage" if move.to_sort else "ready",
        by=judged(move.judgement_id, move),
        at=at,
    )


@carry_out.register
def _(move: OfferCard, board: Board, at: datetime) -> None:
    proposal = proposal_of(move.judgement_id)
    if not isinstance(proposal, Abstain):
        raise Refused("not_an_offer")
    offered = [card_facts(proposal.offer, {})] if proposal.offer else []
    judgements.take_plan(
        judgement_id=move.judgement_id,
        cards=offered,
        status="triage",
        by=judged(move.judgement_id, move),
        at=at,
    )


@carry_out.register
def _(move: Assign, board: Board, at: datetime) -> None:
    starting.assign_card(
        card_id=move.card_id,
        agent_id=move.agent_id,
        attempt=move.attempt,
        round=move.round,
        why={"code": move.reason.code, "params": plain(move.reason.params)},
        slot=move.slot,
        by=judged(move.judgement_id, move) if move.judgement_id else because(move),
        at=at,
    )


@carry_out.register
def _(move: MarkStale, board: Board, at: datetime) -> None:
    runs.mark_stale(run_id=move.run_id, by=because(move), at=at)


@carry_out.register
def _(move: FailRun, board: Board, at: datetime) -> None:
    seen = _seen(board, move.run_id)
    runs.fail_run(
        run_id=move.run_id,
        kind=move.failure,
        evidence=plain(move.reason.params),
        if_state=seen.state,
        if_no_sign_since=_no_sign_since(move, seen, board),
        by=because(move),
        at=at,
    )


def _no_sign_since(move: FailRun, seen: SeenRun, board: Board) -> datetime | None:
    """Where silence is the reason, what came in since the board was read counts as a sign."""
    if move.failure not in SILENT:
        return None
    return seen.last_sign_at or board.now - timedelta(days=3650)


def _seen(board: Board, run_id: str) -> SeenRun:
    return next(run for card in board.cards for run in card.runs if run.id == run_id)


@carry_out.register
def _(move: CancelRun, board: Board, at: datetime) -> None:
    runs.cancel_run(run_id=move.run_id, code="cancelled", by=because(move), at=at)


@carry_out.register
def _(move: ExpireAsk, board: Board, at: datetime) -> None:
    expiring.expire_ask(ask_id=move.ask_id, by=because(move), at=at)


@carry_out.register
def _(move: HandOff, board: Board, at: datetime) -> None:
    packet = {
        "code": move.reason.code,
        "params": plain(move.reason.params),
        "tried": [asdict(tried) for tried in move.tried],
    }
    asks.hand_over(card_id=move.card_id, packet=packet, by=because(move), at=at)


@carry_out.register
def _(move: TakeBack, board: Board, at: datetime) -> None:
    asks.take_back(card_id=move.card_id, by=because(move), at=at)


@carry_out.register
def _(move: TakeAnswer, board: Board, at: datetime) -> None:
    try:
        take(move, board, at)
    except Refused as why:
        if why.code not in MOVED_ON:
            # It would be refused at every look: put away, so that whoever asked goes on.
            judgements.discard_answer(
                judgement_id=move.judgement_id,
                why=why.code,
                by=judged(move.judgement_id, move),
                at=at,
            )
        raise


@carry_out.register
def _(move: Remedy, board: Board, at: datetime) -> None:
    chosen = remedies.Chosen(remedy=move.remedy, cause=move.reason.code)
    remedies.choose_remedy(run_id=move.run_id, chosen=chosen, by=because(move), at=at)


@carry_out.register
def _(move: TellInputs, board: Board, at: datetime) -> None:
    inputs.tell_inputs(run_id=move.run_id, by=because(move), at=at)


@carry_out.register
def _(move: AskStanding, board: Board, at: datetime) -> None:
    inputs.ask_standing(card_id=move.card_id, run_id=move.run_id, by=because(move), at=at)


@carry_out.register
def _(move: OpenConflict, board: Board, at: datetime) -> None:
    conflicts.open_conflict(
        room_id=board.room_id,
        key=move.key,
        claim_ids=list(move.claim_ids),
        reason={"code": move.reason.code, "params": plain(move.reason.params)},
        by=because(move),
        at=at,
        against=move.against,
        sides=move.sides,
    )


@carry_out.register
def _(move: DoubtClaims, board: Board, at: datetime) -> None:
    doubts.doubt_claims(
        room_id=board.room_id,
        key=move.key,
        claim_ids=list(move.claim_ids),
        reason={"code": move.reason.code, "params": plain(move.reason.params)},
        by=because(move),
        at=at,
    )


@carry_out.register
def _(move: WithdrawConflict, board: Board, at: datetime) -> None:
    conflicts.withdraw_conflict(conflict_id=move.conflict_id, by=because(move), at=at)


@carry_out.register
def _(move: WakeModel, board: Board, at: datetime) -> None:
    resting.wake_model(room_id=move.room_id, by=because(move), at=at)


@carry_out.register
def _(move: Enlist, board: Board, at: datetime) -> None:
    template = templates()[move.role]
    role = specialists.SpecialistRole(
        name=template.name, title=template.title, skills=list(template.skills),
        tools=list(template.tools), caps=dict(template.caps),
    )  # fmt: skip
    specialists.enlist_specialists(
        room_id=board.room_id, role=role, count=move.count, by=because(move), at=at
    )


@carry_out.register
def _(move: Dismiss, board: Board, at: datetime) -> None:
    specialists.dismiss_specialist(
        room_id=board.room_id, agent_id=move.agent_id, by=because(move), at=at
    )


@carry_out.register
def _(move: WarnBudget, board: Board, at: datetime) -> None:
    budgets.warn_budget(room_id=board.room_id, budget_id=move.budget_id, by=because(move), at=at)


@carry_out.register
def _(move: AskPeople, board: Board, at: datetime) -> None:
    if move.code == USED_UP:
        budget_id = str(move.reason.params["budget_id"])
        budgets.ask_about_budget(
            room_id=board.room_id, budget_id=budget_id, by=because(move), at=at
        )
        return
    raising.ask_people(
        room_id=board.room_id,
        code=move.code,
        params=plain(move.reason.params),
        options=list(move.options),
        by=because(move),
        at=at,
    )
