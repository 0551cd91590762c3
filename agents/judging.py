"""Answering judgements: claim the row, ask a judge without any transaction, keep its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from agents.doors.webhook.send import egress_policy
from agents.judge.base import (
    Answer,
    Judge,
    Nonsense,
    Permanent,
    PlanQuestion,
    Temporary,
    Worker,
)
from agents.judge.rules import RulesJudge
from agents.judge.saved import proposal_to_data
from workspace import queries
from workspace.commands import judgements


def answer(judgement_id: str) -> None:
    """Answer one judgement if it is due; trouble is kept with it, and told on the page."""
    claimed = judgements.claim_judgement(judgement_id=judgement_id, at=timezone.now())
    if claimed is None:
        return
    row = queries.judgement(judgement_id)
    if row is None:
        return
    question = question_of(row.room)
    try:
        found = asyncio.run(_judge(row).plan(question))
    except (Temporary, Permanent, Nonsense) as error:
        _trouble(row, error, timezone.now())
        return
    _keep(row, found, timezone.now())


def _judge(row: Any) -> Judge:
    """The judge this row asks for. Kimi without a key is a matter of configuration."""
    if row.judge != "kimi":
        return RulesJudge()
    endpoint = queries.model_of(row.room.workspace)
    if endpoint is None:
        raise Permanent("configuration", detail="no model is set")
    return kimi(endpoint)


def kimi(endpoint: Mapping[str, str]) -> Judge:
    """A judge that asks this endpoint, through egress."""
    # Imported when first used: the client is large, and most installations have no key.
    from agents.egress.for_httpx2 import guarded_client
    from agents.judge.chat import ModelConfig
    from agents.judge.kimi import KimiJudge

    config = ModelConfig(**endpoint)  # type: ignore[arg-type]
    return KimiJudge(config, lambda: guarded_client(egress_policy(), total_s=config.total_s))


def question_of(room: Any) -> PlanQuestion:
    seats = list(room.seats.select_related("agent").order_by("added_at", "id"))
    skills = dict.fromkeys(skill for seat in seats for skill in seat.agent.skills)
    return PlanQuestion(
        goal=room.goal,
        room_rules=room.rules,
        skills=tuple(skills),
        seats=tuple(Worker(seat.agent.name, tuple(seat.agent.skills)) for seat in seats),
    )


def _trouble(row: Any, error: Temporary | Permanent | Nonsense, at: datetime) -> None:
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


def _keep(row: Any, found: Answer, at: datetime) -> None:
    judgements.answer_judgement(
        judgement_id=row.id,
        judge=found.judge,
        proposal=proposal_to_data(found.proposal),
        verdict={"code": "valid", "params": {"asked": found.asked}},
        facts={
            "model": found.model,
            "prompt_sha256": found.prompt_hash,
            "prompt_tokens": found.prompt_tokens,
            "completion_tokens": found.completion_tokens,
            "cached_tokens": found.cached_tokens,
            "latency_ms": found.latency_ms,
        },
        at=at,
    )
