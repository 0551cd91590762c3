"""Figures with their denominators, and how sure they are.

A share is n of m with its Wilson interval; a measure is what was seen in n cases; a total is a
sum over the records that said anything. Nothing is a bare percentage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Better = Literal["higher", "lower", ""]
Z = 1.959963984540054  # 95 % in two tails


def wilson(n: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share; (0, 1) where nothing was seen."""
    if not of:
        return 0.0, 1.0
    share, zz = n / of, Z * Z
    middle = share + zz / (2 * of)
    spread = Z * math.sqrt(share * (1 - share) / of + zz / (4 * of * of))
    low, high = (middle - spread) / (1 + zz / of), (middle + spread) / (1 + zz / of)
    return (0.0 if n == 0 else max(0.0, low)), (1.0 if n == of else min(1.0, high))


def difference(a: tuple[int, int], b: tuple[int, int]) -> tuple[float, float]:
    """The 95 % interval of share b less share a, from their Wilson intervals (Newcombe)."""
    (n_a, of_a), (n_b, of_b) = a, b
    share_a, share_b = (n_a / of_a if of_a else 0.5), (n_b / of_b if of_b else 0.5)
    (low_a, high_a), (low_b, high_b) = wilson(n_a, of_a), wilson(n_b, of_b)
    between = share_b - share_a
    down = math.hypot(share_b - low_b, high_a - share_a)
    up = math.hypot(high_b - share_b, share_a - low_a)
    return between - down, between + up


def quantile(values: Sequence[float], q: float) -> float:
    """By linear interpolation; the values need not be sorted, but there is at least one."""
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True, slots=True)
class Share:
    n: int
    of: int
    better: Better = "higher"

    @property
    def value(self) -> float | None:
        return self.n / self.of if self.of else None

    def data(self) -> dict[str, Any]:
        low, high = wilson(self.n, self.of)
        return {
            "kind": "share", "n": self.n, "of": self.of, "low": round(low, 6),
            "high": round(high, 6), "better": self.better,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    values: tuple[float, ...]
    unit: str
    better: Better = "lower"

    def data(self) -> dict[str, Any]:
        found = self.values
        return {
            "kind": "measure", "n": len(found), "unit": self.unit, "better": self.better,
            "p50": round(quantile(found, 0.5), 4) if found else None,
            "p95": round(quantile(found, 0.95), 4) if found else None,
            "max": round(max(found), 4) if found else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Total:
    """`of` is how many records there are, `n` how many of them said a number."""

    sum: float
    n: int
    of: int
    unit: str

    def data(self) -> dict[str, Any]:
        return {
            "kind": "total", "sum": round(self.sum, 6), "n": self.n, "of": self.of,
            "unit": self.unit, "better": "lower",
        }  # fmt: skip


Figure = Share | Measure | Total
