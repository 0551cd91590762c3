"""How well cards are given to agents nobody knows yet: a trial of the real plan.

Thirty agents claim skills, some of them wrongly. Cards come in waves; each is given once, and
what became of it is told when the agent is done. The same arrivals, and the same luck per card,
meet five ways of choosing. All of them obey skills and capacity.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import fmean

from agents.coordinator.board import Board, Card, Limits, Record, Seat
from agents.coordinator.moves import Assign
from agents.coordinator.plan import plan
from workspace.standing import after, faded

STRATEGIES = ("muster", "random", "round-robin", "best skill match", "all-knowing")
SKILLS = ("code", "docs", "research", "tables", "testing", "writing")
KINDS = ("report", "table", "patch")
AGENTS, CARDS = 30, 2000
BEGAN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
WAVE_EVERY = timedelta(minutes=10)
SMALLEST_WAVE, LARGEST_WAVE = 5, 25
OVERCLAIMS = 0.35  # of the skills an agent claims, so many it does not really have
TWO_SKILLS = 0.2  # so many cards need two
TROUBLE = 0.03  # so many runs end by their provider's fault, whoever has them
COLLAPSED = 0.05
WINDOW = 20  # cards over which a moving rate is taken
RECOVERED = 0.9  # of what the all-knowing one gets


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


@dataclass(frozen=True, slots=True)
class Result:
    """What one strategy made of one seed. Where nobody collapses the last three are None.

    `given_before`: cards the fallen one had of the last 200. `given_after`: cards it was given
    after its fall until the strategy had recovered. `recovered_after`: cards of its best skill
    that had come by then; None too if it never did.
    """

    seed: int
    strategy: str
    success: float
    given_before: int | None = None
    given_after: int | None = None
    recovered_after: int | None = None


# --- the world --------------------------------------------------------------------------


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


# --- five ways to choose ----------------------------------------------------------------

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
                ledger[skill, kind] = (*after(good, bad, outcome), at)


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


# --- one run ----------------------------------------------------------------------------


@dataclass(slots=True)
class Underway:
    """Work that agents have in hand, by the wave in which it will be done."""

    loads: Counter[str] = field(default_factory=Counter)
    done_in: dict[int, list[tuple[Given, str]]] = field(default_factory=dict)


def chance_of(arrival: Arrival, worker: Worker, fall: Fall | None) -> float:
    if fall is not None and worker.agent_id == fall.agent_id:
        return COLLAPSED
    return worker.chance(arrival.skills, arrival.kind)


def play(world: World, strategy: Strategy, fall: Fall | None = None) -> list[Given]:
    """Every card given once, in the order in which they were given."""
    underway, waiting, everything = Underway(), deque[Arrival](), list[Given]()
    waves = deque(world.waves)
    wave, fallen = 0, None
    while waves or waiting:
        at = BEGAN + wave * WAVE_EVERY
        for given, outcome in underway.done_in.pop(wave, ()):
            underway.loads[given.worker.agent_id] -= 1
            strategy.hear(given, outcome, at)
        waiting.extend(waves.popleft() if waves else ())
        if fall is not None and fallen is None and waiting[-1].number >= fall.from_number:
            fallen = fall
            strategy.collapse(fall)
        chosen = strategy.choose(tuple(waiting), underway.loads, at)
        for arrival, worker in chosen:
            waiting.remove(arrival)
            given = give(arrival, worker, fallen)
            outcome = outcome_of(given)
            underway.done_in.setdefault(wave + worker.waves, []).append((given, outcome))
            everything.append(given)
        wave += 1
    return everything


def give(arrival: Arrival, worker: Worker, fallen: Fall | None) -> Given:
    chance = chance_of(arrival, worker, fallen)
    return Given(arrival, worker, chance, arrival.luck < chance and not arrival.trouble)


def outcome_of(given: Given) -> str:
    if given.arrival.trouble:
        return "rate_limited"
    return "accepted" if given.succeeded else given.arrival.end


def simulate(
    seed: int, strategy: str = "muster", agents: int = AGENTS, cards: int = CARDS
) -> Result:
    """The share of cards that were done at the first attempt; nobody changes on the way."""
    world = make_world(seed, agents, cards)
    given = play(world, MADE[strategy](world, seed))
    return Result(seed, strategy, share(given))


def share(given: Sequence[Given]) -> float:
    return fmean(one.succeeded for one in given)


def simulate_fall(
    seed: int, strategy: str = "muster", agents: int = AGENTS, cards: int = CARDS
) -> Result:
    """Halfway the best agent begins to fail at nearly everything.

    The best is the one an all-knowing assigner gave most cards to before. Recovered means: over
    the last 20 cards of the skill it was best at, the mean chance of success of the workers
    chosen is again at least 90 % of what the all-knowing one chose for the same cards. Chances
    are the true ones, so that luck neither helps nor hides.
    """
    world = make_world(seed, agents, cards)
    fall = find_fall(world, seed, cards // 2)
    known = play(world, AllKnowing(world, seed), fall)
    given = play(world, MADE[strategy](world, seed), fall)
    since = [one for one in given if one.arrival.number >= fall.from_number]
    before = [one for one in given if one.arrival.number < fall.from_number][-200:]
    recovered = recovered_after(since, known, fall)
    of_skill = [one for one in since if fall.skill in one.arrival.skills]
    last = of_skill[recovered - 1] if recovered is not None else since[-1]
    until = since[: since.index(last) + 1]
    return Result(
        seed,
        strategy,
        share(given),
        sum(one.worker.agent_id == fall.agent_id for one in before),
        sum(one.worker.agent_id == fall.agent_id for one in until),
        recovered,
    )


def find_fall(world: World, seed: int, from_number: int) -> Fall:
    before = [
        one for one in play(world, AllKnowing(world, seed)) if one.arrival.number < from_number
    ]
    agent_id, _ = Counter(one.worker.agent_id for one in before).most_common(1)[0]
    skills = Counter(
        skill for one in before if one.worker.agent_id == agent_id for skill in one.arrival.skills
    )
    return Fall(agent_id, from_number, skills.most_common(1)[0][0])


def recovered_after(since: Sequence[Given], known: Sequence[Given], fall: Fall) -> int | None:
    """How many cards of the fallen one's skill came until the moving chance was good again."""
    best = {one.arrival.number: one.chance for one in known}
    of_skill = [one for one in since if fall.skill in one.arrival.skills]
    for end in range(WINDOW, len(of_skill) + 1):
        window = of_skill[end - WINDOW : end]
        if sum(one.chance for one in window) >= RECOVERED * sum(
            best[one.arrival.number] for one in window
        ):
            return end
    return None
