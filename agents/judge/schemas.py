"""The form of an answer, in the small dialect the service takes: no bounds, titles or references.

One flat object for each kind. `cannot` is in every one: a model may always say that it cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agents.judge.proposals import (
    CAUSES,
    CHECK_VERDICTS,
    CLAIM_VERDICTS,
    COURSE_VERDICTS,
    OUTCOMES,
    READ_CAUSES,
    WANTS,
)
from agents.judge.questions import (
    AssignQuestion,
    CheckQuestion,
    ComposeQuestion,
    CourseQuestion,
    DiagnoseQuestion,
    PlanQuestion,
    Question,
    ReadQuestion,
    ReconcileQuestion,
    ReplyQuestion,
)

Schema = dict[str, Any]

MAX_ENUM = 100
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
NUMBER: Schema = {"type": "integer"}


def schema_for(question: Question) -> Schema:
    """What an answer to this question must look like; names and ids are enumerated where few."""
    return closed(SCHEMAS[type(question)](question) | {"cannot": TEXT})


def closed(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def one_of(values: Iterable[str]) -> Schema:
    """A text out of a list that is not too long to be told; any text otherwise."""
    listed = list(dict.fromkeys(values))
    return TEXT | {"enum": listed} if 0 < len(listed) <= MAX_ENUM else TEXT


def rows(properties: Schema) -> Schema:
    return {"type": "array", "items": closed(properties)}


def card_rows(skills: tuple[str, ...], kinds: tuple[str, ...]) -> Schema:
    return rows(
        {
            "ref": TEXT,
            "title": TEXT,
            "brief": TEXT,
            "criteria": TEXTS,
            "skills": {"type": "array", "items": one_of(skills)},
            "kind": one_of(kinds),
            "depends_on": TEXTS,
        }
    )


def _plan(question: PlanQuestion) -> Schema:
    return {"cards": card_rows(question.skills, question.kinds), "note": TEXT}


def _assign(question: AssignQuestion) -> Schema:
    card = one_of(one.card_id for one in question.cards)
    agent = one_of(one.agent_id for one in question.workers)
    ranked = {"card_id": card, "agent_ids": {"type": "array", "items": agent}, "why": TEXT}
    return {"cards": rows(ranked)}


def _diagnose(question: DiagnoseQuestion) -> Schema:
    return {
        "remedy": one_of(question.remedies),
        "cause": one_of(CAUSES),
        "note": TEXT,
        "brief": TEXT,
        "criteria": TEXTS,
        "parts": card_rows(question.skills, question.kinds),
        "question": TEXT,
    }


def _check(question: CheckQuestion) -> Schema:
    row = {"n": NUMBER, "verdict": one_of(CHECK_VERDICTS), "evidence": TEXT, "file": TEXT}
    return {"rows": rows(row)}


def _read(question: ReadQuestion) -> Schema:
    return {
        "outcome": one_of(OUTCOMES),
        "cause": one_of(READ_CAUSES),
        "percent": {"type": ["integer", "null"]},
        "quotes": TEXTS,
        "has_instructions": {"type": "boolean"},
    }


def _reconcile(question: ReconcileQuestion) -> Schema:
    ids = one_of((question.a.id, question.b.id))
    return {
        "verdict": one_of(CLAIM_VERDICTS),
        "why": TEXT,
        "claim_ids": {"type": "array", "items": ids},
    }


def _reply(question: ReplyQuestion) -> Schema:
    return {"text": TEXT, "wants": one_of(WANTS)}


def _course(question: CourseQuestion) -> Schema:
    card = one_of(one.card_id for one in question.cards)
    return {
        "verdict": one_of(COURSE_VERDICTS),
        "why": TEXT,
        "card_ids": {"type": "array", "items": card},
        "suggestion": TEXT,
    }


def _compose(question: ComposeQuestion) -> Schema:
    card = one_of(one.card_id for one in question.parts)
    section = {"card_id": card, "heading": TEXT, "sentence": TEXT}
    return {"title": TEXT, "overview": TEXT, "sections": rows(section)}


SCHEMAS: Mapping[type, Callable[[Any], Schema]] = {
    PlanQuestion: _plan,
    AssignQuestion: _assign,
    DiagnoseQuestion: _diagnose,
    CheckQuestion: _check,
    ReadQuestion: _read,
    ReconcileQuestion: _reconcile,
    ReplyQuestion: _reply,
    CourseQuestion: _course,
    ComposeQuestion: _compose,
}
