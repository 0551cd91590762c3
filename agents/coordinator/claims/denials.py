"""Two sentences of which one is the other with a "not" in it."""

from __future__ import annotations

import re

from agents.coordinator.claims.neutral import stem

LONGEST = 300
HELPERS = r"(?:am|are|can|did|do|does|has|have|is|must|was|were|will)"
SPLIT = re.compile(rf"\b({HELPERS})n['’]t\b|\b(can)not\b", re.I)
# "Not all" and "may not" deny less than they seem to.
DENIED = re.compile(
    rf"\b{HELPERS} not (?!all\b|always\b|every|just\b|necessarily\b|only\b|yet\b|un|in|non)", re.I
)
DOUBTFUL = re.compile(r"\b(?:may|might|could|should|unless|except|no|never|neither|nor)\b", re.I)


def one_denies_the_other(one: str, two: str) -> bool:
    """Whether the sentences are the same but for one "not"."""
    if max(len(one), len(two)) > LONGEST:
        return False
    first, second = (SPLIT.sub(lambda m: f"{m[1] or m[2]} not", text) for text in (one, two))
    if DOUBTFUL.search(first) or DOUBTFUL.search(second):
        return False
    denied = [len(DENIED.findall(text)) for text in (first, second)]
    nots = [len(re.findall(r"\bnot\b", text, re.I)) for text in (first, second)]
    if sorted(denied) != [0, 1] or denied != nots:
        return False
    return skeleton(first) == skeleton(second)


def skeleton(text: str) -> list[str]:
    words = re.findall(r"\w+", text.casefold())
    return [stem(word) for word in words if word not in ("not", "do", "does", "did")]
