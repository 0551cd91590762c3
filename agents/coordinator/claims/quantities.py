"""Amounts with a unit: exact ones, rough ones, ranges and bounds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from agents.coordinator.claims.nouns import listed
from agents.coordinator.claims.numbers import WRITTEN, Number, in_digits, number_of, read_digits
from agents.coordinator.claims.units import MONEY_NAMES, PLAIN, SCALES, Unit, unit_of

Form = Literal["exact", "about", "range"]

LONGEST_TEXT = 120
DASHES = re.compile(r"[‐‑‒–—−]")
SYMBOLS = "|".join(
    sorted(
        (re.escape(name) for name in MONEY_NAMES if "$" in name or len(name) == 1),
        key=len,
        reverse=True,
    )
)
ABOUT = re.compile(r"(?:~|≈|about|approx\.?|approximately|around|roughly|circa|ca\.)\s*", re.I)
AT_LEAST = re.compile(
    r"(at least|no less than|not less than|minimum of|≥|>=|more than|over|>)\s*", re.I
)
AT_MOST = re.compile(
    r"(at most|no more than|not more than|maximum of|up to|≤|<=|less than|fewer than|under|below"
    r"|<)\s*",
    re.I,
)
OPEN = {"more than", "over", ">", "less than", "fewer than", "under", "below", "<"}
OR_MORE = re.compile(r"\s*(?:or more|and more|and above|and up)$|(?<=\d)\+$", re.I)
OR_LESS = re.compile(r"\s*(?:or less|or fewer|and below)$", re.I)
BETWEEN = re.compile(r"(?:between (?P<a>.+) and (?P<b>.+)|from (?P<c>.+) to (?P<d>.+))", re.I)
TO = re.compile(r"\s*(?:-|\bto\b|\.\.)\s*", re.I)
AROUND = re.compile(r"(?P<a>.+?)\s*(?:±|\+/-)\s*(?P<b>.+)")
AMOUNT = re.compile(rf"(?P<sign>-)?(?P<symbol>{SYMBOLS})?\s*(?P<number>{WRITTEN})\s*(?P<rest>.*)")
CODE_FIRST = re.compile(r"([A-Z]{3})\s+(.+)")
SMALL = "and|as|at|by|for|if|in|is|of|on|or|per|than|to|when|with"
THING = re.compile(rf"(?:(?!(?:{SMALL})\b)[^\W\d_]+(?: |$)){{1,2}}", re.I)
TIMES = re.compile(
    r"(?:(\d+)\s*(?:d|days?))?[ ,]*(?:(\d+)\s*(?:h|hrs?|hours?))?[ ,]*(?:and )?"
    r"(?:(\d+)\s*(?:m|mins?|minutes?))?[ ,]*(?:and )?(?:(\d+)\s*(?:s|secs?|seconds?))?",
    re.I,
)
ISO_TIMES = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
WHOLE_THINGS = frozenset(
    listed("""
        animal attendee bed book building bus car case chair child citizen company customer
        delegate district document employee file guest home house household inhabitant member
        patient people person player product project resident room row school seat student
        subscriber ticket tree user vehicle visitor volunteer voter worker
    """)
)
WHOLE = frozenset(f"of:{thing}" for thing in WHOLE_THINGS)
# A German Billion is a million millions.
LONG_SCALE = {"Billion": 3, "Trillion": 6}
FRACTION = re.compile(r"(\d{1,3})(?:/| in | out of | of )(\d{1,4})", re.I)
FEET = re.compile(r"(\d+)\s*(?:ft|feet|foot)[ ,]*(\d+)\s*(?:in|inch|inches)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount; `number` is set unless it is a range. A bound has one end only.

    `low` and `high` are in base units. `open_low` and `open_high`: that end itself is not meant.
    `precise`: it is said to be exactly so.
    """

    form: Form
    unit: Unit
    low: Fraction | None
    high: Fraction | None
    number: Number | None = None
    open_low: bool = False
    open_high: bool = False
    precise: bool = False

    @property
    def is_grouped(self) -> bool:
        return bool(self.number and self.number.grouped)

    @property
    def slack(self) -> Fraction:
        return self.number.slack * self.unit.factor if self.number else Fraction(0)


def exact(number: Number, unit: Unit) -> Quantity:
    base = number.value * unit.factor + unit.offset
    shown = replace(number, scaled=True) if unit.scaled else number
    return Quantity("exact", unit, base, base, shown)


def quantities_of(value: int | float | str, unit: str) -> tuple[Quantity, ...]:
    """Every reading of a value with its unit; none if it is no amount."""
    if isinstance(value, str):
        return read_quantity(value, unit)
    number = number_of(value)
    return (exact(number, unit_of(unit)),) if number else ()


@lru_cache(maxsize=16_384)
def read_quantity(text: str, unit: str = "") -> tuple[Quantity, ...]:
    """A text such as "30 s", "about 1,5 GB", "10–20 ms", "at least $5"; `unit` as given beside it.

    A unit in the text and another beside it: no reading.
    """
    if len(text) > LONGEST_TEXT:
        return ()
    plain = DASHES.sub("-", unicodedata.normalize("NFKC", text))
    plain = in_digits(" ".join(plain.split()).removesuffix("."))
    return whole_things(tuple(dict.fromkeys(formed(plain, unit_of(unit)))))


def whole_things(found: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    """Of two readings the whole one, where there are no halves; below 100 people are at most 99."""
    if not found or any(one.unit.dimension not in WHOLE for one in found):
        return found
    whole = tuple(one for one in found if is_whole(one.low) and is_whole(one.high))
    return tuple(closed(one) for one in whole or found)


def is_whole(end: Fraction | None) -> bool:
    return end is None or end.denominator == 1


def closed(one: Quantity) -> Quantity:
    if one.open_low and one.low is not None:
        return replace(one, low=one.low + 1, open_low=False)
    if one.open_high and one.high is not None:
        return replace(one, high=one.high - 1, open_high=False)
    return one


def formed(text: str, beside: Unit) -> list[Quantity]:
    rough = ABOUT.match(text)
    if rough:
        inner = formed(text[rough.end() :], beside)
        return [replace(one, form="about") for one in inner if one.form == "exact"]
    for pattern, is_low in ((AT_LEAST, True), (AT_MOST, False)):
        bound = pattern.match(text)
        if bound:
            is_open = bound[1].casefold() in OPEN
            return bounded(text[bound.end() :], beside, is_low=is_low, is_open=is_open)
    for pattern, is_low in ((OR_MORE, True), (OR_LESS, False)):
        after = pattern.search(text)
        if after:
            return bounded(text[: after.start()], beside, is_low=is_low, is_open=False)
    return (
        amounts(text, beside)
        or compound(text, beside)
        or ranges(text, beside)
        or parts_of_a_whole(text, beside)
    )


def parts_of_a_whole(text: str, beside: Unit) -> list[Quantity]:
    """ "2/3", "1 in 4" — as a share, which is written to no digit."""
    found = FRACTION.fullmatch(text)
    if not found or beside != PLAIN or not 0 < int(found[1]) < int(found[2]):
        return []
    share = Fraction(int(found[1]), int(found[2]))
    return [exact(Number(share, Fraction(0), 9, True), unit_of("ratio"))]


def bounded(text: str, beside: Unit, *, is_low: bool, is_open: bool) -> list[Quantity]:
    ends = [one for one in amounts(text, beside) if one.form == "exact"]
    if is_low:
        return [Quantity("range", one.unit, one.low, None, open_low=is_open) for one in ends]
    return [Quantity("range", one.unit, None, one.high, open_high=is_open) for one in ends]


def ranges(text: str, beside: Unit) -> list[Quantity]:
    around = AROUND.fullmatch(text)
    if around:
        return [
            spread(one, two)
            for one, two in ends_of(around["a"], around["b"], beside)
            if one.low is not None and not one.unit.offset
        ]
    between = BETWEEN.fullmatch(text)
    if between:
        splits = [(between["a"] or between["c"], between["b"] or between["d"])]
    else:
        splits = [(text[: at.start()], text[at.end() :]) for at in TO.finditer(text)]
    pairs = [pair for first, last in splits for pair in ends_of(first, last, beside)]
    return [
        Quantity("range", two.unit, one.low, two.high)
        for one, two in pairs
        if one.low is not None and two.high is not None and one.low < two.high
    ]


def spread(middle: Quantity, by: Quantity) -> Quantity:
    assert middle.low is not None and by.low is not None
    return Quantity("range", middle.unit, middle.low - by.low, middle.low + by.low)


def ends_of(first: str, last: str, beside: Unit) -> list[tuple[Quantity, Quantity]]:
    """Both ends in one unit: "10–20 ms" means milliseconds twice."""
    highs = amounts(last, beside)
    found = []
    for high in highs:
        for low in amounts(first, beside):
            pair = plus_unit(low, high.unit), plus_unit(high, low.unit)
            if pair[0].unit.dimension == pair[1].unit.dimension:
                found.append(pair)
    return found


def amounts(text: str, beside: Unit) -> list[Quantity]:
    """One number with its unit, wherever the unit stands."""
    code = CODE_FIRST.fullmatch(text)
    if code and unit_of(code[1]).dimension.startswith("money:"):
        text = f"{code[2]} {code[1]}"
    found = AMOUNT.fullmatch(text)
    if not found:
        return []
    rest, power = scale_off(found["rest"], is_money=bool(found["symbol"]))
    own = unit_of(rest)
    if not is_readable(rest, own) or (found["sign"] and found["number"][0] in "+-"):
        return []
    unit = agreed(unit_of(found["symbol"] or ""), own, beside)
    if unit is None:
        return []
    numbers = [one.times(power) if power else one for one in read_digits(found["number"])]
    longer = LONG_SCALE.get(found["rest"].partition(" ")[0])
    if longer:
        numbers += [one.times(longer) for one in numbers]
    if found["sign"]:
        numbers = [replace(one, value=-one.value) for one in numbers]
    return [exact(number, unit) for number in numbers]


def is_readable(text: str, unit: Unit) -> bool:
    """Whether a text names a unit, or a thing in a word or two; no half of a sentence does."""
    over, _, under = unit.dimension.partition("/")
    if under.startswith(("of:", "as:")):
        return False
    if over.startswith("as:"):
        return not under and bool(re.fullmatch(r"[^\W\d_]{1,7}", text))
    thing = over.removeprefix("of:") if under else text
    return not over.startswith("of:") or bool(THING.fullmatch(thing))


def scale_off(rest: str, *, is_money: bool) -> tuple[str, int]:
    """Take a "million" or a "k" off what stands after the number."""
    first, _, more = rest.partition(" ")
    letters = {"k": 3, "K": 3, "M": 6, "m": 6, "B": 9, "b": 9} if is_money else {"k": 3, "M": 6}
    if more and not is_money:
        letters = {"k": 3, "K": 3, "M": 6}
    power = letters.get(first) or (SCALES.get(first.casefold()) if len(first) > 1 else None)
    return (more, power) if power else (rest, 0)


def agreed(*units: Unit) -> Unit | None:
    """The one unit that is named; `PLAIN` if none is, None if two are."""
    named = {unit for unit in units if unit != PLAIN}
    if len(named) > 1:
        return None
    return next(iter(named), PLAIN)


def compound(text: str, beside: Unit) -> list[Quantity]:
    """ "1 h 30 min", "PT1H30M", "5 ft 11 in"."""
    feet = FEET.fullmatch(text)
    if feet and beside == PLAIN:
        return [whole(12 * int(feet[1]) + int(feet[2]), unit_of("inch"))]
    found = TIMES.fullmatch(text) or ISO_TIMES.fullmatch(text)
    if not found or beside not in (PLAIN, unit_of("s")) or not any(found.groups()):
        return []
    parts = [int(part or 0) for part in found.groups()]
    seconds = sum(part * size for part, size in zip(parts, (86_400, 3_600, 60, 1), strict=True))
    return [whole(seconds, unit_of("s"))]


def whole(value: int, unit: Unit) -> Quantity:
    return exact(Number(Fraction(value), Fraction(1, 2), len(str(value)), True), unit)


def plus_unit(quantity: Quantity, unit: Unit) -> Quantity:
    """The same amount in the unit its subject names, where it had none of its own."""
    if quantity.unit != PLAIN or not quantity.number:
        return quantity
    return replace(exact(quantity.number, unit), form=quantity.form)
