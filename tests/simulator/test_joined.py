"""A simulation in several processes is told as one."""

from __future__ import annotations

from collections import Counter

from agents.simulator.running import Replay, Simulated, joined


def part(steps: int, *broken: tuple[Replay, str]) -> Simulated:
    return Simulated(
        7, steps, turns=steps // 2, worlds=1, looks=3 * steps, fired=Counter({"silent": steps}),
        saw=Counter({"old token refused": 1}), broken=list(broken),
    )  # fmt: skip


def test_figures_add_up_and_what_broke_is_kept():
    broke = (Replay(7, 100_003, 12), "I2: two live runs")
    whole = joined([part(10).as_dict(), part(30, broke).as_dict()])
    assert (whole.seed, whole.steps, whole.turns, whole.worlds, whole.looks) == (7, 40, 20, 2, 120)
    assert whole.fired["silent"] == 40 and whole.saw["old token refused"] == 2
    assert whole.broken == [broke]


def test_what_is_missing_is_missing_of_all_of_it():
    quiet = Simulated(7, 10_000).as_dict()
    assert joined([quiet, quiet]).missing() == Simulated(7, 20_000).missing() != []
