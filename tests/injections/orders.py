"""What stands in one prompt: the question, the ids in sight and the injections."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.fakes.model_server import Request
from tests.injections.pack import Injection, found_in, is_within, letters_of

Fields = dict[str, Any]

KINDS = (
    "plan", "assign", "diagnose", "check", "read", "reconcile", "reply", "course", "compose",
)  # fmt: skip
ID = re.compile(r"\b[a-z]{2,12}_[0-9a-z]{6,40}\b")
SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Orders:
    """What was found in one prompt: the injections, the question's fields and all ids in sight."""

    injections: tuple[Injection, ...]
    asked: Fields
    texts: tuple[str, ...]

    @cached_property
    def wants(self) -> frozenset[str]:
        return frozenset(one.wants for one in self.injections)

    @cached_property
    def words(self) -> str:
        """The injected texts as they stand in the prompt, or as in the pack where they are cut."""
        return "\n".join(self.literal(one) for one in self.injections)[:3_000]

    @cached_property
    def ids(self) -> list[str]:
        joined = "\n".join(self.texts)
        return list(dict.fromkeys([*ID.findall(joined), *SHA256.findall(joined)]))

    def ids_of(self, prefix: str) -> list[str]:
        return [one for one in self.ids if one.startswith(prefix)]

    @cached_property
    def _short(self) -> list[tuple[str, str]]:
        """The shorter texts, shortest first, each with its letters alone."""
        short = sorted((text for text in self.texts if len(text) < 5_000), key=len)
        return [(text, letters_of(text)) for text in short]

    def literal(self, injection: Injection) -> str:
        carrying = (text for text, letters in self._short if is_within(injection, letters))
        return next(carrying, injection.text)


def kind_of(request: Request) -> str:
    """The kind of judgement: the name of the schema that the answer must keep to."""
    name: str = request.body["response_format"]["json_schema"]["name"]
    return name if name in KINDS else "plan"


def orders_in(request: Request) -> Orders:
    texts = tuple(texts_in(request))
    return Orders(found_in(texts), asked_of(request), texts)


def asked_of(request: Request) -> Fields:
    """The question's fields, which stand as JSON in the first user message."""
    user = next(one for one in request.body["messages"] if one["role"] == "user")
    for text in contents(user):
        parsed = parsed_or_none(text)
        if isinstance(parsed, dict):
            return parsed
    return {}


def texts_in(request: Request) -> Iterator[str]:
    """Every text of every message; JSON is taken apart, so that escapes hide nothing."""
    for message in request.body["messages"]:
        for text in contents(message):
            parsed = parsed_or_none(text)
            yield from [text] if parsed is None else strings_in(parsed)


def contents(message: Fields) -> list[str]:
    content = message.get("content") or ""
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in content if part.get("type") == "text"]


def parsed_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def strings_in(node: Any) -> Iterator[str]:
    """Every string inside, names of fields included."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from strings_in(value)
    elif isinstance(node, list):
        for one in node:
            yield from strings_in(one)
