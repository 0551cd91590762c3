"""A question to a judge and what has become of it, for every kind of judgement but `plan`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.coordinator.board import Board, Judgement
from agents.coordinator.moves import AskJudgement, Json, Move, Reason, TakeAnswer

FALLBACK_JUDGE = "rules"

Asked = dict[tuple[str, str], list[Judgement]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What to do about a question now: a move, or waiting until a time, or nothing any more.

    `is_over`: nobody will answer it; whoever asked goes on without.
    """

    move: Move | None = None
    until: datetime | None = None
    is_over: bool = False


def asked_before(board: Board) -> Asked:
    """The judgements of the board by kind and subject, in their order."""
    found: Asked = defaultdict(list)
    for one in board.judgements:
        found[one.kind, one.subject_id].append(one)
    return found


def about(asked: Asked, kind: str, subject_id: str, board: Board) -> list[Judgement]:
    """What was asked of this kind under the goal and rules as they are now, newest first."""
    return [one for one in asked.get((kind, subject_id), ()) if one.revision == board.revision]


def see_through(
    board: Board, kind: str, subject_id: str, current: Sequence[Judgement], why: Reason
) -> Standing:
    """The next step of a question: put it, wait, take its answer, ask the rules, or give it up.

    A judge that is late or failed, or whose answer was of no use, is followed by the rules; rules
    that fail as often as a card may be attempted are given up, so that nothing waits for ever.
    """
    for one in current:
        if one.state == "answered":
            return Standing(move=take(one))
    for one in current:
        if one.state == "open" and not is_late(one, board):
            return Standing(until=one.answer_by)
    if any(one.state == "taken" for one in current):
        return Standing(is_over=True)
    if not current:
        return Standing(move=put(board, kind, subject_id, why))
    if sum(one.judge == FALLBACK_JUDGE for one in current) >= board.limits.attempts:
        return Standing(is_over=True)
    return Standing(move=put(board, kind, subject_id, why_rules(current[0]), FALLBACK_JUDGE))


def put(
    board: Board, kind: str, subject_id: str, why: Reason, judge: str | None = None
) -> AskJudgement:
    return AskJudgement(
        judgement=kind, subject_id=subject_id, revision=board.revision, judge=judge, reason=why
    )


def take(judgement: Judgement) -> TakeAnswer:
    """An abstention is taken like an answer: what it means is up to who carries it out."""
    params: dict[str, Json] = {"judge": judgement.judge, "revision": judgement.revision}
    if judgement.abstained:
        reason = Reason("judge_cannot_say", params | {"why": judgement.abstain_code or ""})
    else:
        reason = Reason("judge_answered", params)
    return TakeAnswer(
        judgement_id=judgement.id,
        judgement=judgement.kind,
        subject_id=judgement.subject_id,
        reason=reason,
    )


def is_late(judgement: Judgement, board: Board) -> bool:
    return judgement.answer_by is not None and board.now >= judgement.answer_by


def why_rules(judgement: Judgement) -> Reason:
    """Why the rules are asked after this one, which was late, failed or of no use."""
    params = {"judge": judgement.judge, "judgement_id": judgement.id}
    if judgement.state == "open":
        by = judgement.answer_by.isoformat() if judgement.answer_by else ""
        return Reason("judge_late", params | {"answer_by": by})
    if judgement.state == "failed":
        return Reason("judge_failed", params | {"failure": judgement.failure or ""})
    return Reason("answer_of_no_use", params)
