"""What a run's steps look like so far: a small running picture, kept as plain JSON on its row.

Each step costs the same however long the run is. Steps are compared by what they say, without the
moment at which it was said and how long it took; numbers stay, for `file 1` and `file 2` are news.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

WINDOW = 64  # as many different steps are remembered
LAST_LENGTH = 120
READ_CLOSELY = 4_000  # the part of a text that is freed from moments and durations

# `percent` is the highest since the newest step that said something new.
EMPTY: dict[str, Any] = {
    "steps": 0,
    "same": 0,
    "alternating": 0,
    "without_news": 0,
    "last": "",
    "percent": None,
    "twos": 0,
    "threes": 0,
    "tail": [],
    "seen": [],
}

# What of it begins again when the worker is told something.
FROM_HERE: dict[str, Any] = {
    "same": 0, "alternating": 0, "without_news": 0, "twos": 0, "threes": 0, "tail": [],
}  # fmt: skip

_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?"
_NOT_ROUND = r"\d\d:\d\d:(?!00(?:[.,]0+)?(?![.,\d]))[0-5]\d(?:[.,]\d+)?"
_ZONE = r"(?:\ ?z\b|\ ?utc\b|[+-]\d\d:?\d\d\b)?"
_SPAN = (
    r"\d+(?:[.,]\d+)?\s?(?:ms|milliseconds?|s|secs?|seconds?|sekunden?|m|mins?|minutes?|minuten?"
    r"|h|hours?|stunden?)\b"
)
_SPANS = rf"{_SPAN}(?:\s?{_SPAN}){{0,3}}"
# What differs between two tellings of one step. A bare `10:00:00` may be a place in a film and a
# bare `2026-11-20` a day's data, so a moment counts only where a log or a sentence puts one, or
# where it is a whole timestamp that is not round. Durations, too, count by where they stand.
PASSING = re.compile(
    rf"""
      (?:^|(?<=[\[(\n]))\ {{0,8}}(?:{_DATE}[t\ ,]\ ?)?{_TIME}{_ZONE}(?=[\s\]),:;-]|$)
    | (?:\b(?:at|since|until|by|um|seit|bis)|@)\ {{1,3}}(?:{_DATE}[t\ ,]\ ?)?{_TIME}{_ZONE}(?![\w:])
    | \b{_DATE}[t\ ]{_NOT_ROUND}{_ZONE}(?![\w:])
    | \b(?:took|in|after|for|within|waited|waiting|slept|sleeping|elapsed|nach|seit|dauer|duration
        |backoff|back-off|delay)\ ?[:=]?\ ?{_SPANS}
    | [\[(]\ ?{_SPANS}\ ?[\])]
    | \b{_SPANS}\ (?:elapsed|later|ago|passed)\b
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class StepSeen:
    """One step as it was reported. Heartbeats and ephemeral progress are none."""

    kind: str
    title: str
    input: str = ""
    output: str = ""
    percent: float | None = None


def follow(trail: Mapping[str, Any], steps: Iterable[StepSeen]) -> dict[str, Any]:
    """The picture with these steps in it; `trail` itself is left as it was."""
    now = EMPTY | dict(trail)
    now["tail"], now["seen"] = list(now["tail"]), list(now["seen"])
    for step in steps:
        _add(now, step)
    return now


def begun_anew(trail: Mapping[str, Any]) -> dict[str, Any]:
    """The picture once the worker was told something: what it does again from here is no loop yet.

    What it has reported stays known.
    """
    return {**EMPTY, **dict(trail), **FROM_HERE}


def looks_odd(trail: Mapping[str, Any]) -> bool:
    """Whether the coordinator should look at it soon; it alone decides, by the room's limits.

    Coarse on purpose: lower than any limit that makes sense, and still rare in plain work.
    """
    now = EMPTY | dict(trail)
    return bool(now["same"] >= 2 or now["alternating"] >= 4 or now["without_news"] >= 5)


def _add(now: dict[str, Any], step: StepSeen) -> None:
    digest = digest_of(step)
    is_new = digest not in now["seen"]
    has_grown = _note_percent(now, step.percent, is_new)
    if has_grown:
        # The same words with a growing percentage are work that goes on.
        now["tail"], now["twos"], now["threes"] = [], 0, 0
    tail: list[str] = now["tail"]
    now["same"] = now["same"] + 1 if tail[-1:] == [digest] else 1
    now["twos"] = _turns(tail, digest, now["twos"], 2)
    now["threes"] = _turns(tail, digest, now["threes"], 3)
    # Three that take turns need half as many steps more for the same number of rounds.
    now["alternating"] = max(now["twos"], now["threes"] * 2 // 3)
    now["without_news"] = 0 if is_new or has_grown else now["without_news"] + 1
    now["tail"] = [*tail, digest][-3:]
    now["seen"] = [*(one for one in now["seen"] if one != digest), digest][-WINDOW:]
    now["steps"] += 1
    now["last"] = " ".join(step.title.split())[:LAST_LENGTH]


def _note_percent(now: dict[str, Any], said: float | None, is_new: bool) -> bool:
    """Whether the work has grown. Past 100 nothing grows; after something new it may begin anew."""
    # Not a number compares as false too.
    percent = min(float(said), 100.0) if said is not None and 0 <= said < 1e9 else None
    before = now["percent"]
    has_grown = before is not None and percent is not None and percent > before
    if is_new or has_grown or before is None:
        now["percent"] = percent
    return has_grown


def _turns(tail: list[str], digest: str, count: int, period: int) -> int:
    """How many steps at the end repeat what came `period` steps before; 0 where none do."""
    if len(tail) < period or tail[-period] != digest or len({*tail[-period:]}) < period:
        return 0
    return count + 1 if count else period + 1


def digest_of(step: StepSeen) -> str:
    """Eight characters that are the same for two tellings of one step."""
    text = "\0".join(normalised(one) for one in (step.kind, step.title, step.input, step.output))
    return b64encode(blake2b(text.encode("utf-8", "replace"), digest_size=6).digest()).decode()


def normalised(text: str) -> str:
    """Without case, spacing, moments and durations; of a long text only the beginning is freed."""
    head, rest = text[:READ_CLOSELY].casefold(), text[READ_CLOSELY:].casefold()
    return " ".join(f"{PASSING.sub(' ', head)}{rest}".split())
