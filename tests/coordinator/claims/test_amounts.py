"""Numbers with units: how they are written, converted, rounded, and where nobody can tell."""

from __future__ import annotations

import pytest

from tests.coordinator.claims.made import Value, a_claim, code_of, kind_of

Side = tuple[Value, str]


def sides(one: Side, two: Side, subject: str = "measured") -> str:
    return kind_of(a_claim(*one, subject=subject), a_claim(*two, subject=subject))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ((30, "s"), (30_000, "ms")),
        (("30 s", ""), (0.5, "minutes")),
        (("1 h 30 min", ""), (90, "min")),
        (("PT30S", ""), (30, "seconds")),
        (("thirty seconds", ""), (30, "s")),
        (("twenty-five", ""), (25, "")),
        ((12, "months"), (1, "year")),
        (("1,5 GB", ""), (1500, "MB")),
        (("1 GiB", ""), ("1024 MiB", "")),
        ((1, "MB"), (8, "Mbit")),
        ((100, "Mbit/s"), (12.5, "MB/s")),
        ((120, "km/h"), (33.3333, "m/s")),
        ((1, "GHz"), (1000, "MHz")),
        ((37, "°C"), (98.6, "°F")),
        (("−5 °C", ""), (-5, "celsius")),
        ((5, "miles"), (8.05, "km")),
        ((154, "lb"), (70, "kg")),
        (("5 ft 11 in", ""), (180.34, "cm")),
        (("5 %", ""), (0.05, "")),
        ((0.333, "ratio"), ("33.3 %", "")),
        (("$1.2M", ""), ("1,200,000.00 USD", "")),
        ((1.2, "million USD"), ("USD 1.2 million", "")),
        (("£5k", ""), ("5,000.00 GBP", "")),
        (("5 requests per second", ""), (300, "requests/min")),
        ((3, "tries"), (3, "")),
        (("3 dozen", ""), (36, "")),
        ((8080, ""), ("8080", "")),
        (("67 million", ""), (67_391_582, "")),
        (("3.0e8", "m/s"), (299_792_458, "m/s")),
        (("2 lakh", ""), (200_000, "")),
        ((10, "US gal"), (37.85, "litres")),
        ((250, "pence"), (2.5, "GBP")),
        ((25, "basis points"), (0.25, "percentage points")),
        (("1 in 4", ""), (25, "%")),
        (("2/3", ""), (66.7, "%")),
        (("1,234", "people"), (1234, "people")),
        (("fewer than 100", "files"), ("at most 99", "files")),
    ],
)
def test_one_amount_in_two_units_agrees(one: Side, two: Side) -> None:
    assert sides(one, two) == "agree"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ((30, "s"), (10, "s")),
        ((2, "min"), (100, "s")),
        ((1, "day"), (23, "h")),
        ((20, "°C"), (25, "°C")),
        (("5 €", ""), ("6,00 €", "")),
        ((0.05, "ratio"), (7, "%")),
        ((3, "tries"), (5, "")),
        ((3.14, ""), (3.15, "")),
        ((30, "s"), (25, "s")),
        ((25_000, "ms"), (30_000, "ms")),
        (("2 lakh", ""), (20_000, "")),
        (("about 50", ""), (120, "")),
        (("2/3", ""), (50, "%")),
    ],
)
def test_two_amounts_differ(one: Side, two: Side) -> None:
    assert sides(one, two) == "differ"


@pytest.mark.parametrize(
    ("one", "two", "code"),
    [
        ((5, "kg"), (5, "m"), "units_not_comparable"),
        ((20, "USD"), ("20 EUR", ""), "currencies_differ"),
        (("¥500", ""), ("500 JPY", ""), "currencies_differ"),
        ((30, "s"), (10, ""), "unit_missing"),
        ((5, ""), (5, "%"), "unit_missing"),
        ((5, "percentage points"), (5, "%"), "units_not_comparable"),
        ((1, "month"), (30, "days"), "units_not_comparable"),
        ((3, "tries"), (5, "pages"), "units_not_comparable"),
        (("10 Mb", ""), ("10 MB", ""), "units_not_comparable"),
        ((5, "tons"), (6, "tonnes"), "units_not_comparable"),
        (("1.5 GB", ""), ("1536 MB", ""), "binary_or_decimal"),
        # Many write GB where they mean GiB.
        (("1 GiB", ""), ("1 GB", ""), "binary_or_decimal"),
        # What ends in zeros may be what somebody rounded.
        ((1_000_000, ""), (999_999, ""), "may_be_rounded"),
        ((12_000, ""), (11_873, ""), "may_be_rounded"),
        (("1 billion", "EUR"), ("1 Billion", "EUR"), "ambiguous_number"),
        (("2 gross", ""), (288, ""), "unit_missing"),
        (("30 ms", "s"), ("30", "s"), "kinds_differ"),
        ((3, ""), (3.14, ""), "may_be_rounded"),
        ((0.2, "s"), (0.24, "s"), "may_be_rounded"),
        ((99.9, "%"), (99.95, "%"), "may_be_rounded"),
    ],
)
def test_amounts_that_cannot_be_compared_are_left_to_people(
    one: Side, two: Side, code: str
) -> None:
    assert sides(one, two) == "cannot_tell"
    assert code_of(a_claim(*one), a_claim(*two)) == code


@pytest.mark.parametrize(
    "text", ["1,234,567", "1.234.567", "1 234 567", "1'234'567", "1_234_567", "12,34,567"]
)
def test_thousands_are_read_as_several_countries_write_them(text: str) -> None:
    assert sides((text, ""), (1_234_567, "")) == "agree"


def test_a_number_with_two_readings_decides_nothing_unless_both_readings_do() -> None:
    assert sides(("1.500", ""), (1500, "")) == "cannot_tell"
    assert sides(("1.500", "MWh"), (1.5, "GWh")) == "cannot_tell"
    assert sides(("1,500", ""), (1.5, "")) == "cannot_tell"
    assert sides(("1,500", ""), (30, "")) == "differ"
    assert sides(("0,125", ""), (0.125, "")) == "agree"


def test_a_comma_before_three_digits_groups_them_where_that_agrees() -> None:
    assert sides(("1,500", ""), (1500, "")) == "agree"
    assert sides(("1,500", "MWh"), (1.5, "GWh")) == "agree"
    assert sides(("1,500", "MWh"), (1.6, "GWh")) == "differ"
    assert sides(("1,500", "MWh"), (1.5, "MWh")) == "cannot_tell"


def test_there_is_no_half_of_an_employee() -> None:
    def said(subject: str) -> str:
        return kind_of(a_claim("1.248", subject=subject), a_claim(1248, subject=subject))

    assert said("Employees of the firm in 2024") == "agree"
    assert said("Mean age of employees") == "cannot_tell"


@pytest.mark.parametrize(
    ("subject", "one", "two", "kind"),
    [
        # A level of 70 basis points is one of 0.7 %; a change of 5 points is none of 5 %.
        ("expense ratio", (70, "basis points"), (0.7, "%"), "agree"),
        ("expense ratio", (70, "basis points"), (0.07, "%"), "differ"),
        ("rise of the rate", (70, "basis points"), (0.7, "%"), "cannot_tell"),
        ("rise of the rate", (25, "basis points"), (0.25, "percentage points"), "agree"),
        # However long the months are.
        ("notice", (3, "months"), (6, "weeks"), "differ"),
        ("notice", (3, "months"), (13, "weeks"), "cannot_tell"),
        ("notice", (3, "months"), ("at least 2", "weeks"), "cannot_tell"),
        ("salt", (1, "tbsp"), (3, "tsp"), "agree"),
        ("hours", ("38,5", "Stunden"), (38.5, "hours"), "agree"),
    ],
)
def test_what_two_units_have_in_common(subject: str, one: Side, two: Side, kind: str) -> None:
    assert kind_of(a_claim(*one, subject=subject), a_claim(*two, subject=subject)) == kind


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ("3.14", "3.14159", "agree"),
        ("1e3", "1000", "agree"),
        ("1.5e-3", "0.0015", "agree"),
        ("about 30", "31", "agree"),
        ("~30", "32", "cannot_tell"),
        ("~30", "35", "cannot_tell"),
        ("roughly 30", "40", "differ"),
        ("10–20 ms", "10-20 ms", "agree"),
        ("between 10 and 20 users", "10 to 20 users", "agree"),
        ("5-10 minutes", "300-600 s", "agree"),
        # Nobody who says 10 to 20 denies 15; a bound alone leaves too much open.
        ("10–20", "15", "agree"),
        ("10–20", "about 15", "cannot_tell"),
        ("10–20", "25", "differ"),
        ("30 ± 2", "40", "differ"),
        ("at least 30 s", "≥ 30 s", "agree"),
        ("30+", "at least 30", "agree"),
        ("at least 30", "more than 30", "cannot_tell"),
        ("at least 30", "45", "cannot_tell"),
        ("at least 30", "20", "differ"),
        ("< 5", "7", "differ"),
        ("at least 30", "at most 20", "differ"),
    ],
)
def test_rough_numbers_ranges_and_bounds(one: str, two: str, kind: str) -> None:
    assert sides((one, ""), (two, "")) == kind


def test_a_difference_of_temperatures_is_not_a_temperature() -> None:
    assert sides((10, "°C"), (50, "°F"), "temperature") == "agree"
    assert sides((10, "°C"), (50, "°F"), "temperature rise") == "cannot_tell"


def test_a_unit_that_the_subject_names_is_used() -> None:
    one, two = a_claim(3000, subject="timeout_ms"), a_claim(3, "s", subject="timeout")
    assert kind_of(one, two) == "agree"


@pytest.mark.parametrize(
    "value", ["1e999999999", "9" * 500, 10**400, float("nan"), float("inf"), "1/2", "--5", "5 5"]
)
def test_numbers_that_are_none_or_have_no_end_decide_nothing(value: Value) -> None:
    assert sides((value, ""), (5, "")) == "cannot_tell"
