"""Healthy agents with long pauses, and silent ones, through real rows and the real coordinator."""

from __future__ import annotations

import pytest

from agents.simulator.healthy import (
    HEALTHY,
    MEDIAN_S,
    SILENT,
    Limits,
    drawn,
    healthy_figures,
    pauses,
    tuned,
    wilson,
)


@pytest.fixture(autouse=True)
def real_transactions(transactional_db: None) -> None:
    """Its rooms are kept in a database of their own."""


def test_the_limits_are_found_on_other_seeds_than_those_reported_on() -> None:
    assert tuned() == tuned()
    assert tuned(range(1, 3)).lease > tuned().silent_after > MEDIAN_S


def test_a_healthy_run_has_long_pauses_now_and_then() -> None:
    longest = [max(pauses(drawn(1, n))) for n in range(400)]
    assert sum(one > 30 * MEDIAN_S for one in longest) > 10
    assert sorted(longest)[200] < 20 * MEDIAN_S


def test_healthy_runs_end_well_and_silent_ones_are_noticed_in_time() -> None:
    found = healthy_figures([21])
    assert (found["healthy runs"], found["silent runs"]) == (HEALTHY, SILENT)
    assert found["silent runs noticed"] == SILENT
    assert found["taken away, runs"] <= 1
    assert 1 <= found["noticed after, of the lease"]["max"] <= 1.2


def test_limits_that_are_too_short_take_healthy_runs_away() -> None:
    found = healthy_figures([21], Limits(silent_after=20.0, lease=60.0))
    assert found["taken away, runs"] > HEALTHY / 4
    assert found["looked stuck"] > 0.5


@pytest.mark.parametrize(
    ("hits", "of", "least", "most"), [(0, 1_000, 0.0, 0.00383), (10, 1_000, 0.00544, 0.0183)]
)
def test_the_interval_is_wilsons(hits: int, of: int, least: float, most: float) -> None:
    assert wilson(hits, of) == pytest.approx((least, most), abs=2e-5)
