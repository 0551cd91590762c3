"""Questions with clean, bounded texts and only such pictures as a model takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from agents.judge.questions import Attachment, ClaimLine, Excerpt, Question
from agents.judge.validate import clean

T = TypeVar("T")

# Goal and rules may be as long as a room takes them: they are never cut.
LONGEST = {
    "goal": 20_000,
    "room_rules": 20_000,
    "goal_line": 400,
    "brief": 20_000,
    "message": 20_000,
    "digest": 400_000,
    "summary": 8_000,
    "reviewer_said": 8_000,
    "title": 200,
    "name": 160,
    "sender": 160,
    "subject": 200,
    "value": 400,
    "unit": 40,
}
LONGEST_IN: Mapping[type, Mapping[str, int]] = {
    Excerpt: {"text": 400_000},
    Attachment: {"text": 400_000},
    ClaimLine: {"text": 4_000},
}
LONGEST_ELSE = 1_000
# Names an answer must repeat letter by letter, and what is no text for people.
AS_IT_IS = frozenset(
    {
        "id",
        "card_id",
        "agent_id",
        "eligible",
        "skills",
        "skill",
        "kinds",
        "image",
        "media_type",
        "evidence",
    }
)
EVIDENCE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
PLAIN = re.compile(r"[\n\t -~]*")
SIGNS: Mapping[str, re.Pattern[bytes]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}


def tidy(question: Question) -> Question:
    """The same question, safe to be put into a prompt."""
    tidied = tidied_dataclass(question)
    evidence = getattr(tidied, "evidence", None)
    if evidence is None:
        return tidied
    return cast(Question, replace(cast(Any, tidied), evidence=numbers_only(evidence)))


def tidied_dataclass(thing: T) -> T:
    if isinstance(thing, Attachment) and thing.image is not None and not is_picture(thing):
        thing = cast(T, replace(thing, image=None))
    special = LONGEST_IN.get(type(thing), {})
    changes: dict[str, Any] = {}
    for field in fields(cast(Any, thing)):
        value = getattr(thing, field.name)
        if field.name not in AS_IT_IS:
            limit = special.get(field.name, LONGEST.get(field.name, LONGEST_ELSE))
            changes[field.name] = tidied_value(value, limit)
    return cast(T, replace(cast(Any, thing), **changes))


def tidied_value(value: Any, limit: int) -> Any:
    if isinstance(value, str):
        return tidied_text(value, limit)
    if isinstance(value, tuple):
        return tuple(tidied_value(one, limit) for one in value)
    return tidied_dataclass(value) if is_dataclass(value) else value


def tidied_text(text: str, limit: int) -> str:
    if len(text) <= limit and PLAIN.fullmatch(text):
        return text.strip()  # nothing to clean, and much faster for long files
    return clean(text[: limit * 2], limit)


def numbers_only(evidence: Mapping[str, Any]) -> dict[str, int | float | bool]:
    """Whatever else came in as evidence might be an agent's words."""
    return {
        name: value
        for name, value in evidence.items()
        if EVIDENCE_NAME.fullmatch(name) and isinstance(value, int | float)
    }


def is_picture(attachment: Attachment) -> bool:
    """Whether it is what its type says, and a type that models take; SVG is none."""
    sign = SIGNS.get(attachment.media_type)
    return bool(sign and attachment.image and sign.match(attachment.image))
