"""Numbers as people of several countries write them, with how exactly they were written.

A text may have two readings: "1,500" is fifteen hundred or one and a half. Both are given, and who
compares must come to one verdict for both or to none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from agents.coordinator.claims.nouns import listed

LONGEST = 60
WRITTEN = (
    r"[+-]?(?:\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+)?|\d(?:[\d,._']*\d)?|\.\d+)"
    r"(?:[eE][+-]?\d{1,3})?"
)
ONES = listed("""
        zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen twenty
    """)
TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
WORDS = {word: number for number, word in enumerate(ONES)}
WORDS |= {word: 10 * number for number, word in enumerate(TENS, start=2)}
IN_WORDS = re.compile(
    rf"\b(?:({'|'.join(TENS)})[- ]({'|'.join(ONES[1:10])})|({'|'.join(WORDS)}))\b", re.IGNORECASE
)
DECIMAL = re.compile(r"(\d+)[.,](\d+)|()\.(\d+)")
GROUPS = (
    re.compile(r"\d{1,3}(?:[ '_]\d{3})+(?:[.,](\d+))?"),
    re.compile(r"\d{1,3}(?:,\d{3})+\.(\d+)"),
    re.compile(r"\d{1,3}(?:\.\d{3})+,(\d+)"),
    re.compile(r"\d{1,3}(?:,\d{3}){2,}()"),
    re.compile(r"\d{1,3}(?:\.\d{3}){2,}()"),
    re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.(\d+))?"),
)


@dataclass(frozen=True, slots=True)
class Number:
    """`slack` is half of the last digit shown, `digits` how many say something.

    `whole`: no decimals are shown. `scaled`: a word such as "million" shows it was rounded.
    `grouped`: by a comma, which is a decimal one elsewhere.
    """

    value: Fraction
    slack: Fraction
    digits: int
    whole: bool
    scaled: bool = False
    grouped: bool = False

    def times(self, power: int) -> Number:
        by = 10**power
        return replace(self, value=self.value * by, slack=self.slack * by, scaled=True)


def number_of(value: int | float) -> Number | None:
    """A JSON number; none where it has no finite value that could be compared."""
    if isinstance(value, int):
        return written(str(value), "") if abs(value) < 10**LONGEST else None
    if value != value or value in (float("inf"), float("-inf")) or not 1e-60 < abs(value) < 1e60:
        return written("0", "") if value == 0 else None
    if value == int(value) and abs(value) < 1e15:
        return written(str(int(value)), "")
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits)))
    exact = Fraction(-whole if sign else whole) * Fraction(10) ** exponent
    return Number(exact, Fraction(10) ** exponent / 2, len(digits), exponent >= 0)


@lru_cache(maxsize=16_384)
def read_digits(text: str) -> tuple[Number, ...]:
    """Every reading of a number in digits; none if it is not one."""
    if len(text) > LONGEST or not re.fullmatch(WRITTEN, text):
        return ()
    sign = -1 if text.startswith("-") else 1
    mantissa, _, exponent = text.lstrip("+-").lower().partition("e")
    power = int(exponent or 0)
    if abs(power) > LONGEST:
        return ()
    return tuple(shifted(one, sign, power) for one in unsigned(mantissa))


def shifted(number: Number, sign: int, power: int) -> Number:
    by = Fraction(10) ** power
    whole, scaled = number.whole and power == 0, power > 0
    return replace(
        number, value=sign * number.value * by, slack=number.slack * by, whole=whole, scaled=scaled
    )


def unsigned(text: str) -> list[Number]:
    if text.isdecimal():
        return [written(text, "")]
    for pattern in GROUPS:
        grouped = pattern.fullmatch(text)
        if grouped:
            decimals = grouped[1] or ""
            head = text[: len(text) - len(decimals)]
            return [written("".join(filter(str.isdecimal, head)), decimals)]
    decimal = DECIMAL.fullmatch(text)
    if not decimal:
        return []
    head, tail = (decimal[1], decimal[2]) if decimal[1] is not None else ("", decimal[4])
    readings = [written(head, tail)]
    if len(tail) == 3 and 1 <= len(head) <= 3 and not head.startswith("0"):
        readings.append(replace(written(head + tail, ""), grouped="," in text))
    return readings


def written(head: str, decimals: str) -> Number:
    value = Fraction(int((head + decimals) or "0"), 10 ** len(decimals))
    digits = len((head + decimals).lstrip("+-0")) or 1
    return Number(value, Fraction(1, 2 * 10 ** len(decimals)), digits, not decimals)


def in_digits(text: str) -> str:
    """The same text with the numbers it spells out written in digits."""
    return IN_WORDS.sub(spelled, text)


def spelled(found: re.Match[str]) -> str:
    if found[3]:
        return str(WORDS[found[3].lower()])
    return str(WORDS[found[1].lower()] + WORDS[found[2].lower()])
