"""Answering judgements: claim the row, ask a judge without any transaction, keep its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.utils import timezone

from agents.allowed import egress_policy
from agents.judge.base import (
    Answer,
    Judge,
    JudgeError,
    Nonsense,
    Permanent,
    Temporary,
    Tried,
)
from agents.judge.questions import AssignQuestion, Question
from agents.judge.rules import RulesJudge
from agents.judge.saved import proposal_to_data
from agents.limits import ASKS, HOLD, Limits, counted, wait_before
from agents.questions import question_for
from workspace import queries
from workspace.commands import budgets, calls, charging, judgements
from workspace.errors import Refused

# A call ends before its reservation and its slot are given up, whatever a room allows it.
LONGEST_S = 840.0
SHORTEST_S = 5.0
TO_KEEP_IT_S = 2.0  # an answer has to be read, kept and planned with


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
    within_s = time_left(row, timezone.now())
    judge = kimi(endpoint, queries.room_policy(row.room).prompt_tokens, within_s)
    wanted = judge.tokens_wanted(question)
    limits = Limits(**queries.model_limits(row.room.workspace))
    began = timezone.now()
    call = calls.begin_call(
        judgement_id=row.id,
        tokens_wanted=wanted,
        wait=lambda rows: wait_before(counted(rows), began, wanted, limits, asks=ASKS),
        at=began,
    )
    if call is None:
        return None
    worst = Worst(tokens=2 * wanted, cost_usd=judge.worst_cost(question))
    try:
        # Asked once more where its answer is lawless: the worst case is twice the tokens.
        reserved = {"usd": worst.cost_usd, "tokens": worst.tokens}
        charging.reserve_for(judgement_id=row.id, wanted=reserved, at=began)
    except Refused:
        _end(row.id, call.id, Spent("over_budget"), worst)
        raise
    return _asked(judge, question, row.id, call.id, worst)


@dataclass(frozen=True, slots=True)
class Worst:
    """The most that one question may take."""

    tokens: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What came of a request, and what it took, as far as that `is_counted`."""

    outcome: str
    tokens: int = 0
    cost_usd: float = 0.0
    asked: int = 1
    is_counted: bool = True
    held_for: timedelta | None = None


def _asked(
    judge: Judge, question: Question, judgement_id: str, call_id: int, worst: Worst
) -> Answer:
    """One request, on the record whatever becomes of it."""
    try:
        found = asyncio.run(judge.answer(question))
    except JudgeError as error:
        tried = error.tried
        spent = Spent(
            error.code,
            tried.tokens,
            tried.cost_usd,
            tried.asked,
            tried.is_counted,
            held_for=_held_for(error),
        )
        _end(judgement_id, call_id, spent, worst)
        raise
    tokens = found.prompt_tokens + found.completion_tokens
    spent = Spent("answered", tokens, found.cost_usd, found.asked, found.is_counted)
    _end(judgement_id, call_id, spent, worst)
    return found


def _held_for(error: JudgeError) -> timedelta | None:
    """Limits are an account's: who is told to wait waits for all of its calls."""
    if not isinstance(error, Temporary) or error.code != "rate_limited":
        return None
    return HOLD if error.retry_after is None else timedelta(seconds=error.retry_after)


def _end(judgement_id: str, call_id: int, spent: Spent, worst: Worst) -> None:
    """Settle a request. Where nobody knows what it took, the worst case counts as spent."""
    now = timezone.now()
    actual = {"usd": spent.cost_usd, "tokens": spent.tokens} if spent.is_counted else {}
    charging.settle(ref=judgement_id, actual=actual, at=now)
    calls.end_call(
        call_id=call_id,
        tokens=spent.tokens if spent.is_counted else worst.tokens,
        cost_usd=spent.cost_usd if spent.is_counted else worst.cost_usd,
        outcome=spent.outcome,
        asked=max(spent.asked, 1),
        held_for=spent.held_for,
        at=now,
    )


def kimi(
    endpoint: Mapping[str, Any], prompt_tokens: int | None = None, within_s: float = LONGEST_S
) -> ModelJudge:
    """A judge that asks this endpoint, through egress; asked again or not, `within_s`."""
    # Imported when first used: the client is large, and most installations have no key.
    from agents.egress.for_httpx2 import guarded_client
    from agents.judge.chat import ModelConfig, Prices
    from agents.judge.kimi import KimiJudge

    facts = dict(endpoint)
    prices = Prices(**facts.pop("prices", {}))
    total = min(float(facts.pop("total_s", LONGEST_S)), within_s)
    config = ModelConfig(**facts, prices=prices, total_s=total, max_prompt_tokens=prompt_tokens)
    return KimiJudge(config, lambda: guarded_client(egress_policy(), total_s=config.total_s))


def time_left(row: Any, now: datetime) -> float:
    """Seconds until the room goes on without an answer; what comes later is of no use to it."""
    within = queries.timings(row.room.workspace, row.room).judge_within
    left = (row.asked_at - now).total_seconds() + within - TO_KEEP_IT_S
    return min(max(left, SHORTEST_S), LONGEST_S)


def _trouble(row: Any, error: JudgeError, at: datetime) -> None:
    """Ask again later where that may help; else the coordinator turns to the rules."""
    again = None
    if isinstance(error, Temporary):
        again = judgements.retry_at(at, row.tries, error.retry_after, row.room)
    params: dict[str, Any] = {"status": error.status, "judge": row.judge}
    if isinstance(error, Nonsense):
        params["violations"] = sorted({one.code for one in error.violations})[:10]
    judgements.note_trouble(
        judgement_id=row.id,
        code=error.code,
        params=params,
        again_at=again,
        facts=_facts_of(error.tried),
        at=at,
    )


def _facts_of(tried: Tried) -> dict[str, Any]:
    """Of a question that was really put: which model, what was put to it, how long it took."""
    if not tried.asked:
        return {}
    return {
        "model": tried.model[:120],
        "prompt_sha256": tried.prompt_hash,
        "prompt_size": tried.prompt_size,
        "latency_ms": tried.latency_ms,
        "thinking": tried.thinking,
    }


def _asked_about(question: Question) -> dict[str, Any]:
    """What an answer must be read with: the attempts, or the claims, it is about."""
    if isinstance(question, AssignQuestion):
        return {"asked": [[one.card_id, one.attempt - 1] for one in question.cards]}
    return {}


def _keep(row: Any, question: Question, found: Answer, at: datetime) -> None:
    proposal = proposal_to_data(found.proposal)
    facts = {
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
    }
    said = {"asked": found.asked, "left_out": list(found.left_out)}
    try:
        judgements.answer_judgement(
            judgement_id=row.id,
            judge=found.judge,
            proposal=proposal,
            verdict={"code": "valid", "params": said},
            facts=facts,
            at=at,
        )
    except Refused as why:
        if why.code != "judgement_closed":
            raise
        judgements.note_late_answer(judgement_id=row.id, proposal=proposal, facts=facts)
