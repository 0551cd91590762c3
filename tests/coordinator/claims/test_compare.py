"""Dates, flags, names and sentences; what narrows a claim; and what holds for every claim."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coordinator.board import Claim
from agents.coordinator.claims.compare import compare
from agents.coordinator.claims.nouns import listed
from tests.coordinator.claims.made import Value, a_claim, code_of, kind_of


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ("2026-11-24", "24 Nov 2026", "agree"),
        ("24.11.2026", "November 24, 2026", "agree"),
        ("Tuesday, 24th of November 2026", "2026/11/24", "agree"),
        ("24. Dezember 2026", "2026-12-24", "agree"),
        ("11/24/2026", "24/11/2026", "agree"),
        ("2026-11-24", "2026-11-25", "differ"),
        ("03/04/2026", "2026-04-03", "cannot_tell"),
        ("03/04/2026", "2027-04-03", "differ"),
        ("03/03/2026", "2026-03-03", "agree"),
        (2026, "2026-11-24", "agree"),
        ("2025", "2026-11-24", "differ"),
        ("Q4 2026", "2026-11", "agree"),
        ("Q3 2026", "November 2026", "differ"),
        ("H2 2026", "2026-Q3", "agree"),
        ("2026-02-30", "2026-02-28", "cannot_tell"),
        ("24/11/26", "2026-11-24", "cannot_tell"),
        ("2026-11-24T12:00Z", "2026-11-24T13:00+01:00", "agree"),
        ("2026-11-24T12:00Z", "2026-11-24T13:00Z", "differ"),
        ("2026-11-24T12:00Z", "2026-11-24 14:00", "cannot_tell"),
        ("2026-11-24T12:00Z", "2026-11-28 14:00", "differ"),
        ("2026-11-24T23:30Z", "2026-11-25", "cannot_tell"),
        ("2:30 pm", "14:30", "agree"),
        ("02:00+05:00", "21:00Z", "agree"),
    ],
)
def test_dates_at_the_precision_they_have(one: Value, two: Value, kind: str) -> None:
    assert kind_of(a_claim(one, subject="start"), a_claim(two, subject="start")) == kind


@pytest.mark.parametrize(
    ("subject", "one", "two", "kind"),
    [
        ("cache.enabled", "yes", True, "agree"),
        ("cache.enabled", "on", False, "differ"),
        # Some files write 1 for true; 1 may mean something else than "not false".
        ("cache.enabled", 1, True, "agree"),
        ("cache.enabled", 1, False, "cannot_tell"),
        ("cache.disabled", 1, True, "cannot_tell"),
        ("leak test", "passed", "failed", "differ"),
        ("leak test", "passed", True, "cannot_tell"),
        ("thread-safe", "not thread-safe", False, "agree"),
        ("thread-safe", "not thread-safe", True, "differ"),
        ("cache disabled", "yes", "disabled", "cannot_tell"),
        ("package.version", "v1.4.0", "1.4.0", "agree"),
        ("package.version", "1.4.0", "1.5.0", "differ"),
        ("package.version", "1.4", "1.4.0", "cannot_tell"),
        # A version stored as a number may have lost its zero.
        ("package.version", "1.10", 1.1, "cannot_tell"),
        ("package.version", "1.10", "1.1", "differ"),
        ("package.version", "1.11", 1.1, "differ"),
        ("package.version", "1.0.0+build.5", "1.0.0", "agree"),
        ("package.version", "1.0.0+build.5", "1.0.0+build.6", "cannot_tell"),
        ("database version", "PostgreSQL 15.6", "PostgreSQL 16.2", "differ"),
        ("database version", "PostgreSQL 15", "PostgreSQL 15.6", "cannot_tell"),
        ("database version", "PostgreSQL 15.6", "MySQL 8.4", "cannot_tell"),
        ("python", ">=3.9", "3.9 or newer", "agree"),
        ("python", ">=3.9", "3.10 or newer", "cannot_tell"),
        ("parser range", "^1.2.0", ">=1.2.0 <2.0.0", "agree"),
        ("parser range", "^0.2.3", ">=0.2.3, <0.3", "agree"),
        ("parser range", "~=2.2", ">=2.2,<3", "agree"),
        ("parser range", "~=2.2", "^3.1", "differ"),
        ("parser range", "==2.2", ">2.2", "differ"),
        ("parser range", "==2.2", ">=2.2,<3", "cannot_tell"),
        ("parser range", ">=1 <2 <3", "^2", "cannot_tell"),
        ("supported series", "2.4.x", "2.4", "agree"),
        ("supported series", "2.4.x", "2.5.x", "differ"),
        ("supported series", "2.4.x", "2.4.7", "cannot_tell"),
        ("package.version", "1.4.0", ">=1.4", "cannot_tell"),
        ("commit", "abc1234", "abc1235", "differ"),
        ("commit", "abc1234", "abc1234def0", "cannot_tell"),
        ("homepage", "https://a.example/c", "https://a.example/d", "differ"),
        ("homepage", "https://a.example/c/", "http://www.a.example/c", "cannot_tell"),
        ("entry point", "src/client.py", "src/server.py", "differ"),
        ("entry point", "client.py", "src/client.py", "cannot_tell"),
        ("region", "us-east-1", "eu-west-1", "differ"),
        ("model", "gpt-4", "gpt-4o", "cannot_tell"),
        ("host", "10.0.0.1", "10.0.0.2", "differ"),
        ("capital", "Paris", "“paris”.", "agree"),
        # A country has one capital, if it is said which; it may have any number of sponsors.
        ("capital", "Paris", "Lyon", "cannot_tell"),
        ("capital of France", "Paris", "Lyon", "differ"),
        ("capital of France", "Lyon", "Greater Lyon", "cannot_tell"),
        ("sponsor", "Norvik", "Kolm", "cannot_tell"),
        ("report author", "Anne Wexley", "Thomas Wexley", "differ"),
        ("report author", "A. Lind", "Anna Lind", "cannot_tell"),
        ("report author", "Anne Wexley", "Anne Wexley and Tom Bly", "cannot_tell"),
        ("report authors", "Anne Wexley", "Tom Bly", "cannot_tell"),
        ("report co-author", "Anne Wexley", "Tom Bly", "cannot_tell"),
        ("former chair", "Ines Falk", "Jonas Reuter", "cannot_tell"),
        ("governing law", "the laws of England", "the laws of Ireland", "differ"),
        ("seat of the fund", "EU", "European Union", "cannot_tell"),
        ("default log level", "INFO", "WARNING", "differ"),
        ("default log level", "WARN", "WARNING", "cannot_tell"),
        ("default branch", "main", "develop", "differ"),
        ("casing colour", "teal", "blue", "cannot_tell"),
        ("rate type", "fixed", "variable", "differ"),
        ("supported rate types", "fixed", "variable", "cannot_tell"),
        ("mood", "quick", "fast", "cannot_tell"),
        ("licence", "MIT", "Apache-2.0", "cannot_tell"),
        ("licence", "MIT", "MIT License", "agree"),
        ("licence", "GPL-3.0-only", "GPL-3.0-or-later", "differ"),
        # Two ways to name one encoding have no letter in common.
        ("encoding", "Latin-1", "ISO-8859-1", "cannot_tell"),
        ("projects", "no limit", "unlimited", "agree"),
        ("pin", "none", "2.31.0", "cannot_tell"),
        ("owner", "unknown", "unknown", "cannot_tell"),
    ],
)
def test_flags_and_names(subject: str, one: Value, two: Value, kind: str) -> None:
    assert kind_of(a_claim(one, subject=subject), a_claim(two, subject=subject)) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The timeout is 10 seconds.", "differ"),
        ("Timeout: 30 s", "agree"),
        ("The timeout was 10 seconds.", "cannot_tell"),
        ("The timeout may be 10 seconds.", "cannot_tell"),
        ("The timeout is not 10 seconds.", "cannot_tell"),
        ("It is 30 s in tests and 10 s elsewhere.", "cannot_tell"),
        ("After 3 tries the timeout is 10 s.", "cannot_tell"),
        ("In staging the timeout is 10 s.", "cannot_tell"),
        ("The timeout is short.", "cannot_tell"),
        ("", "cannot_tell"),
    ],
)
def test_a_sentence_gives_its_value_only_where_it_surely_does(text: str, kind: str) -> None:
    assert kind_of(a_claim(30, "s"), a_claim(text=text)) == kind


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("In production it is 30 s.", "In staging it is 10 s."),
        ("In production it is 30 s.", "It is 10 s."),
        ("Since 1.5 it is 30 s.", "Since 1.4 it is 10 s."),
        ("30 s in 2024", "10 s in 2025"),
        ("The maximum is 30 s.", "The default is 10 s."),
        ("30 s was planned.", "It is 10 s."),
        ("It is not 30 s.", "It is 10 s."),
    ],
)
def test_texts_that_narrow_a_claim_in_two_ways_are_no_contradiction(one: str, two: str) -> None:
    assert kind_of(a_claim(30, "s", text=one), a_claim(10, "s", text=two)) == "cannot_tell"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("30 s for customers in the EU", "10 s for customers in the US"),
        ("A body cell takes 30 s.", "An egg cell takes 10 s."),
        ("Adults: 30 s", "10 s"),
        ("30 s on the free plan", "10 s"),
        ("30 s on an H100", "10 s on an A100"),
        ("30 s at plan B", "10 s at plan C"),
        ("30 s before lunch", "10 s after lunch"),
        ("30 s laden", "10 s, not laden"),
        ("30 s a kilometre", "10 s a mile"),
        ("Scope 1: 30 s", "Scope 2: 10 s"),
        ("Release build: 30 s", "Debug build: 10 s"),
        ("The slowest take 30 s.", ""),
        ("30 s including the walk", ""),
    ],
)
def test_texts_with_cases_of_their_own_are_no_contradiction(one: str, two: str) -> None:
    first, second = a_claim(30, "s", text=one), a_claim(10, "s", text=two)
    assert kind_of(first, second) == "cannot_tell"
    assert code_of(first, second) in ("other_scope", "texts_narrow")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("", ""),
        ("The client's timeout is 30 seconds.", ""),
        ("The client gives up after 30 seconds.", "It is exactly 10 s."),
        ("According to the README it was set to 30 s.", "client.timeout = 10 in src/client.py"),
        ("30 s in version 2.31", "Release 2.31 takes 10 s."),
        ("On the free plan 30 s.", "10 s is what the free plan takes."),
        ("Thirty seconds (30,000 ms).", "Ten seconds"),
        ("As line 12 says, 30 s.", "Line 40 says 10 s."),
    ],
)
def test_texts_that_name_no_case_or_the_same_one_still_differ(one: str, two: str) -> None:
    assert kind_of(a_claim(30, "s", text=one), a_claim(10, "s", text=two)) == "differ"


def test_a_text_that_says_about_makes_its_number_a_rough_one() -> None:
    about = a_claim(50, subject="volunteers", text="About 50 came.")
    assert code_of(about, a_claim(51, subject="volunteers")) == "about_the_same"
    assert code_of(about, a_claim(55, subject="volunteers")) == "near"
    assert kind_of(about, a_claim(90, subject="volunteers")) == "differ"


def test_who_says_exactly_did_not_round() -> None:
    counted = a_claim(1_048_576, subject="rows", text="1,048,576 rows")
    round_one = a_claim(1_000_000, subject="rows", text="1,000,000 rows")
    exactly = a_claim(1_000_000, subject="rows", text="Exactly 1,000,000 rows")
    assert code_of(counted, round_one) == "may_be_rounded"
    assert kind_of(counted, exactly) == "differ"


def test_who_spells_out_the_bytes_means_what_the_unit_says() -> None:
    decimal = a_claim(25, "MB", subject="limit", text="25 MB (25,000,000 bytes)")
    binary = a_claim(25, "MiB", subject="limit", text="25 MiB (26,214,400 bytes)")
    assert kind_of(decimal, binary) == "differ"
    assert kind_of(a_claim(25, "MB", subject="limit"), binary) == "cannot_tell"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A pallet carries a dozen crates.", "differ"),
        ("Ten crates stand on a pallet.", "agree"),
        ("At least 12 crates fit on it.", "cannot_tell"),
        ("Of 12 crates 2 are broken.", "cannot_tell"),
        ("A pallet may carry 12 crates.", "cannot_tell"),
        ("It carries 12 bags.", "cannot_tell"),
    ],
)
def test_a_sentence_counts_what_its_subject_names(text: str, kind: str) -> None:
    one = a_claim(10, "crates", subject="crates per pallet")
    assert kind_of(one, a_claim(subject="crates per pallet", text=text)) == kind


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ("The client retries on status 503.", "The client does not retry on status 503.", "differ"),
        ("The log can be disabled.", "The log cannot be disabled.", "differ"),
        ("The log can be disabled.", "The log can't be moved.", "cannot_tell"),
        ("All endpoints are paged.", "All endpoints are not always paged.", "cannot_tell"),
        ("Not all endpoints are paged.", "No endpoint is paged.", "cannot_tell"),
        ("It may not start.", "It may start.", "cannot_tell"),
        ("It is not safe.", "It is not safe.", "agree"),
    ],
)
def test_a_sentence_and_its_denial_differ(one: str, two: str, kind: str) -> None:
    assert kind_of(a_claim(text=one), a_claim(text=two)) == kind


def test_a_place_in_a_file_narrows_nothing() -> None:
    one = a_claim(30, "s", text="docs/production.md:16 promises client.timeout = 30 s.")
    two = a_claim(10, "s", text="src/staging.py:26 uses client.timeout = 10 s.")
    assert kind_of(one, two) == "differ"


def test_claims_on_two_subjects_are_never_told_apart() -> None:
    one, two = a_claim(30, "s"), a_claim(10, "s", subject="server.timeout")
    assert code_of(one, two) == "other_subject"
    assert code_of(a_claim(1, subject=" "), a_claim(2, subject=" ")) == "other_subject"


def test_a_reason_carries_both_values_as_they_are_read() -> None:
    reason = compare(a_claim("30", "s"), a_claim(10, "s")).reason
    assert (reason.code, dict(reason.params)) == ("numbers_differ", {"a": "30 s", "b": "10 s"})


WORDS = st.sampled_from(
    listed("""
        30 10 1,500 1.500 03/04/2026 2026 24.11.2026 14:30 yes off about - to 10-20 least at 5 $5 %
        1.5 GB v1.4 1.4.0 src/a.py Paris unknown 2026-11-24T12:00Z dozen < 1e3 PT30S and million
    """)
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    WORDS,
    st.lists(WORDS, max_size=4).map(" ".join),
    st.text(max_size=12),
)
UNITS = st.sampled_from(
    [
        "",
        "s",
        "ms",
        "min",
        "GB",
        "GiB",
        "%",
        "USD",
        "EUR",
        "°C",
        "°F",
        "tries",
        "km/h",
        "k€",
        "x/y/z",
    ]
)
TEXTS = st.sampled_from(
    [
        "",
        "It is 30 s.",
        "In staging it is 10 s.",
        "not 30",
        "Timeout: 10 s",
        "Long ago.",
        "On the free plan 30 s a mile.",
        "Killed, wounded and missing",
        "If nobody asks, the client's p99 timeout is 10 s in fiscal 2024.",
        "30 files were closed, unladen.",
        "Das ist der Wert.",
    ]
)
CLAIMS = st.builds(
    lambda value, unit, text, subject: a_claim(value, unit, text=text, subject=subject),
    VALUES,
    UNITS,
    TEXTS,
    st.sampled_from(
        [
            "client.timeout",
            "timeout of the client",
            "temperature rise",
            "timeout_ms",
            "package.version",
            "version of the package",
        ]
    ),
)


@settings(max_examples=400, deadline=None)
@given(CLAIMS, CLAIMS)
def test_the_order_of_two_claims_does_not_matter(one: Claim, two: Claim) -> None:
    kind_of(one, two)


@settings(max_examples=300, deadline=None)
@given(CLAIMS)
def test_a_claim_agrees_with_itself_if_it_says_anything(claim: Claim) -> None:
    verdict = compare(claim, claim)
    assert verdict.kind == "agree" or verdict.reason.code == "no_value"


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_whole_numbers_agree_only_if_they_are_the_same(one: int, two: int) -> None:
    kind = kind_of(a_claim(one, "s"), a_claim(two, "s"))
    assert (kind == "agree") == (one == two)
    # Only what ends in zeros may have been rounded.
    if one % 100 and two % 100:
        assert kind == ("agree" if one == two else "differ")


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**5))
def test_a_conversion_there_and_back_is_exact(amount: int) -> None:
    assert kind_of(a_claim(amount, "min"), a_claim(amount * 60, "s")) == "agree"
    assert kind_of(a_claim(amount, "min"), a_claim(amount * 60 * 1000, "s")) == "differ"
