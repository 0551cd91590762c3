"""One subject under many spellings, and other subjects that look like it."""

from __future__ import annotations

import pytest

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
