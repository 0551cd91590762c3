"""Questions cut to a budget: never beyond it, and never at the cost of goal, rules or criteria."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coordinator.board import Board
from agents.judge.base import Permanent
from agents.judge.digest import card_lines, digest
from agents.judge.fit import fit
from agents.judge.messages import messages_for
from agents.judge.questions import (
    JUDGEMENT_KINDS,
    AcceptedPart,
    Attachment,
    Candidate,
    CardToGive,
    Excerpt,
    FactLine,
    PastAttempt,
    Question,
    ReconcileQuestion,
    Worker,
)
from agents.judge.schemas import schema_for
from agents.judge.size import prompt_tokens
from tests.judge.samples import CHECK, DIAGNOSE, PLAN, QUESTIONS, READ
from tests.judge.test_digest import NOW, ONE_OF_EACH

KINDS = pytest.mark.parametrize("kind", JUDGEMENT_KINDS)
GOAL = "Find out what tea costs."
RULES = "Cite every price."


def prompt_of(question: Question, left_out: tuple[str, ...] = ()) -> str:
    return json.dumps(messages_for(question, left_out), ensure_ascii=False)


def measured(question: Question, left_out: tuple[str, ...]) -> int:
    return prompt_tokens(messages_for(question, left_out), schema_for(question))


def swollen(kind: str, text: str, times: int) -> Question:
    """A question of this kind with far too much of everything that may be cut."""
    base: Any = QUESTIONS[kind]
    long = text * times
    claim = replace(QUESTIONS["reconcile"].a, text=long)  # type: ignore[union-attr]
    facts = tuple(FactLine(text[:50], n, "", text) for n in range(times))
    attachments = tuple(Attachment(f"{n}.txt", "text/plain", long) for n in range(5))
    more: dict[str, dict[str, Any]] = {
        "plan": {
            "facts": facts, "attachments": attachments,
            "seats": tuple(Worker(text[:40], ("research",)) for _ in range(times)),
            "skills": tuple(f"skill {n} {text[:40]}" for n in range(times)),
        },
        "assign": {
            "cards": tuple(CardToGive(f"card_{n}", text) for n in range(times)),
            "workers": tuple(Candidate(f"agt_{n}", text[:80]) for n in range(times)),
        },
        "diagnose": {
            "facts": facts, "brief": long, "reviewer_said": long,
            "attempts": tuple(PastAttempt(n, text[:40], "error") for n in range(times)),
            "skills": tuple(f"skill {n}" for n in range(times)),
        },
        "check": {
            "files": tuple(Excerpt(f"{n}.md", long) for n in range(20)), "summary": long,
            "sources": (text,) * times, "claims": (claim,) * times, "attachments": attachments,
        },
        "read": {"texts": tuple(Excerpt(f"{n}", long) for n in range(times))},
        "reconcile": {"a": claim, "b": claim},
        "reply": {"facts": facts, "digest": long, "message": long},
        "course": {"facts": facts, "digest": long},
        "compose": {
            "facts": facts,
            "parts": tuple(AcceptedPart(f"card_{n}", text[:90], "report", long) for n in range(50)),
        },
    }  # fmt: skip
    return replace(base, **more[kind])  # type: ignore[no-any-return]


@KINDS
def test_a_question_that_fits_is_left_as_it_is(kind: str) -> None:
    fitted = fit(QUESTIONS[kind], 20_000)
    assert fitted.question == QUESTIONS[kind]
    assert fitted.left_out == ()
    assert fitted.size == measured(fitted.question, ())


@KINDS
@pytest.mark.parametrize("budget", [3_500, 6_000, 30_000])
@settings(max_examples=6, deadline=None)
@given(text=st.text(min_size=1, max_size=200), times=st.integers(1, 400))
def test_a_prompt_is_never_larger_than_its_budget(
    kind: str, budget: int, text: str, times: int
) -> None:
    fitted = fit(swollen(kind, text, times), budget)
    assert fitted.size == measured(fitted.question, fitted.left_out) <= budget
    before: Any = QUESTIONS[kind]
    for name in ("goal", "goal_line", "room_rules", "title", "criteria"):
        assert getattr(fitted.question, name, None) == getattr(before, name, None)
    for name in ("goal", "goal_line", "room_rules"):
        assert getattr(before, name, "") in prompt_of(fitted.question, fitted.left_out)


@KINDS
def test_what_was_cut_is_said_in_the_prompt(kind: str) -> None:
    fitted = fit(swollen(kind, "Tea is good. ", 300), 3_000)
    assert fitted.left_out
    _, user = messages_for(fitted.question, fitted.left_out)
    assert json.loads(user["content"])["left_out"] == list(fitted.left_out)


@KINDS
def test_most_of_the_budget_is_used(kind: str) -> None:
    """Cutting stops where it fits: nothing is thrown away that there was room for."""
    if kind == "reconcile":
        return  # two claims are bounded long before
    fitted = fit(swollen(kind, "Tea is good. ", 500), 9_000)
    assert fitted.size > 4_500


@pytest.mark.parametrize("cards", [0, 1, 40, 3_000, 10_000])
@pytest.mark.parametrize("kind", ["course", "reply"])
def test_boards_of_any_size_fit_with_goal_and_rules_whole(kind: str, cards: int) -> None:
    board = Board(
        room_id="room_1",
        now=NOW,
        cards=tuple(replace(ONE_OF_EACH[n % 10], id=f"card_{n}", number=n) for n in range(cards)),
    )
    more: dict[str, Any] = {"goal": GOAL * 100, "room_rules": RULES * 100}
    more["digest"] = digest(board, 100_000)
    if kind == "course":
        more["cards"] = card_lines(board, most=10_000)
    question: Any = replace(QUESTIONS[kind], **more)  # type: ignore[arg-type]
    fitted = fit(question, 12_000)
    assert measured(fitted.question, fitted.left_out) <= 12_000
    prompt = prompt_of(fitted.question, fitted.left_out)
    assert GOAL * 100 in prompt
    assert RULES * 100 in prompt


@pytest.mark.parametrize("kind", ["plan", "diagnose", "reply", "course", "compose"])
@pytest.mark.parametrize("field", ["goal", "room_rules"])
def test_goal_or_rules_that_do_not_fit_alone_are_refused(kind: str, field: str) -> None:
    with pytest.raises(Permanent) as caught:
        fit(replace(QUESTIONS[kind], **{field: "tea " * 4_000}), 3_000)  # type: ignore[arg-type]
    assert caught.value.code == "too_large"


def test_the_longest_goal_and_rules_a_room_takes_are_never_cut() -> None:
    goal, rules = "茶" * 20_000, "x" * 20_000
    prompt = prompt_of(fit(replace(PLAN, goal=goal, room_rules=rules), 60_000).question)
    assert goal in prompt
    assert rules in prompt


def test_pictures_go_before_words() -> None:
    picture = Attachment("a.png", "image/png", "", b"\x89PNG\r\n\x1a\n" + b"x" * 50)
    question = replace(PLAN, attachments=(Attachment("a.md", "text/markdown", "Tea."), picture))
    fitted = fit(question, 4_000)
    assert fitted.left_out == ("pictures",)
    assert fitted.question.attachments == (  # type: ignore[union-attr]
        question.attachments[0],
        replace(picture, image=None),
    )


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    text = "The first line.\n" + "More of it.\n" * 5_000 + "The last line."
    fitted: Any = fit(replace(READ, texts=(Excerpt("log", text),)), 4_000)
    kept = fitted.question.texts[0].text
    assert kept.startswith("The first line.")
    assert kept.endswith("The last line.")
    assert "[…]" in kept


def test_of_the_attempts_the_newest_stay() -> None:
    attempts = tuple(PastAttempt(n, "Ada" * 30, "error") for n in range(400))
    fitted: Any = fit(replace(DIAGNOSE, attempts=attempts), 5_000)
    kept = [one.attempt for one in fitted.question.attempts]
    assert kept
    assert kept == list(range(400 - len(kept), 400))


def test_control_characters_and_strange_evidence_are_cleaned_away() -> None:
    evidence: Any = {"steps": 3, "said": "x"}
    question = replace(DIAGNOSE, title="Tea\x00\u202e list", evidence=evidence)
    cleaned: Any = fit(question, 9_000).question
    assert cleaned.title == "Tea list"
    assert cleaned.evidence == {"steps": 3}


def test_ids_are_never_changed_by_cleaning() -> None:
    base: ReconcileQuestion = QUESTIONS["reconcile"]  # type: ignore[assignment]
    question = replace(base, a=replace(base.a, id="clm \u200b1"))
    assert fit(question, 9_000).question.a.id == "clm \u200b1"  # type: ignore[union-attr]


def test_criteria_are_never_cut() -> None:
    files = tuple(Excerpt(f"{n}.md", "tea " * 5_000) for n in range(30))
    fitted: Any = fit(replace(CHECK, files=files), 3_000)
    assert fitted.question.criteria == CHECK.criteria
