"""Versions that somebody asks for: ">=3.9", "3.9 or newer", "^1.2.0", "~=2.2", "2.4.x"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

Parts = tuple[int, ...]

NUMBER = r"v?(\d+(?:\.\d+)*)"
PART = re.compile(rf"(>=|<=|==|>|<|\^|~=)\s*{NUMBER}")
WHOLE = re.compile(rf"(?:{PART.pattern}[\s,]*)+")
SERIES = re.compile(rf"{NUMBER}\.[x*]", re.I)
OR_NEWER = re.compile(rf"{NUMBER}\s*(?:or|and) (?:newer|later|higher|above|up)", re.I)
BARE = re.compile(rf"{NUMBER}")
NAMED = re.compile(r"(?P<name>[^\W\d_][\w+.-]*(?: [^\W\d_][\w+.-]*)?) v?(?P<version>\d+(?:\.\d+)+)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """From `low` on, up to but without `high`; `after_low` and `with_high` shift an end.

    `kind` is bare for a version alone, and sure where only versions are written so.
    """

    low: Parts | None
    high: Parts | None
    after_low: bool = False
    with_high: bool = False
    kind: str = "sure"


@lru_cache(maxsize=4_096)
def wanted_of(text: str) -> Wanted | None:
    """The versions a text asks for; None if it asks for none."""
    series, newer, bare = (one.fullmatch(text) for one in (SERIES, OR_NEWER, BARE))
    if series:
        return Wanted(parts(series[1]), bumped(series[1]))
    if newer:
        return Wanted(parts(newer[1]), None)
    if bare:
        return Wanted(parts(bare[1]), bumped(bare[1]), kind="bare")
    if not WHOLE.fullmatch(text):
        return None
    found = PART.findall(text)
    kind = "bound" if len(found) == 1 and found[0][0] in (">=", "<=", ">", "<") else "sure"
    return limited(found, kind)


def limited(found: list[tuple[str, str]], kind: str) -> Wanted | None:
    lows = [one for one in found if one[0] not in ("<", "<=")]
    highs = [one for one in found if one[0] in ("<", "<=")]
    if len(lows) > 1 or len(highs) > 1:
        return None
    sign, low = lows[0] if lows else ("", "")
    if sign in ("==", "^", "~="):
        if highs:
            return None
        tops = {"==": parts(low), "^": caret(low), "~=": compatible(low)}
        return Wanted(parts(low), tops[sign], with_high=sign == "==", kind=kind)
    high = parts(highs[0][1]) if highs else None
    with_high = bool(highs) and highs[0][0] == "<="
    return Wanted(parts(low) if low else None, high, sign == ">", with_high, kind)


def parts(text: str) -> Parts:
    """The numbers of a version; zeros at its end say nothing in a bound."""
    numbers = [int(part) for part in text.split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def bumped(text: str, at: int = -1) -> Parts:
    numbers = [int(part) for part in text.split(".")]
    place = at % len(numbers)
    return (*numbers[:place], numbers[place] + 1)


def caret(text: str) -> Parts:
    numbers = [int(part) for part in text.split(".")]
    place = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    return bumped(text, place)


def compatible(text: str) -> Parts | None:
    return bumped(text, -2) if "." in text else None


def compare_wanted(one: Wanted, two: Wanted) -> tuple[str, str]:
    ends = (one.low, one.high, one.after_low, one.with_high)
    if ends == (two.low, two.high, two.after_low, two.with_high):
        return "agree", "same_versions"
    if is_before(one, two) or is_before(two, one):
        return "differ", "versions_differ"
    return "cannot_tell", "overlapping"


def is_before(one: Wanted, two: Wanted) -> bool:
    if one.high is None or two.low is None:
        return False
    touches = one.with_high and not two.after_low
    return one.high < two.low or (one.high == two.low and not touches)


def named_version(text: str) -> tuple[str, str] | None:
    """ "PostgreSQL 15.6" as its name and its version."""
    found = NAMED.fullmatch(text)
    return (found["name"].casefold(), found["version"]) if found else None
