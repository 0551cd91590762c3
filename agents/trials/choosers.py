"""Five ways to choose agents for the cards that wait; the first is the coordinator's own plan."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from agents.coordinator.board import Board, Card, Limits, Record, Seat
from agents.coordinator.moves import Assign
from agents.coordinator.plan import plan
from agents.trials.arrivals import Arrival, Fall, Given, Worker, World, chance_of
from workspace.standing import after, faded

STRATEGIES = ("muster", "random", "round-robin", "best skill match", "all-knowing")
BEGAN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
WAVE_EVERY = timedelta(minutes=10)

Chosen = list[tuple[Arrival, Worker]]


class Strategy:
    """Chooses for the cards that wait, and is told what became of them."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world

    def choose(self, waiting: Sequence[Arrival], loads: Counter[str], at: datetime) -> Chosen:
        """In order of arrival; no worker gets more than it can hold."""
        chosen: Chosen = []
        for arrival in waiting:
            free = [
                worker
                for worker in self.world.workers
                if loads[worker.agent_id] < worker.capacity
                and set(arrival.skills) <= set(worker.skills)
            ]
            if free:
                worker = self.pick(arrival, free, loads)
                loads[worker.agent_id] += 1
                chosen.append((arrival, worker))
        return chosen

    def pick(self, arrival: Arrival, free: list[Worker], loads: Counter[str]) -> Worker:
        raise NotImplementedError

    def hear(self, given: Given, outcome: str, at: datetime) -> None:
        """Only who learns listens."""

    def collapse(self, fall: Fall) -> None:
        """Only who knows all knows."""


class AtRandom(Strategy):
    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.dice = random.Random(f"random {seed}")  # noqa: S311 - the same again for a seed

    def pick(self, arrival: Arrival, free: list[Worker], loads: Counter[str]) -> Worker:
        return self.dice.choice(free)


class RoundRobin(Strategy):
    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.last = -1

    def pick(self, arrival: Arrival, free: list[Worker], loads: Counter[str]) -> Worker:
        count = len(self.world.workers)
        worker = min(free, key=lambda one: (one.order - self.last - 1) % count)
        self.last = worker.order
        return worker


class BestSkillMatch(Strategy):
    """Whoever says it is best at it, the least busy first."""

    def pick(self, arrival: Arrival, free: list[Worker], loads: Counter[str]) -> Worker:
        return min(
            free,
            key=lambda one: (
                one.skills[0] not in arrival.skills,
                loads[one.agent_id] / one.capacity,
                one.order,
            ),
        )


class AllKnowing(Strategy):
    """Knows every true chance, a collapse included, at once."""

    fallen: Fall | None = None

    def collapse(self, fall: Fall) -> None:
        self.fallen = fall

    def pick(self, arrival: Arrival, free: list[Worker], loads: Counter[str]) -> Worker:
        return max(free, key=lambda one: (chance_of(arrival, one, self.fallen), -one.order))


class Muster(Strategy):
    """The coordinator's own plan, fed with nothing but what came back."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.by_id = {worker.agent_id: worker for worker in world.workers}
        self.ledger: dict[str, dict[tuple[str, str], tuple[float, float, datetime]]] = {
            worker.agent_id: {} for worker in world.workers
        }

    def choose(self, waiting: Sequence[Arrival], loads: Counter[str], at: datetime) -> Chosen:
        arrivals = {f"card_{arrival.number}": arrival for arrival in waiting}
        board = Board(
            room_id="room_1",
            now=at,
            planned=True,
            limits=Limits(reviews_each=0),
            cards=tuple(as_card(card_id, one) for card_id, one in arrivals.items()),
            seats=tuple(self.seat(worker, loads, at) for worker in self.world.workers),
        )
        moves = [move for move in plan(board).moves if isinstance(move, Assign)]
        for move in moves:
            loads[move.agent_id] += 1
        return [(arrivals[move.card_id], self.by_id[move.agent_id]) for move in moves]

    def seat(self, worker: Worker, loads: Counter[str], at: datetime) -> Seat:
        records = tuple(
            Record(skill, kind, *faded(good, bad, at - since))
            for (skill, kind), (good, bad, since) in self.ledger[worker.agent_id].items()
        )
        return Seat(
            agent_id=worker.agent_id,
            name=worker.agent_id,
            skills=worker.skills,
            capacity=worker.capacity,
            load=loads[worker.agent_id],
            order=worker.order,
            records=records,
            latency_s=worker.waves * WAVE_EVERY.total_seconds(),
        )

    def hear(self, given: Given, outcome: str, at: datetime) -> None:
        ledger = self.ledger[given.worker.agent_id]
        for skill in (*given.arrival.skills, ""):
            for kind in (given.arrival.kind, ""):
                good, bad, since = ledger.get((skill, kind), (0.0, 0.0, at))
                good, bad = faded(good, bad, at - since)
                ledger[skill, kind] = (
                    *after(good, bad, outcome, is_overall=not skill and not kind),
                    at,
                )


def as_card(card_id: str, arrival: Arrival) -> Card:
    return Card(
        id=card_id,
        number=arrival.number,
        title=card_id,
        status="ready",
        created_at=BEGAN + timedelta(seconds=arrival.number),
        skills=arrival.skills,
        kind=arrival.kind,
    )


MADE: dict[str, Callable[[World, int], Strategy]] = dict(
    zip(STRATEGIES, (Muster, AtRandom, RoundRobin, BestSkillMatch, AllKnowing), strict=True)
)
