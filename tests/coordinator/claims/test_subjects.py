"""One subject under many spellings, and other subjects that look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.coordinator.claims.subjects import key_of, subject_of


@pytest.mark.parametrize(
    "names",
    [
        (
            "client.timeout.default",
            "the default timeout of the client",
            "clientTimeoutDefault",
            "client_timeout default value",
            "Client: default time-out",
            "the client's default timeout",
            "CLIENT_TIMEOUT_DEFAULT",
            "default timeout for the client",
            "ｃｌｉｅｎｔ/timeout/default",
        ),
        ("max retries", "maximum number of retries", "retry.max", "max_retry_count"),
        ("number of users", "user count", "users", "user.count"),
        ("page count", "pages", "the number of pages"),
        ("timeout in production", "production timeout", "timeout.prod"),
        ("Q3 2024 revenue", "revenue in Q3 2024", "revenue.2024.q3"),
        ("population of France", "France's population", "france.population"),
        ("speed of v1.4", "speed in version 1.4", "1.4.speed"),
        ("value of the market", "market"),
        ("response time p99", "99th percentile response time"),
        ("colour depth", "color.depth"),
        ("k8s.replicas", "Kubernetes replicas"),
        ("inhabitants of the island", "population of the island"),
    ],
)
def test_spellings_of_one_subject_have_one_key(names: tuple[str, ...]) -> None:
    assert len({key_of(name) for name in names}) == 1


@pytest.mark.parametrize(
    "names",
    [
        (
            "client.timeout",
            "client.timeout.default",
            "client.timeout.max",
            "client.timeout.min",
            "server.timeout.default",
        ),
        ("timeout in production", "timeout in staging", "timeout"),
        ("python 3.11 support", "python 3.12 support", "python support"),
        ("api v1 latency", "api v2 latency"),
        ("revenue 2024", "revenue 2025", "revenue FY2024"),
        ("revenue Q1 2024", "revenue Q2 2024", "revenue 2024", "revenue H1 2024"),
        ("latency p95", "latency p99", "latency", "median latency", "average latency"),
        ("C version", "C++ version", "C# version"),
        ("price of plan a", "price of plan b", "price of plan"),
        ("page", "pages"),
        ("invoice number", "invoices"),
        ("market value", "market"),
        ("exchange rate from USD to EUR", "exchange rate from EUR to USD"),
        ("average max temperature", "max average temperature"),
        ("total cost", "cost", "net cost"),
        ("cache enabled", "cache disabled"),
        ("dependency.request.pin", "dependency.requests.pin"),
        ("status", "statu"),
    ],
)
def test_what_narrows_a_subject_keeps_it_apart(names: tuple[str, ...]) -> None:
    assert len({key_of(name) for name in names}) == len(names)


def test_a_unit_in_the_name_is_taken_off_and_remembered() -> None:
    assert (subject_of("timeout_ms").key, subject_of("timeout_ms").unit) == ("timeout", "ms")
    assert subject_of("size in bytes").unit == "bytes"


@pytest.mark.parametrize("name", ["client.timeout.min", "client.max_bytes", "cost per day", "s"])
def test_a_name_that_only_ends_like_a_unit_keeps_its_words(name: str) -> None:
    assert subject_of(name).unit == ""


def test_a_name_of_signs_alone_is_not_another_one() -> None:
    assert key_of("???") != key_of("!!!")
    assert key_of("  ") == ""


@pytest.mark.parametrize(
    "names",
    [
        ("Annual leave at Norden, full time", "Norden full-time annual leave"),
        ("auth.session_token.lifetime", "Session token lifetime (auth)"),
        (
            "temperature of tank 4 at 08:00",
            "tank 4 temperature at 8 am",
            "08:00 tank 4 temperature",
        ),
        (
            "closing price on 31 December 2022",
            "2022-12-31 closing price",
            "closing price, Dec. 31, 2022",
        ),
        ("31.12.2022 stock level", "stock level on the 31st of December 2022"),
        ("attendance in 2023/24", "2023-24 attendance", "attendance 2023/2024"),
        ("first quarter 2024 revenue", "Q1 2024 revenue"),
        ("10,000 m record", "10000 m record"),
        ("water use per day", "daily water use"),
        ("rated output of one turbine", "turbine.rated_output"),
        ("number of pages in the chapter", "pages of the chapter", "chapter page count"),
        ("max connections in the pool", "pool.max_connections"),
        ("median latency", "latency p50", "50th percentile latency"),
        ("Reds v Blues, goals", "goals in Reds versus Blues", "goals, Reds vs. Blues"),
        ("distance between Oslo and Bergen", "Bergen and Oslo, distance between"),
    ],
)
def test_the_order_of_the_words_does_not_matter(names: tuple[str, ...]) -> None:
    assert len({key_of(name) for name in names}) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("loan from A to B", "loan from B to A"),
        ("flight from New York to San Juan", "flight from San Juan to New York"),
        ("goals of Reds against Blues", "goals of Blues against Reds"),
        ("time from order to delivery", "time from delivery to order"),
        ("storage before opening", "storage after opening"),
        ("price with tax", "price without tax"),
        ("cached answers", "not cached answers"),
        ("cost per seat", "seat cost"),
        ("goods sold by agents", "agents sold goods"),
        ("maximum load", "minimum load"),
        ("revenue in 2023/24", "revenue in 2023/25"),
        ("temperature at 8 am", "temperature at 8 pm"),
        ("stock on 3 April 2024", "stock on 4 March 2024"),
    ],
)
def test_a_word_that_points_somewhere_keeps_two_subjects_apart(one: str, two: str) -> None:
    assert key_of(one) != key_of(two)


@given(st.permutations(["tank", "inlet", "pressure", "maximum", "2024", "north"]))
def test_every_order_of_plain_words_is_one_key(words: list[str]) -> None:
    assert key_of(" ".join(words)) == key_of("tank inlet pressure maximum 2024 north")
