"""Answering judgements: claim the row, ask a judge without any transaction, keep its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from django.utils import timezone

from agents.doors.webhook.send import egress_policy
from agents.judge.base import Answer, Judge, JudgeError, Nonsense, Permanent, Temporary
from agents.judge.limits import Call, Limits, wait_before
from agents.judge.questions import AssignQuestion, Question
from agents.judge.rules import RulesJudge
from agents.judge.saved import proposal_to_data
from agents.questions import question_for
from workspace import queries
from workspace.commands import budgets, calls, charging, judgements
from workspace.errors import Refused


class ModelJudge(Judge, Protocol):
    """A judge whose questions cost something."""

    def tokens_wanted(self, question: Question) -> int: ...

    def worst_cost(self, question: Question) -> float: ...


def answer(judgement_id: str) -> None:
    """Answer one judgement if it is due; trouble is kept with it, and told on the page."""
    claimed = judgements.claim_judgement(judgement_id=judgement_id, at=timezone.now())
    if claimed is None:
        return
    row = queries.judgement(judgement_id)
    if row is None:
        return
    try:
        question = question_for(row)
        found = _answer_of(row, question)
    except Refused as refused:
        _refused(row, refused, timezone.now())
    except (Temporary, Permanent, Nonsense) as error:
        _trouble(row, error, timezone.now())
    else:
        if found is not None:
            _keep(row, question, found, timezone.now())


def _refused(row: Any, why: Refused, at: datetime) -> None:
    """What it was about is gone, or a budget holds no such call: the rules carry on."""
    is_budget = why.code == "over_budget"
    if is_budget:
        budgets.tell_refused(room_id=row.room_id, why=why, judgement_id=row.id, at=at)
    code = why.code if is_budget else "subject_gone"
    _trouble(row, Permanent(code, detail=str(why)), at)


def _answer_of(row: Any, question: Question) -> Answer | None:
    """What the judge says; None if the model's limits make it wait. Raises the judge's errors."""
    if row.judge != "kimi":
        return asyncio.run(RulesJudge().answer(question))
    endpoint = queries.model_of(row.room.workspace)
    if endpoint is None:
        # Kimi without a key is a matter of configuration.
        raise Permanent("configuration", detail="no model is set")
    judge = kimi(endpoint, queries.room_policy(row.room).prompt_tokens)
    wanted = judge.tokens_wanted(question)
    limits = Limits(**queries.model_limits(row.room.workspace))
    began = timezone.now()
    call = calls.begin_call(
        judgement_id=row.id,
        tokens_wanted=wanted,
        wait=lambda rows: wait_before(
            [Call(one.at, one.tokens_wanted, one.ended_at) for one in rows], began, wanted, limits
        ),
        at=began,
    )
    if call is None:
        return None
    try:
        # Asked once more where its answer is lawless: the worst case is twice the tokens.
        worst = {"usd": judge.worst_cost(question), "tokens": 2 * wanted}
        charging.reserve_for(judgement_id=row.id, wanted=worst, at=began)
    except Refused:
        _end(row.id, call.id, 0, 0.0, "over_budget", 1)
        raise
    return _asked(judge, question, row.id, call.id)


def _asked(judge: Judge, question: Question, judgement_id: str, call_id: int) -> Answer:
    """One request, on the record whatever becomes of it."""
    try:
        found = asyncio.run(judge.answer(question))
    except JudgeError as error:
        _end(judgement_id, call_id, error.tokens, error.cost_usd, error.code, error.asked)
        raise
    tokens = found.prompt_tokens + found.completion_tokens
    _end(judgement_id, call_id, tokens, found.cost_usd, "answered", found.asked)
    return found


def _end(
    judgement_id: str, call_id: int, tokens: int, cost_usd: float, outcome: str, asked: int
) -> None:
    now = timezone.now()
    charging.settle(ref=judgement_id, actual={"usd": cost_usd, "tokens": tokens}, at=now)
    calls.end_call(
        call_id=call_id,
        tokens=tokens,
        cost_usd=cost_usd,
        outcome=outcome,
        asked=asked,
        at=now,
    )


def kimi(endpoint: Mapping[str, Any], prompt_tokens: int | None = None) -> ModelJudge:
    """A judge that asks this endpoint, through egress."""
    # Imported when first used: the client is large, and most installations have no key.
    from agents.egress.for_httpx2 import guarded_client
    from agents.judge.chat import ModelConfig
    from agents.judge.kimi import KimiJudge

    config = ModelConfig(**endpoint, max_prompt_tokens=prompt_tokens)
    return KimiJudge(config, lambda: guarded_client(egress_policy(), total_s=config.total_s))


def _trouble(row: Any, error: JudgeError, at: datetime) -> None:
    """Ask again later where that may help; else the coordinator turns to the rules."""
    again = None
    if isinstance(error, Temporary):
        again = judgements.retry_at(at, row.tries, error.retry_after, row.room)
    params: dict[str, Any] = {"status": error.status, "judge": row.judge}
    if isinstance(error, Nonsense):
        params["violations"] = sorted({one.code for one in error.violations})[:10]
    judgements.note_trouble(
        judgement_id=row.id, code=error.code, params=params, again_at=again, at=at
    )


def _asked_about(question: Question) -> dict[str, Any]:
    """What an answer must be read with: the attempts, or the claims, it is about."""
    if isinstance(question, AssignQuestion):
        return {"asked": [[one.card_id, one.attempt - 1] for one in question.cards]}
    return {}


def _keep(row: Any, question: Question, found: Answer, at: datetime) -> None:
    judgements.answer_judgement(
        judgement_id=row.id,
        judge=found.judge,
        proposal=proposal_to_data(found.proposal),
        verdict={
            "code": "valid",
            "params": {"asked": found.asked, "left_out": list(found.left_out)},
        },
        facts={
            "model": found.model,
            "prompt_sha256": found.prompt_hash,
            "prompt_tokens": found.prompt_tokens,
            "completion_tokens": found.completion_tokens,
            "cached_tokens": found.cached_tokens,
            "latency_ms": found.latency_ms,
            "cost_usd": round(found.cost_usd, 6),
            "prompt_size": found.prompt_size,
            "thinking": found.thinking,
            "asked_about": {**row.asked_about, **_asked_about(question)},
        },
        at=at,
    )
