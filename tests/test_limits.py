"""When a service may be called again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.limits import (
    ASKS,
    LONGEST_CALL,
    LOOK_AGAIN,
    TIERS,
    Call,
    Limits,
    counted,
    wait_before,
    wait_behind,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NONE = timedelta(0)
WIDE = Limits(concurrency=100, rpm=100, tpm=1_000_000)


def ago(seconds: float, tokens: int = 1_000, *, ended: bool = True) -> Call:
    at = NOW - timedelta(seconds=seconds)
    return Call(at, tokens, NOW - timedelta(seconds=seconds / 2) if ended else None)


def row(
    judgement_id: str | None = None, *, ended_at: datetime | None = None, age: int = 0
) -> SimpleNamespace:
    """A call as it is kept; one of a run's answers no judgement."""
    at = NOW - timedelta(seconds=age)
    return SimpleNamespace(at=at, tokens_wanted=5, ended_at=ended_at, judgement_id=judgement_id)


def test_the_first_call_goes_at_once() -> None:
    assert wait_before([], NOW, 20_000, TIERS[0]) == NONE


def test_a_running_call_is_waited_for_where_only_one_may_run() -> None:
    running = [ago(5, ended=False)]
    assert wait_before(running, NOW, 1_000, TIERS[0]) == LOOK_AGAIN
    assert wait_before(running, NOW, 1_000, TIERS[1]) == NONE
    assert wait_before([ago(5)], NOW, 1_000, TIERS[0]) == NONE


def test_a_call_that_was_never_said_to_have_ended_blocks_no_longer_than_one_can_take() -> None:
    lost = [ago(LONGEST_CALL.total_seconds(), ended=False)]
    assert wait_before(lost, NOW, 1_000, TIERS[0]) == NONE


def test_requests_of_the_last_minute_count_and_the_oldest_leaves_first() -> None:
    limits = Limits(concurrency=9, rpm=3, tpm=0)
    assert wait_before([ago(50), ago(20)], NOW, 1, limits) == NONE
    assert wait_before([ago(20), ago(50), ago(10)], NOW, 1, limits) == timedelta(seconds=10)
    assert wait_before([ago(1), ago(50), ago(20), ago(10)], NOW, 1, limits) == timedelta(seconds=40)
    assert wait_before([ago(60), ago(20), ago(10)], NOW, 1, limits) == NONE


def test_tokens_asked_for_count_with_those_of_the_prompt() -> None:
    limits = Limits(concurrency=9, rpm=0, tpm=100_000)
    calls = [ago(45, 60_000), ago(15, 30_000)]
    assert wait_before(calls, NOW, 10_000, limits) == NONE
    assert wait_before(calls, NOW, 10_001, limits) == timedelta(seconds=15)
    assert wait_before(calls, NOW, 80_000, limits) == timedelta(seconds=45)


def test_a_call_larger_than_the_limit_goes_when_nothing_else_counts() -> None:
    limits = Limits(concurrency=9, rpm=0, tpm=100_000)
    assert wait_before([], NOW, 900_000, limits) == NONE
    assert wait_before([ago(40, 1)], NOW, 900_000, limits) == timedelta(seconds=20)


def test_the_longest_of_all_waits_counts() -> None:
    limits = Limits(concurrency=1, rpm=1, tpm=1_000)
    assert wait_before([ago(12, 900, ended=False)], NOW, 500, limits) == timedelta(seconds=48)


@pytest.mark.parametrize("tier", TIERS)
def test_no_limit_means_no_wait(tier: int) -> None:
    calls = [ago(n / 10, 500_000, ended=False) for n in range(1, 200)]
    assert wait_before(calls, NOW, 1, Limits(0, 0, 0)) == NONE
    assert wait_before(calls, NOW, 1, TIERS[tier]) > NONE


some_calls = st.lists(
    st.builds(ago, st.floats(0, 90), st.integers(1, 300_000), ended=st.just(True)), max_size=20
)


@settings(max_examples=100, deadline=None)
@given(some_calls, st.integers(1, 600_000))
def test_after_the_wait_a_call_may_go_and_keeps_the_limits(calls: list[Call], wanted: int) -> None:
    limits = TIERS[0]
    wait = wait_before(calls, NOW, wanted, limits)
    assert NONE <= wait <= timedelta(seconds=60)
    then = NOW + wait
    assert wait_before(calls, then, wanted, limits) == NONE
    counted = [one.tokens for one in calls if then - one.at < timedelta(seconds=60)]
    assert len(counted) < limits.rpm
    assert not counted or sum(counted) + wanted <= limits.tpm


def test_room_is_kept_for_asking_again() -> None:
    two_left = [ago(10)]
    assert wait_before(two_left, NOW, 1_000, TIERS[0], asks=2) == NONE
    one_left = [ago(10), ago(20)]
    assert wait_before(one_left, NOW, 1_000, TIERS[0], asks=2) == timedelta(seconds=40)
    assert wait_before(one_left, NOW, 1_000, TIERS[0]) == NONE


def test_a_call_under_way_may_still_become_two() -> None:
    limits = Limits(concurrency=0, rpm=3, tpm=0)
    under_way = [Call(NOW - timedelta(seconds=5), 1_000, None, asks=2)]
    assert wait_before(under_way, NOW, 1_000, limits) == NONE
    assert wait_before(under_way, NOW, 1_000, limits, asks=2) > NONE


def test_tokens_are_kept_for_asking_again() -> None:
    limits = Limits(concurrency=0, rpm=0, tpm=10_000)
    assert wait_before([ago(10, 4_000)], NOW, 3_000, limits, asks=2) == NONE
    assert wait_before([ago(10, 4_001)], NOW, 3_000, limits, asks=2) > NONE


def test_a_limit_smaller_than_one_question_lets_it_go_alone() -> None:
    limits = Limits(concurrency=0, rpm=1, tpm=0)
    assert wait_before([], NOW, 1_000, limits, asks=2) == NONE
    assert wait_before([ago(10)], NOW, 1_000, limits, asks=2) > NONE


@given(
    concurrency=st.integers(2, 20),
    rpm=st.integers(5, 60),
    ages=st.lists(st.tuples(st.integers(0, 70), st.booleans()), max_size=60),
)
@settings(deadline=None)
def test_whoever_works_leaves_the_coordinator_one_question(
    concurrency: int, rpm: int, ages: list[tuple[int, bool]]
) -> None:
    account = Limits(concurrency, rpm, 0)
    rows = [row(ended_at=NOW if ended else None, age=age) for age, ended in ages]
    if wait_behind(rows, NOW, 1, account) == NONE:
        with_it = counted([*rows, row()])
        assert wait_before(with_it, NOW, 1, account, asks=ASKS) == NONE


def test_its_place_is_free_for_it_only_while_it_does_not_ask() -> None:
    two = Limits(concurrency=2, rpm=0, tpm=0)
    assert wait_behind([row()], NOW, 1, two) == LOOK_AGAIN
    assert wait_behind([row("jdg_1")], NOW, 1, two) == NONE
    assert wait_behind([row("jdg_1"), row()], NOW, 1, two) == LOOK_AGAIN


def test_an_account_that_holds_one_call_is_shared() -> None:
    assert wait_behind([], NOW, 1, TIERS[0]) == NONE
    assert wait_behind([row("jdg_1")], NOW, 1, TIERS[0]) == LOOK_AGAIN


def test_a_question_under_way_counts_twice_and_what_a_run_asks_once() -> None:
    rows = [row("jdg_1"), row("jdg_1", ended_at=NOW), row()]
    assert [call.asks for call in counted(rows)] == [ASKS, 1, 1]
