"""Answering judgements: claim the row, ask a judge without any transaction, keep its answer."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

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
from workspace.commands import judgements, rooms
from workspace.record import coordinator


def answer(judgement_id: str) -> None:
    """Answer one judgement if it is due; trouble is kept with it, and told on the page."""
    claimed = judgements.claim_judgement(judgement_id=judgement_id, at=timezone.now())
    if claimed is None:
        return
    row = queries.judgement(judgement_id)
    question = _question(row)
    try:
        found = asyncio.run(_judge(row.judge).plan(question))
    except (Temporary, Permanent, Nonsense) as error:
        _trouble(row, error, timezone.now())
        return
    _keep(row, found, timezone.now())


def _judge(name: str) -> Judge:
    if name != "kimi":
        return RulesJudge()
    # Imported when first used: the client is large, and most installations have no key.
    from agents.judge.kimi import KimiJudge, Provider

    return KimiJudge(
        Provider(
            base_url=settings.MUSTER_MODEL_BASE_URL,
            api_key=settings.MUSTER_MODEL_API_KEY,
            model=settings.MUSTER_MODEL,
            profile=settings.MUSTER_MODEL_PROFILE,
        )
    )


def _question(row: Any) -> PlanQuestion:
    seats = list(row.room.seats.select_related("agent").order_by("added_at", "id"))
    skills = dict.fromkeys(skill for seat in seats for skill in seat.agent.skills)
    return PlanQuestion(
        goal=row.room.goal,
        room_rules=row.room.rules,
        skills=tuple(skills),
        seats=tuple(Worker(seat.agent.name, tuple(seat.agent.skills)) for seat in seats),
    )


def _trouble(row: Any, error: Temporary | Permanent | Nonsense, at: datetime) -> None:
    """Ask again later where that may help; else the rules carry on, and the room says so."""
    again = None
    if isinstance(error, Temporary):
        again = judgements.retry_at(at, row.tries, error.retry_after, row.room)
    params: dict[str, Any] = {"status": error.status, "judge": row.judge}
    if isinstance(error, Nonsense):
        params["violations"] = sorted({one.code for one in error.violations})[:10]
    judgements.note_trouble(
        judgement_id=row.id, code=error.code, params=params, again_at=again, at=at
    )
    if again is None and row.judge != "rules":
        rooms.set_judge(
            room_id=row.room_id,
            judge="rules",
            note={"code": error.code, "params": params},
            by=coordinator(judgement=row.id),
            at=at,
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
