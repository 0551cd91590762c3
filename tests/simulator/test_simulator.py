"""The simulator itself: the same again for a seed, and no fault that is only said to be one."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection, transaction

from agents.simulator.crashes import Crash, Crashes, crashing
from agents.simulator.database import empty_database
from agents.simulator.faults import RATES, SELDOM, missing
from agents.simulator.running import (
    ENOUGH_FOR_RECOVERIES,
    RECOVERIES,
    Replay,
    Simulated,
    reproduction,
    simulate,
)
from agents.simulator.world import Found, World
from tests.simulator.planted import PLANTED
from tests.simulator.seeds import SEEDS
from workspace.models import Heartbeat, Room

STEPS = 300
FIRST_WORLD = 50
WITHIN = 4_000  # steps: a planted bug is found by then


@pytest.fixture(autouse=True)
def real_transactions(transactional_db: None) -> None:
    """Worlds end transactions themselves."""


def told(found: Found) -> tuple[object, ...]:
    return found.steps, found.turns, found.fired, found.saw, found.heads


def test_the_same_seed_is_the_same_run_event_by_event() -> None:
    first, again = World(3, 1).run(STEPS), World(3, 1).run(STEPS)
    assert told(first) == told(again)
    assert len(first.heads) > 1


def test_another_seed_is_another_run() -> None:
    assert World(3, 1).run(60).heads != World(4, 1).run(60).heads


def test_a_world_leaves_nothing_behind() -> None:
    World(3, 1).run(30)
    assert not Room.objects.exists()
    assert connection.run_on_commit == []


@pytest.mark.parametrize("replay", SEEDS, ids=str)
def test_what_broke_once_does_not_break_again(replay: Replay) -> None:
    assert replay.run().broken == ""


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str, seed: int) -> None:
    plant, promise = PLANTED[name]
    with plant():
        done = simulate(seed, WITHIN, first_world=FIRST_WORLD, until_broken=True)
    assert promise in done.broken[0][1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_the_bug_nothing_is_found(seed: int) -> None:
    assert simulate(seed, STEPS, first_world=FIRST_WORLD).broken == []


# --- crashes -----------------------------------------------------------------------------


def beat(name: str) -> None:
    with transaction.atomic():
        Heartbeat.objects.create(name=name, at="2026-11-24T09:00:00Z", facts={})
        transaction.on_commit(lambda: heard.append(name))


heard: list[str] = []


@pytest.mark.parametrize(("after", "kept"), [(False, []), (True, ["one"])])
def test_a_crash_at_a_commit_keeps_all_of_it_or_nothing_and_gives_no_hint(
    after: bool, kept: list[str]
) -> None:
    heard.clear()
    crashes = Crashes(lambda: None)
    with empty_database(), crashing(crashes):
        crashes.doom(1, after=after)
        with pytest.raises(Crash):
            beat("one")
        with pytest.raises(Crash):
            beat("what stands in a finally")
        crashes.revive()
        assert list(Heartbeat.objects.values_list("name", flat=True)) == kept
        beat("two")
        assert Heartbeat.objects.count() == len(kept) + 1
    assert heard == ["two"]


# --- what has to have happened -------------------------------------------------------------


def test_a_fault_that_did_not_fire_often_enough_is_named() -> None:
    enough = Counter(dict.fromkeys(RATES, 20))
    assert missing(enough, 10_000) == []
    assert missing(enough - Counter({"crash_before_commit": 1}), 10_000) == [
        "crash_before_commit fired 19 times of 20"
    ]
    for name in SELDOM:
        assert missing(enough - Counter({name: 20}), 10_000) == [f"{name} fired 0 times of 1"]


def test_a_recovery_that_was_never_seen_is_named_once_there_was_time_for_it() -> None:
    fired = Counter(dict.fromkeys(RATES, 1_000))
    short = Simulated(1, steps=ENOUGH_FOR_RECOVERIES - 1, fired=fired)
    assert short.missing() == []
    seen = Counter(dict.fromkeys(RECOVERIES, 1)) - Counter({RECOVERIES[0]: 1})
    long = Simulated(1, steps=ENOUGH_FOR_RECOVERIES, fired=fired, saw=seen)
    assert long.missing() == [f"{RECOVERIES[0]} was never seen"]


def test_a_run_that_breaks_says_how_to_see_it_again() -> None:
    lines = list(reproduction(Replay(7, 2, 130), "step 130: I5 room_1 number 4 is missing"))
    assert "seed 7, world 2, within 130 steps" in lines[0]
    assert "Replay(seed=7, world=2, steps=130)" in lines[2]
