"""Eighteen thousand steps, with every fault there is, break no promise."""

from __future__ import annotations

from typing import Any

import pytest

from agents.simulator.running import STEPS_A_WORLD, joined, reproduction, simulate
from tests.promises.test_fold import EXAMPLES, STEPS_EACH

STEPS = 18_000
# Those of the Hypothesis machine are looked at one by one as well, and count.
PARTS = 4
STEPS_A_PART = -(-(STEPS - EXAMPLES * STEPS_EACH) // PARTS)
SEED = 4
parts_done: list[dict[str, Any]] = []


# On one worker, so that what all of them have shown can be added up.
@pytest.mark.xdist_group("simulator")
@pytest.mark.parametrize("part", range(PARTS))
def test_no_step_breaks_a_promise(part: int, transactional_db: None) -> None:
    first = part * (STEPS_A_PART // STEPS_A_WORLD + 2)
    done = simulate(SEED, STEPS_A_PART, first_world=first)
    said = [line for replay, why in done.broken for line in reproduction(replay, why)]
    assert not said, "\n".join(said)
    assert done.steps >= STEPS_A_PART
    parts_done.append(done.as_dict())


@pytest.mark.xdist_group("simulator")
def test_every_fault_has_fired_in_them_as_often_as_it_must(transactional_db: None) -> None:
    if len(parts_done) < PARTS:
        pytest.skip("a part of the steps was not run, or broke a promise")
    assert joined(parts_done).missing() == []


def test_the_parts_and_the_machine_make_eighteen_thousand() -> None:
    assert PARTS * STEPS_A_PART + EXAMPLES * STEPS_EACH >= STEPS
