"""What a question to a model took is on the record, whatever became of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from agents import judging
from agents.tick import tick
from tests.fakes.model_server import Answer, Request, good, model_server
from tests.judging.test_judging import a_room_that_asks, loopback
from workspace.actors import By
from workspace.commands.budgets import set_budget
from workspace.models import Budget, Judgement, ModelCall, Room
from workspace.verify import verify

pytestmark = pytest.mark.django_db
__all__ = ["loopback"]


def one_question(room: Room) -> Judgement:
    tick(room.id)
    return room.judgements.get()


def with_a_budget(room: Room) -> Room:
    by = By(room.members.get(role="owner").person_id)
    set_budget(
        room_id=room.id, subject_id=room.id, what="usd", period="ever", cap=5, by=by,
        at=timezone.now(),
    )  # fmt: skip
    return room


@pytest.fixture
def hurried(settings: Any) -> None:
    """A model that gets half a second."""
    settings.MUSTER_MODEL_OPTIONS = {"total_s": 0.5}


@pytest.mark.usefixtures("hurried")
def test_a_call_that_ran_into_its_deadline_counts_as_the_worst_case() -> None:
    with model_server("silent") as server:
        room = with_a_budget(a_room_that_asks(server.base_url))
        asked = one_question(room)
        judging.answer(asked.id)
    call = ModelCall.objects.get()
    assert call.outcome == "deadline"
    assert call.tokens == 2 * call.tokens_wanted
    assert call.cost_usd is not None and call.cost_usd > Decimal("0.1")
    budget = Budget.objects.get()
    assert (budget.spent, budget.reserved) == (call.cost_usd, 0)
    assert verify(timezone.now()) == []


def test_a_service_that_tells_no_usage_counts_as_the_worst_case() -> None:
    def silent_on_usage(request: Request) -> Answer:
        text = good(request).text
        choice = {"index": 0, "message": {"content": text}, "finish_reason": "stop"}
        return Answer(body=json.dumps({"choices": [choice]}).encode())

    with model_server(silent_on_usage) as server:
        room = with_a_budget(a_room_that_asks(server.base_url))
        kept = room.workspace.settings["model"]
        kept["options"] = {"stream": False}
        room.workspace.save()
        judging.answer(one_question(room).id)
    call = ModelCall.objects.get()
    assert (call.outcome, call.tokens) == ("answered", 2 * call.tokens_wanted)
    assert Budget.objects.get().spent == call.cost_usd


@pytest.mark.parametrize("name", ["rate_limited", "bad_key", "invalid_request"])
def test_a_call_that_was_not_taken_costs_nothing(name: str) -> None:
    with model_server(name) as server:
        room = with_a_budget(a_room_that_asks(server.base_url))
        judging.answer(one_question(room).id)
    call = ModelCall.objects.get()
    assert (call.tokens, call.cost_usd) == (0, 0)
    assert Budget.objects.get().spent == 0


def test_a_failed_question_keeps_which_model_was_asked_with_what() -> None:
    with model_server("not_json") as server:
        room = a_room_that_asks(server.base_url)
        asked = one_question(room)
        judging.answer(asked.id)
    asked.refresh_from_db()
    assert (asked.state, asked.model) == ("failed", "kimi-k2.6")
    assert len(asked.prompt_sha256) == 64
    assert asked.prompt_size and asked.latency_ms is not None
    assert asked.proposal is None


def test_an_answer_that_comes_too_late_is_kept_without_effect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really = judging._asked

    def late(judge: Any, question: Any, judgement_id: str, *more: Any) -> Any:
        found = really(judge, question, judgement_id, *more)
        Judgement.objects.filter(id=judgement_id).update(state="discarded")
        return found

    monkeypatch.setattr(judging, "_asked", late)
    with model_server("good") as server:
        room = a_room_that_asks(server.base_url)
        asked = one_question(room)
        judging.answer(asked.id)
    kept = Judgement.objects.get(id=asked.id)
    assert (kept.state, kept.verdict["code"]) == ("discarded", "too_late")
    assert kept.proposal is not None and kept.proposal["type"] == "plan"
    assert kept.model and kept.prompt_sha256 and kept.prompt_tokens and kept.cost_usd
    tick(room.id)
    assert not room.cards.exists()
    assert verify(timezone.now()) == []


def test_a_question_gets_the_time_the_room_waits_for_its_judge() -> None:
    room = a_room_that_asks("http://127.0.0.1:9/v1")
    asked = one_question(room)
    assert 50 < judging.time_left(asked, timezone.now()) <= 58
    room.timings = {"judge_within": 600}
    room.save()
    asked = Judgement.objects.get(id=asked.id)
    assert 590 < judging.time_left(asked, timezone.now()) <= 598
    judge = judging.kimi({"api_key": "k", "total_s": 90}, None, 598)
    assert judge.config.total_s == 90  # type: ignore[attr-defined]
    assert judging.kimi({"api_key": "k"}, None, 30).config.total_s == 30  # type: ignore[attr-defined]
