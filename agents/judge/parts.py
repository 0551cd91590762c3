"""A part of a goal, and the questions about one text that reading lines and prose share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.judge import words

ORDER_WORD = "|".join(
    re.escape(word) for word in sorted(words.FIRST + words.NEXT + words.LAST, key=len, reverse=True)
)
ORDERED = re.compile(
    rf"^(?:(?:and|und|please|bitte)\s+)?({ORDER_WORD})\b(\s*[,:])?\s+(.*)$",
    re.IGNORECASE | re.DOTALL,
)
SUBJECT = re.compile(
    r"^(?:please\s+|bitte\s+)?(?:(?:we|you|i|wir)\s+)?(?:(?:should|must|will|shall|can"
    r"|need to|have to|want to)\s+)?(?:to\s+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of work in the goal's words; parts of one stage stand side by side."""

    text: str
    stage: int = 0
    demands: tuple[str, ...] = ()
    context: str = ""
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The parts found, and what the goal demands of the whole."""

    parts: tuple[Part, ...] = ()
    demands: tuple[str, ...] = ()
    why_none: str = "no_parts"


def order_word(text: str) -> tuple[str, str] | None:
    """The order word a text begins with, and the rest; not where it only looks like one.

    `Then write …` and `First, …` count; `Last year we …` does not.
    """
    match = ORDERED.match(text)
    if match is None:
        return None
    word, mark, rest = match.group(1).lower(), match.group(2), match.group(3)
    is_work = is_task(rest) or is_thing(rest)
    if not is_work and (mark is None or words.BACKGROUND.match(rest)):
        return None
    return word, capital(rest)


def strip_order(text: str) -> str:
    found = order_word(text)
    return found[1] if found else text


def is_task(text: str) -> bool:
    """Begins with a verb for doing something, perhaps after `please` or `we should`."""
    return words.is_task_verb(SUBJECT.sub("", text.strip(), count=1))


def is_thing(phrase: str) -> bool:
    """A noun phrase whose head names a kind of deliverable."""
    if not phrase.strip() or len(phrase.split()) > 14 or is_task(phrase):
        return False
    names = words.words_of(words.head_of(phrase))
    return bool(names) and words.kind_of_word(names[-1]) is not None


def titled(text: str) -> tuple[str, str] | None:
    """`Title: what to do` as its two halves, where the title is short."""
    title, colon, rest = text.partition(":")
    title = title.strip().strip("*_").strip()
    rest = rest.strip().removeprefix("**").strip()
    is_short = 0 < len(title) <= 60 and len(title.split()) <= 8 and "." not in title.rstrip(".")
    return (title, rest) if colon and rest and is_short and not rest.startswith("//") else None


def demands_something(sentence: str) -> bool:
    return not is_aside(sentence) and words.DEMANDS.search(sentence) is not None


def is_aside(sentence: str) -> bool:
    """A question, or a sentence about the room or the reason rather than the work."""
    return sentence.endswith("?") or words.BACKGROUND.match(sentence) is not None


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
