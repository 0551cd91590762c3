"""Whether two amounts are the same, allowing for how exactly each of them was written."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from agents.coordinator.claims.numbers import Number
from agents.coordinator.claims.quantities import Quantity
from agents.coordinator.claims.units import NUMBER, unit_of

BASIS_POINTS = unit_of("bp")
DAY = 86_400
# Of a month; 30 and 31 days are what people take one for.
SHORTEST_AND_LONGEST = (28, 31)
EXACT = Fraction(1, 10**9)
ABOUT = Fraction(5, 100)
SURELY_OFF = Fraction(20, 100)
CONVERTED = Fraction(1, 100)
# A number that ends in zeros may stand for one that is so near.
ROUNDED = Fraction(5, 100)

Found = tuple[str, str]
SAME: Found = ("agree", "same_number")
UNCLEAR_ROUNDING: Found = ("cannot_tell", "may_be_rounded")


def compare_amounts(one: Quantity, two: Quantity, *, spans: bool) -> Found:
    """What holds, and the code that says why. `spans`: the subject is a difference of amounts."""
    if not spans:
        one, two = as_level(one, two), as_level(two, one)
    dimensions = {one.unit.dimension, two.unit.dimension}
    both_count = one.unit.counts and two.unit.counts and NUMBER in dimensions
    if len(dimensions) > 1 and not both_count:
        if dimensions == {"time", "calendar"}:
            return compare_calendar(one, two)
        return without_unit(one, two) if dimensions == {NUMBER, "ratio"} else apart(one, two)
    if one.unit.offset != two.unit.offset and spans:
        return "cannot_tell", "units_not_comparable"
    if "range" in (one.form, two.form):
        return compare_ranges(one, two)
    if "about" in (one.form, two.form):
        return compare_rough(one, two)
    return compare_exact(one, two)


def as_level(one: Quantity, other: Quantity) -> Quantity:
    """What stands at 70 basis points stands at 0.7 %. Percentage points are only of a change."""
    if (one.unit, other.unit.dimension) != (BASIS_POINTS, "ratio"):
        return one
    unit = replace(one.unit, dimension="ratio", factor=one.unit.factor / 100)
    low, high = (None if end is None else end / 100 for end in (one.low, one.high))
    return replace(one, unit=unit, low=low, high=high)


def compare_calendar(one: Quantity, two: Quantity) -> Found:
    """Three months are no six weeks, however long the months are."""
    months, other = (one, two) if one.unit.dimension == "calendar" else (two, one)
    if one.form != "exact" or two.form != "exact" or months.low is None or other.low is None:
        return "cannot_tell", "units_not_comparable"
    shortest, longest = (months.low * days * DAY for days in SHORTEST_AND_LONGEST)
    if shortest <= other.low <= longest:
        return "cannot_tell", "units_not_comparable"
    return "differ", "numbers_differ"


def apart(one: Quantity, two: Quantity) -> Found:
    """Amounts of two sorts are not a contradiction, whatever the numbers are."""
    dimensions = one.unit.dimension, two.unit.dimension
    if all(name.startswith("money:") for name in dimensions):
        return "cannot_tell", "currencies_differ"
    if NUMBER in dimensions:
        is_left_out = one.number and two.number and one.number.value == two.number.value
        return "cannot_tell", "unit_left_out" if is_left_out else "unit_missing"
    return "cannot_tell", "units_not_comparable"


def without_unit(one: Quantity, two: Quantity) -> Found:
    """0.05 is 5 %, but 5 without a unit may be 5 % too."""
    exact = one.form == two.form == "exact" and one.low is not None and two.low is not None
    if exact and same(one.low or Fraction(0), two.low or Fraction(0)):
        return SAME
    return "cannot_tell", "unit_missing"


def same(one: Fraction, two: Fraction) -> bool:
    return abs(one - two) <= EXACT * max(abs(one), abs(two))


def compare_exact(one: Quantity, two: Quantity) -> Found:
    assert one.low is not None and two.low is not None
    apart_by = abs(one.low - two.low)
    if same(one.low, two.low):
        return SAME
    if binary_prefix_explains(one, two):
        return "cannot_tell", "binary_or_decimal"
    if is_bare_share(one, two) or is_bare_share(two, one):
        return "cannot_tell", "unit_missing"
    converted = one.unit.factor != two.unit.factor
    coarse = [each for each in (one, two) if each.number and apart_by <= each.slack]
    if any(apart_by < each.slack and says_enough(each.number, converted) for each in coarse):
        return "agree", "rounded_alike"
    near = apart_by <= CONVERTED * max(abs(one.low), abs(two.low))
    if any(not converted or near or shows_decimals(each.number) for each in coarse):
        return UNCLEAR_ROUNDING
    if rounds_to(one, two, apart_by) or rounds_to(two, one, apart_by):
        return UNCLEAR_ROUNDING
    return "differ", "numbers_differ"


def is_bare_share(share: Quantity, percent: Quantity) -> bool:
    """0.25 beside 25, both without a unit: a share, and perhaps the same one in percent."""
    assert share.low is not None and percent.low is not None
    is_bare = share.unit.dimension == percent.unit.dimension == NUMBER
    return is_bare and 0 < share.low <= 1 and percent.low == 100 * share.low


def rounds_to(fine: Quantity, coarse: Quantity, apart_by: Fraction) -> bool:
    """Whether 12,000 may be 11,873 rounded. Who says "exactly" did not round."""
    if fine.number is None or coarse.number is None or coarse.precise:
        return False
    if apart_by > ROUNDED * shown_size(fine):
        return False
    zeros, digits = zeros_of(coarse.number), fine.number.digits - zeros_of(fine.number)
    slack = Fraction(10) ** zeros / 2 * coarse.unit.factor
    return zeros >= 2 and digits >= 3 and zeros_of(fine.number) < zeros and apart_by <= slack


def zeros_of(number: Number) -> int:
    if not number.whole or not number.value or number.value.denominator != 1:
        return 0
    text = str(abs(number.value.numerator))
    return len(text) - len(text.rstrip("0"))


def says_enough(number: Number | None, converted: bool) -> bool:
    """Whether so many digits agree that it is no accident."""
    if number is None:
        return False
    if number.scaled:
        return number.digits >= 2
    return number.digits >= 3 and (converted or not number.whole)


def shows_decimals(number: Number | None) -> bool:
    return number is not None and not number.whole


def binary_prefix_explains(one: Quantity, two: Quantity) -> bool:
    """1.5 GB beside 1536 MB, or beside 1.5 GiB: "GB" is often written where GiB is meant."""
    if not (one.unit.level or two.unit.level):
        return False
    assert one.low is not None and two.low is not None
    firsts, seconds = [one.low, in_binary(one)], [two.low, in_binary(two)]
    return any(same(first, second) for first in firsts for second in seconds)


def in_binary(quantity: Quantity) -> Fraction:
    return (quantity.low or Fraction(0)) * Fraction(1024, 1000) ** quantity.unit.level


def compare_rough(one: Quantity, two: Quantity) -> Found:
    assert one.low is not None and two.low is not None
    apart_by = abs(one.low - two.low)
    size = max(shown_size(one), shown_size(two))
    if apart_by <= ABOUT * size:
        return "agree", "about_the_same"
    if apart_by <= SURELY_OFF * size:
        return "cannot_tell", "near"
    return "differ", "numbers_differ"


def shown_size(quantity: Quantity) -> Fraction:
    """How big it was written: 5 % of 20 °C is one degree, not 5 % of the way from zero."""
    return abs(quantity.number.value) * quantity.unit.factor if quantity.number else Fraction(0)


def compare_ranges(one: Quantity, two: Quantity) -> Found:
    if same_end(one.low, two.low) and same_end(one.high, two.high):
        if (one.open_low, one.open_high) == (two.open_low, two.open_high):
            return "agree", "same_range"
        return "cannot_tell", "overlapping"
    if holds(one, two) or holds(two, one):
        return "agree", "in_range"
    first, second = widened(one), widened(two)
    if is_below(first[1], second[0]) or is_below(second[1], first[0]):
        return "differ", "ranges_differ"
    return "cannot_tell", "overlapping"


def holds(span: Quantity, one: Quantity) -> bool:
    """Whether an amount lies in a span that has two ends. A bound alone says too little."""
    if span.form != "range" or one.form != "exact" or span.low is None or span.high is None:
        return False
    return one.low is not None and span.low <= one.low <= span.high


def same_end(one: Fraction | None, two: Fraction | None) -> bool:
    if one is None or two is None:
        return one is two
    return same(one, two)


def widened(quantity: Quantity) -> tuple[Fraction | None, Fraction | None]:
    if quantity.form != "about":
        return quantity.low, quantity.high
    assert quantity.low is not None
    by = SURELY_OFF * shown_size(quantity)
    return quantity.low - by, quantity.low + by


def is_below(high: Fraction | None, low: Fraction | None) -> bool:
    return high is not None and low is not None and high < low and not same(high, low)
