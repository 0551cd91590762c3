"""Agents nobody knows yet, and the cards that come for them: one world for each seed.

An agent claims skills; some of the claims are wrong. What it can really do is in `truth`, which
nobody may look at but who knows all.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

AGENTS, CARDS = 30, 2000
SKILLS = ("code", "docs", "research", "tables", "testing", "writing")
KINDS = ("report", "table", "patch")
SMALLEST_WAVE, LARGEST_WAVE = 5, 25
OVERCLAIMS = 0.35  # of the skills an agent claims, so many it does not really have
TWO_SKILLS = 0.2  # so many cards need two
TROUBLE = 0.03  # so many runs end by their provider's fault, whoever has them
COLLAPSED = 0.05


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent as it is; `truth` is how often it succeeds, by skill and kind."""

    agent_id: str
    order: int
    skills: tuple[str, ...]
    capacity: int
    waves: int  # how many waves one of its runs takes
    truth: dict[tuple[str, str], float]

    def chance(self, skills: tuple[str, ...], kind: str) -> float:
        """A card is done as well as its weakest skill."""
        return min(self.truth[skill, kind] for skill in skills)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A card as it comes: `luck` says which chances are enough, `end` how a failure ends."""

    number: int
    skills: tuple[str, ...]
    kind: str
    luck: float
    trouble: bool
    end: str


@dataclass(frozen=True, slots=True)
class World:
    workers: tuple[Worker, ...]
    waves: tuple[tuple[Arrival, ...], ...]


@dataclass(frozen=True, slots=True)
class Given:
    """One card given: to whom, and the chance it then had."""

    arrival: Arrival
    worker: Worker
    chance: float
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Fall:
    """The best agent collapsing: from which card on, who, and at which skill it was best."""

    agent_id: str
    from_number: int
    skill: str


@lru_cache(maxsize=2)
def make_world(seed: int, agents: int = AGENTS, cards: int = CARDS) -> World:
    """Workers and arrivals drawn from the seed alone."""
    dice = random.Random(seed)  # noqa: S311 - a trial has to come out the same again
    workers = tuple(make_worker(order, dice) for order in range(agents))
    claimed = sorted({skill for worker in workers for skill in worker.skills})
    waves: list[tuple[Arrival, ...]] = []
    number = 0
    while number < cards:
        size = min(dice.randint(SMALLEST_WAVE, LARGEST_WAVE), cards - number)
        waves.append(
            tuple(make_arrival(number + at, workers, claimed, dice) for at in range(1, size + 1))
        )
        number += size
    return World(workers, tuple(waves))


def make_worker(order: int, dice: random.Random) -> Worker:
    skills = tuple(dice.sample(SKILLS, dice.randint(2, 3)))
    quality = dice.uniform(0.45, 0.9)
    by_kind = {kind: dice.uniform(-0.12, 0.12) for kind in KINDS}
    truth = {}
    for place, skill in enumerate(skills):
        if dice.random() < OVERCLAIMS:
            level = dice.uniform(0.05, 0.35)
        else:
            level = quality + dice.uniform(-0.1, 0.1) + (0.1 if place == 0 else 0.0)
        for kind in KINDS:
            truth[skill, kind] = min(max(level + by_kind[kind], 0.02), 0.98)
    return Worker(f"agt_{order}", order, skills, dice.randint(1, 3), dice.randint(1, 3), truth)


def make_arrival(
    number: int, workers: Sequence[Worker], claimed: list[str], dice: random.Random
) -> Arrival:
    """A card somebody claims to be able to do."""
    skills: tuple[str, ...] = (dice.choice(claimed),)
    if dice.random() < TWO_SKILLS:
        able = [worker for worker in workers if skills[0] in worker.skills]
        skills = tuple(sorted(dice.sample(dice.choice(able).skills, 2)))
    return Arrival(
        number=number,
        skills=skills,
        kind=dice.choice(KINDS),
        luck=dice.random(),
        trouble=dice.random() < TROUBLE,
        end=dice.choice(("rejected", "changes_requested", "error", "stalled")),
    )


def chance_of(arrival: Arrival, worker: Worker, fall: Fall | None) -> float:
    if fall is not None and worker.agent_id == fall.agent_id:
        return COLLAPSED
    return worker.chance(arrival.skills, arrival.kind)
