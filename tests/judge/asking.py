"""Asking a judge from a plain test."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import httpx2

from agents.judge.base import (
    Answer,
    Judge,
    PlannedCard,
    PlanProposal,
    PlanQuestion,
    Question,
    Worker,
)
from agents.judge.chat import ModelConfig
from agents.judge.kimi import KimiJudge
from tests.fakes.model_server import ModelServer

SKILLS = ("research", "writing", "data", "design", "code", "testing", "translation", "finance")
SEATS = (Worker("Ada", ("research", "writing")), Worker("Bo", ("code", "testing")))
UNUSED = ssl.create_default_context()  # nothing here speaks TLS, and making one takes long
KEY = "sk-test-51a9c0ffee"


def a_question(goal: str = "Find out what tea costs.", **more: Any) -> PlanQuestion:
    fields: dict[str, Any] = {"goal": goal, "skills": SKILLS, "seats": SEATS}
    return PlanQuestion(**fields | more)


def a_client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(trust_env=False, follow_redirects=False, verify=UNUSED)


def kimi_at(server: ModelServer, **more: Any) -> KimiJudge:
    fields: dict[str, Any] = {"api_key": KEY, "base_url": server.base_url, "total_s": 10.0}
    return KimiJudge(ModelConfig(**fields | more), a_client)


def ask(judge: Judge, question: Question | None = None) -> Answer:
    return asyncio.run(judge.answer(question or a_question()))


def cards_of(answer: Answer) -> tuple[PlannedCard, ...]:
    assert isinstance(answer.proposal, PlanProposal), answer.proposal
    return answer.proposal.cards
