"""Two scorecards side by side: better, worse, or not told apart.

Shares are told apart only where the 95 % interval of their difference leaves out zero; what must
be none at all (lost, doubled, unauthorised) is compared by count. Measures and totals have no
interval here: a change of less than a tenth counts as the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agents.pilot.referee.figures import difference

Word = Literal["better", "worse", "same", "unknown"]
MUST_BE_NONE = ("lost", "doubled", "unauthorised", "commands_ran_unasked")
SAME_WITHIN = 0.1


@dataclass(frozen=True, slots=True)
class Compared:
    """`between`: the interval of the second's share less the first's, where there is one."""

    name: str
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    word: Word
    between: tuple[float, float] | None = None


def compare(
    a: Mapping[str, Any], b: Mapping[str, Any], column: str = "with"
) -> tuple[Compared, ...]:
    """Two scorecards as their `data()`, figure by figure; only those both have."""
    first, second = a["figures"].get(column, {}), b["figures"].get(column, {})
    return tuple(_figure(name, first[name], second[name]) for name in first if name in second)


def _figure(name: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Compared:
    if a["kind"] == "share":
        return _share(name, a, b)
    return Compared(name, a, b, _number(a, b))


def _share(name: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Compared:
    if not a["of"] or not b["of"]:
        return Compared(name, a, b, "unknown")
    if name in MUST_BE_NONE:
        return Compared(name, a, b, _word(b["n"] - a["n"], a["better"]))
    low, high = difference((a["n"], a["of"]), (b["n"], b["of"]))
    change = 0 if low <= 0 <= high else high
    return Compared(name, a, b, _word(change, a["better"]), (round(low, 6), round(high, 6)))


def _number(a: Mapping[str, Any], b: Mapping[str, Any]) -> Word:
    """Medians; of totals what one record took, as two pilots need not be of one size."""
    if not a["n"] or not b["n"]:
        return "unknown"
    old, new = (one["p50"] if one["kind"] == "measure" else one["sum"] / one["n"] for one in (a, b))
    is_same = abs(new - old) <= SAME_WITHIN * max(abs(old), abs(new))
    return "same" if is_same else _word(new - old, a["better"])


def _word(change: float, better: str) -> Word:
    if not change or not better:
        return "same"
    return "better" if (change > 0) == (better == "higher") else "worse"
