"""The trial of assignment: the same worlds for all, nobody above the limits, and its table."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from agents.trials.arrivals import Fall, make_world
from agents.trials.assignment import (
    Result,
    as_markdown,
    make_row,
    play,
    recovered_after,
    simulate,
    simulate_fall,
    table,
)
from agents.trials.choosers import MADE, STRATEGIES
from workspace.standing import COUNTS, after, faded
from workspace.transitions import FAILURES


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_card_is_given_once_to_somebody_who_claims_its_skills(strategy: str) -> None:
    world = make_world(3, cards=150)
    given = play(world, MADE[strategy](world, 3))
    assert sorted(one.arrival.number for one in given) == list(range(1, 151))
    assert all(set(one.arrival.skills) <= set(one.worker.skills) for one in given)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nobody_is_given_more_than_it_can_hold(strategy: str) -> None:
    world = make_world(4, cards=200)
    most: dict[str, int] = defaultdict(int)
    chooser = MADE[strategy](world, 4)
    choose = chooser.choose

    def watched(waiting, loads: Counter[str], at):  # type: ignore[no-untyped-def]
        chosen = choose(waiting, loads, at)
        for worker in world.workers:
            most[worker.agent_id] = max(most[worker.agent_id], loads[worker.agent_id])
        return chosen

    chooser.choose = watched  # type: ignore[method-assign]
    play(world, chooser)
    assert all(most[worker.agent_id] <= worker.capacity for worker in world.workers)
    assert any(most.values())


def test_a_seed_gives_the_same_result_again_and_another_seed_another() -> None:
    first = simulate_fall(5, cards=200)
    assert simulate_fall(5, cards=200) == first
    assert simulate(5, "random", cards=200) == simulate(5, "random", cards=200)
    assert make_world(5, cards=200) != make_world(6, cards=200)


def test_only_who_knows_all_knows_of_a_fall_before_it_was_felt() -> None:
    world = make_world(7, cards=300)
    fall = Fall(world.workers[0].agent_id, 1, world.workers[0].skills[0])
    chances = {
        name: {one.chance for one in play(world, MADE[name](world, 7), fall)
               if one.worker.agent_id == fall.agent_id}
        for name in ("muster", "all-knowing")
    }  # fmt: skip
    assert chances["muster"] == {0.05}


def test_over_two_thousand_cards_the_plan_reaches_nine_tenths_of_the_all_knowing() -> None:
    best, own = (simulate(21, name).success for name in ("all-knowing", "muster"))
    assert own >= 0.9 * best
    assert own > simulate(21, "best skill match").success


def test_a_fallen_agent_is_found_out_within_fifty_cards_given_to_it() -> None:
    result = simulate_fall(21)
    assert result.given_before is not None
    assert result.given_before >= 10
    assert result.given_after is not None
    assert result.given_after <= 50


def test_recovery_counts_the_cards_until_the_moving_rate_is_back() -> None:
    assert recovered_after([(10.0, 20.0), (17.9, 20.0), (18.0, 20.0)]) == 22
    assert recovered_after([(10.0, 20.0)]) is None


def test_a_strategy_that_never_recovers_is_said_never_to() -> None:
    steady = [Result(1, "random", 0.4)]
    fallen = [Result(1, "random", 0.3, 5, 40, None, ((1.0, 20.0),))]
    row = make_row("random", steady, fallen, [0.8])
    assert (row.of_best, row.recovered_after, row.recovered_within_50) == (0.5, None, 0)
    assert "| never | never | 0 of 1 |" in as_markdown([row])


def test_the_table_has_a_row_for_each_strategy_and_ends_with_the_all_knowing() -> None:
    rows = table(range(1, 3), cards=120)
    assert [row.strategy for row in rows] == list(STRATEGIES)
    assert rows[-1].of_best == 1
    assert as_markdown(rows).count("\n") == len(STRATEGIES) + 2


def test_every_kind_of_failure_has_a_meaning_for_an_agents_standing() -> None:
    assert set(FAILURES) <= set(COUNTS)


@pytest.mark.parametrize("is_overall", [True, False])
@pytest.mark.parametrize("outcome", ["declined", "rate_limited", "misconfigured", "stale_input"])
def test_what_is_not_the_agents_fault_changes_nothing(outcome: str, is_overall: bool) -> None:
    assert after(5.0, 2.0, outcome, is_overall=is_overall) == (5.0, 2.0)


@pytest.mark.parametrize(("is_overall", "kept", "left"), [(True, 0.8, 0.15), (False, 0.98, 0.85)])
def test_a_new_outcome_weighs_fully_and_old_ones_fade_quickly_overall(
    is_overall: bool, kept: float, left: float
) -> None:
    good, bad = 0.0, 0.0
    for _ in range(400):
        good, bad = after(good, bad, "accepted", is_overall=is_overall)
    assert good == pytest.approx(1 / (1 - kept), rel=0.01)
    for _ in range(10):
        good, bad = after(good, bad, "rejected", is_overall=is_overall)
    assert good / (good + bad) < left


def test_requested_changes_count_half_of_a_rejection() -> None:
    assert after(0.0, 0.0, "changes_requested", is_overall=False) == (0.0, 0.5)
    assert after(0.0, 0.0, "rejected", is_overall=False) == (0.0, 1.0)


def test_what_is_no_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="sulking"):
        after(0.0, 0.0, "sulking", is_overall=True)


def test_time_fades_both_counts_alike_and_never_backwards() -> None:
    good, bad = faded(8.0, 4.0, timedelta(days=30))
    assert (good, bad) == pytest.approx((4.0, 2.0))
    assert faded(8.0, 4.0, timedelta(days=-3)) == (8.0, 4.0)
