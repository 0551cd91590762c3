"""Whether a text says what somebody quotes from it, and which lines they mean."""

from __future__ import annotations

import re
import unicodedata

# What typesetting changes and meaning does not.
ALIKE = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "–": "-",
     "—": "-", "‐": "-", "‑": "-", "−": "-", "\u00ad": "", "\u200b": "", "\u200c": "",
     "\u200d": "", "\ufeff": ""}
)  # fmt: skip
LEFT_OUT = re.compile(r"\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\)|…|\.\.\.")
LINES = re.compile(r"\s*L?(\d{1,9})(?:\s*[-–:]\s*L?(\d{1,9}))?\s*")


def normalised(text: str) -> str:
    """Letters and signs that are told apart, with one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(ALIKE)).casefold().split())


def occurs(quote: str, text: str) -> bool:
    """Whether the text says it, word for word; what `…` leaves out may be anything.

    An empty quote occurs everywhere.
    """
    known, at = normalised(text), 0
    for piece in LEFT_OUT.split(quote):
        wanted = normalised(piece)
        found = known.find(wanted, at)
        if found < 0:
            return False
        at = found + len(wanted)
    return True


def line_range(lines: str) -> tuple[int, int] | None:
    """`88`, `L12-L20` or `3,7` as the first and the last line; None if it says no lines."""
    found = [LINES.fullmatch(part) for part in lines.split(",")]
    if not all(found):
        return None
    numbers = [int(number) for one in found if one for number in one.groups() if number]
    return min(numbers), max(numbers)
