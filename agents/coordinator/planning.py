"""A room with a goal and nothing on its board: ask for a plan, and take the answer."""

from __future__ import annotations

from datetime import datetime

from agents.coordinator.board import Board, Judgement
from agents.coordinator.moves import (
    AskJudgement,
    Json,
    Move,
    OfferCard,
    Reason,
    TakePlan,
)

PLAN = "plan"
FALLBACK_JUDGE = "rules"


def make_plan(board: Board) -> tuple[list[Move], list[datetime]]:
    """At most one move about the room's plan, and when an open question will be given up.

    An answer is taken even where cards exist: a person asked for that plan. An answer to an older
    goal is left alone; a new question is asked instead.
    """
    current = [one for one in board.judgements if is_about(one, board)]
    for judgement in current:
        if judgement.state == "answered":
            return [take(judgement)], []
    for judgement in current:
        if judgement.state == "open":
            return wait_for(judgement, board)
    if current and current[0].state == "failed" and current[0].judge != FALLBACK_JUDGE:
        # Also where there are cards: a person has asked for this plan.
        return [fall_back(board, why_failed(current[0]))], []
    if board.planned or board.cards or not board.goal.strip():
        return [], []
    if any(one.state in ("taken", "discarded") for one in current):
        return [], []
    move = ask(board, current)
    return ([] if move is None else [move]), []


def is_about(judgement: Judgement, board: Board) -> bool:
    return judgement.kind == PLAN and judgement.revision == board.revision


def take(judgement: Judgement) -> Move:
    params: dict[str, Json] = {"judge": judgement.judge, "revision": judgement.revision}
    if judgement.abstained:
        reason = Reason("judge_abstained", params | {"why": judgement.abstain_code or ""})
        return OfferCard(judgement_id=judgement.id, reason=reason)
    reason = Reason("plan_answered", params | {"cards": judgement.cards})
    return TakePlan(judgement_id=judgement.id, reason=reason)


def wait_for(judgement: Judgement, board: Board) -> tuple[list[Move], list[datetime]]:
    if judgement.answer_by is None:
        return [], []
    if board.now < judgement.answer_by:
        return [], [judgement.answer_by]
    params = {"judge": judgement.judge, "judgement_id": judgement.id}
    reason = Reason("judge_late", params | {"answer_by": judgement.answer_by.isoformat()})
    return [fall_back(board, reason)], []


def ask(board: Board, current: list[Judgement]) -> Move | None:
    """The first question of this revision, or the rules' turn after a judge that failed."""
    failed = [one for one in current if one.state == "failed"]
    if sum(one.judge == FALLBACK_JUDGE for one in failed) >= board.limits.attempts:
        return None
    if failed:
        return fall_back(board, why_failed(failed[0]))
    return AskJudgement(
        judgement=PLAN,
        subject_id=board.room_id,
        revision=board.revision,
        reason=Reason("goal_without_plan", {"revision": board.revision}),
    )


def why_failed(judgement: Judgement) -> Reason:
    params = {"judge": judgement.judge, "failure": judgement.failure or ""}
    return Reason("judge_failed", params)


def fall_back(board: Board, reason: Reason) -> AskJudgement:
    return AskJudgement(
        judgement=PLAN,
        subject_id=board.room_id,
        revision=board.revision,
        judge=FALLBACK_JUDGE,
        reason=reason,
    )
