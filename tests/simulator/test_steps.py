"""Eighteen thousand steps, with every fault there is, break no promise."""

from __future__ import annotations

import pytest

from agents.simulator.running import STEPS_A_WORLD, reproduction, simulate
from tests.promises.test_fold import EXAMPLES, STEPS_EACH

STEPS = 18_000
# Those of the Hypothesis machine are looked at one by one as well, and count.
PARTS = 4
STEPS_A_PART = -(-(STEPS - EXAMPLES * STEPS_EACH) // PARTS)
SEED = 4
HALF = 0.5  # of how often faults fire in a long run: a part is short


@pytest.mark.parametrize("part", range(PARTS))
def test_no_step_breaks_a_promise(part: int, transactional_db: None) -> None:
    first = part * (STEPS_A_PART // STEPS_A_WORLD + 2)
    done = simulate(SEED, STEPS_A_PART, first_world=first)
    said = [line for replay, why in done.broken for line in reproduction(replay, why)]
    assert not said, "\n".join(said)
    assert done.steps >= STEPS_A_PART
    assert done.missing(HALF) == []


def test_the_parts_and_the_machine_make_eighteen_thousand() -> None:
    assert PARTS * STEPS_A_PART + EXAMPLES * STEPS_EACH >= STEPS
