"""Worlds one after the other until so many steps are done, and what to say where one breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.simulator.faults import missing
from agents.simulator.world import Found, World

STEPS_A_WORLD = 500
# What must have been seen at least once: that somebody got over each of the faults.
RECOVERIES = (
    "worker came back", "sweep found tick", "sweep found owed", "sweep found judge",
    "sent again after a crash", "duplicate answered", "order came twice", "delivery due",
    "old token refused", "refused lease_lost", "refused another_version", "late result kept",
    "somebody was faster", "event run.silent", "event run.revived", "event run.failed",
    "event run.requeued", "event run.write_refused", "event late.offered", "event remedy.chosen",
    "event judgement.trouble", "event room.judge_changed", "event card.handed_over",
    "event deliverable.rolled_back",
)  # fmt: skip
ENOUGH_FOR_RECOVERIES = 40_000  # steps; a shorter run need not have met everything
MOST_TRIES = 8  # to find a shorter run that breaks as well


class Replay(NamedTuple):
    """A world and how far to go in it: the same again, whenever it is run."""

    seed: int
    world: int
    steps: int

    def run(self) -> Found:
        return World(self.seed, self.world).run(self.steps)


@dataclass(slots=True)
class Simulated:
    """What a run came to. `broken`: per world that broke, how to see it again and what broke."""

    seed: int
    steps: int = 0
    turns: int = 0
    worlds: int = 0
    looks: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    saw: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[Replay, str]] = field(default_factory=list)

    def missing(self, share: float = 1.0) -> list[str]:
        """Faults and recoveries that this run should have shown, and did not."""
        found = missing(self.fired, self.steps, share)
        if self.steps >= ENOUGH_FOR_RECOVERIES:
            found += [f"{name} was never seen" for name in RECOVERIES if not self.saw[name]]
        return found

    def as_dict(self) -> dict[str, Any]:
        return {
            "seed": self.seed, "steps": self.steps, "turns": self.turns, "worlds": self.worlds,
            "looks": self.looks, "fired": dict(sorted(self.fired.items())),
            "seen": dict(sorted(self.saw.items())), "missing": self.missing(),
            "broken": [{"replay": replay._asdict(), "why": why} for replay, why in self.broken],
        }  # fmt: skip


def joined(parts: Sequence[Mapping[str, Any]]) -> Simulated:
    """Several runs of one seed in other worlds, as `as_dict` tells of them, taken together."""
    whole = Simulated(int(parts[0]["seed"]))
    for part in parts:
        whole.steps, whole.turns = whole.steps + part["steps"], whole.turns + part["turns"]
        whole.worlds, whole.looks = whole.worlds + part["worlds"], whole.looks + part["looks"]
        whole.fired.update(part["fired"])
        whole.saw.update(part["seen"])
        whole.broken += [(Replay(**one["replay"]), one["why"]) for one in part["broken"]]
    return whole


def simulate(
    seed: int, steps: int, *, first_world: int = 0, until_broken: bool = False,
    told: Callable[[Simulated], None] | None = None,
) -> Simulated:  # fmt: skip
    """At least so many steps in worlds of this seed; `told` hears after each world."""
    done = Simulated(seed)
    while done.steps < steps and not (until_broken and done.broken):
        replay = Replay(seed, first_world + done.worlds, min(STEPS_A_WORLD, steps - done.steps))
        found = replay.run()
        done.worlds += 1
        done.steps, done.turns = done.steps + found.steps, done.turns + found.turns
        done.looks += found.looks
        done.fired += found.fired
        done.saw += found.saw
        if found.broken:
            done.broken.append(shrunk(replay, found))
        if told is not None:
            told(done)
    return done


def shrunk(replay: Replay, found: Found) -> tuple[Replay, str]:
    """The shortest run of this world that is known to break, and how it does."""
    best, why = replay, found.broken
    if found.steps <= replay.steps:
        best = replay._replace(steps=found.steps)  # it broke on the way: later steps are not needed
        return best, why
    least, most = 1, replay.steps
    for _ in range(MOST_TRIES):
        if least >= most:
            break
        middle = (least + most) // 2
        shorter = replay._replace(steps=middle)
        if again := shorter.run().broken:
            best, why, most = shorter, again, middle
        else:
            least = middle + 1
    return best, why


def reproduction(replay: Replay, why: str) -> Iterator[str]:
    """What to do with a run that broke."""
    yield f"seed {replay.seed}, world {replay.world}, within {replay.steps} steps: {why}"
    yield "To see it again, add this line to tests/simulator/seeds.py:"
    yield f"    {replay!r},  # {why.split(';')[0][:60]}"
