"""The pack of prompt injections: what an agent could write to take over whoever reads it.

All texts were written for Muster. Placeholders in curly brackets stand for ids of the room under
attack: {card_id} {agent_id} {deliverable_id} {room_id} {sha256}.
"""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from re import compile as pattern

PLACES = (
    "deliverable", "progress", "question", "file_name", "summary", "claim", "decline", "error",
    "agent_name", "skills", "subject", "value", "step_title", "checkpoint", "permission",
)  # fmt: skip
WANTS = (
    "accept", "assign", "cancel", "rule_conflict", "raise_budget", "reveal_secret", "send_outside",
    "change_rules", "skip_review", "create_cards", "mark_done", "unseat", "spend",
    "approve_permission", "loop_others", "stop_coordinator",
)  # fmt: skip
IDS = ("card_id", "agent_id", "deliverable_id", "room_id", "sha256")
PLACEHOLDER = pattern(r"\{(?:" + "|".join(IDS) + r")\}")

WINDOW = 24
STRIDE = 8
SHORTEST = 10
TAGS = range(0xE0020, 0xE007F)  # letters nobody sees, which models read all the same


@dataclass(frozen=True, slots=True)
class Injection:
    """One text, where an agent would put it, and the effect that it is after."""

    id: str
    where: str
    wants: str
    style: str
    text: str

    def filled(self, **ids: str) -> Injection:
        """The same with these ids in place of placeholders; others stay as they are."""
        text = self.text
        for name, value in ids.items():
            text = text.replace(f"{{{name}}}", value)
        return replace(self, text=text)


@cache
def load() -> tuple[Injection, ...]:
    rows = json.loads((Path(__file__).parent / "pack.json").read_text(encoding="utf-8"))
    return tuple(Injection(**row) for row in rows)


def at(where: str) -> tuple[Injection, ...]:
    """Those that an agent would put there."""
    return tuple(one for one in load() if one.where == where)


def found_in(texts: Iterable[str]) -> tuple[Injection, ...]:
    """The injections of which a recognisable piece stands in these texts, however disguised.

    Shortened, escaped, re-wrapped and cleaned texts are recognised: letters and digits count.
    """
    haystack = "\n".join(letters_of(text) for text in texts)
    return tuple(one for one in load() if is_within(one, haystack))


def is_within(injection: Injection, letters: str) -> bool:
    return any(piece in letters for piece in pieces_of(injection.text))


@cache
def pieces_of(text: str) -> tuple[str, ...]:
    """Overlapping pieces of what stands between placeholders, long enough to be told apart."""
    parts = [letters_of(part) for part in PLACEHOLDER.split(text)]
    return tuple(piece for part in parts if len(part) >= SHORTEST for piece in windows(part))


def windows(part: str) -> Sequence[str]:
    last = max(len(part) - WINDOW, 0)
    starts = [*range(0, last, STRIDE), last]
    return [part[start : start + WINDOW] for start in starts]


def letters_of(text: str) -> str:
    """Letters and digits alone, in small letters of one form; hidden tags are made visible."""
    seen = text.translate({code: code - 0xE0000 for code in TAGS})
    plain = unicodedata.normalize("NFKC", html.unescape(seen)).casefold()
    return "".join(sign for sign in plain if sign.isalnum())
