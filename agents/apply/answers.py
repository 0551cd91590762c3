"""What a judge's answer does, by the kind of judgement. An abstention does no more than say so,
or asks people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from agents.apply.reasons import card_facts, judged, proposal_of
from agents.coordinator.board import Board
from agents.coordinator.moves import TakeAnswer
from agents.judge.proposals import (
    Abstain,
    Course,
    Diagnosis,
    Draft,
    Proposal,
    Reconciliation,
    Reply,
)
from workspace.commands import judgements, messages, packages, raising, remedies
from workspace.errors import Refused

Take = Callable[[TakeAnswer, Proposal, Board, datetime], None]


def take(move: TakeAnswer, board: Board, at: datetime) -> None:
    """Carry out an answer. Raises Refused if it is of no use any more."""
    TAKEN.get(move.judgement, _noted)(move, proposal_of(move.judgement_id), board, at)


def _noted(move: TakeAnswer, said: Proposal, board: Board, at: datetime) -> None:
    """Advice that stands beside the work and changes nothing: read, check, assign, reconcile."""
    outcome = "abstained" if isinstance(said, Abstain) else "noted"
    if isinstance(said, Reconciliation):
        outcome = said.verdict
    by = judged(move.judgement_id, move)
    judgements.take_answer(judgement_id=move.judgement_id, outcome=outcome, by=by, at=at)


def _diagnosed(move: TakeAnswer, said: Proposal, board: Board, at: datetime) -> None:
    if isinstance(said, Abstain):
        chosen = _ask_people(said.code, "")
    elif isinstance(said, Diagnosis):
        chosen = _chosen(said)
    else:
        raise Refused("not_a_diagnosis")
    remedies.choose_remedy(
        run_id=move.subject_id,
        chosen=chosen,
        judgement_id=move.judgement_id,
        by=judged(move.judgement_id, move),
        at=at,
    )


def _chosen(said: Diagnosis) -> remedies.Chosen:
    if said.remedy == "ask":
        return _ask_people(said.cause, said.question or said.note)
    positions = {part.ref: position for position, part in enumerate(said.parts)}
    return remedies.Chosen(
        remedy=said.remedy,
        cause=said.cause,
        note=said.note,
        brief=said.brief,
        criteria=list(said.criteria),
        parts=[card_facts(part, positions) for part in said.parts],
    )


def _ask_people(cause: str, question: str) -> remedies.Chosen:
    packet = {"code": "judge_asks", "params": {"cause": cause, "question": question}}
    return remedies.Chosen(remedy="ask", cause=cause, note=question, packet=packet)


def _replied(move: TakeAnswer, said: Proposal, board: Board, at: datetime) -> None:
    is_reply = isinstance(said, Reply)
    messages.reply(
        message_id=move.subject_id,
        judgement_id=move.judgement_id,
        body=said.text if isinstance(said, Reply) else "",
        note={} if is_reply else {"code": "cannot_reply", "params": {"judge": board.judge}},
        wants_plan=isinstance(said, Reply) and said.wants == "plan",
        by=judged(move.judgement_id, move),
        at=at,
    )


def _on_course(move: TakeAnswer, said: Proposal, board: Board, at: datetime) -> None:
    """A drift is for people to look at: they plan again, or say that it is right as it is."""
    verdict = said.verdict if isinstance(said, Course) else "abstained"
    by = judged(move.judgement_id, move)
    # Asked first: killed in between, the next look finds the ask and takes the answer.
    if isinstance(said, Course) and verdict == "drifting" and "off_course" not in board.asked_about:
        raising.ask_people(
            room_id=board.room_id,
            code="off_course",
            params={
                "why": said.why,
                "cards": list(said.card_ids),
                "suggestion": said.suggestion,
                "judgement": move.judgement_id,
            },
            options=["plan_again", "carry_on"],
            by=by,
            at=at,
        )
    judgements.take_answer(judgement_id=move.judgement_id, outcome=verdict, by=by, at=at)


def _composed(move: TakeAnswer, said: Proposal, board: Board, at: datetime) -> None:
    draft = said if isinstance(said, Draft) else None
    packages.compose(
        room_id=board.room_id,
        judgement_id=move.judgement_id,
        title=draft.title if draft else "",
        overview=draft.overview if draft else "",
        sections=[(one.card_id, one.heading, one.sentence) for one in draft.sections]
        if draft
        else [],
        by=judged(move.judgement_id, move),
        at=at,
    )


TAKEN: dict[str, Take] = {
    "diagnose": _diagnosed,
    "reply": _replied,
    "course": _on_course,
    "compose": _composed,
}
