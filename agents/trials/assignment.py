"""How well cards are given to agents nobody knows yet: a trial of the real plan.

Thirty agents claim skills, some of them wrongly. Cards come in waves; each is given once, and
what became of it is told when the agent is done. The same arrivals, and the same luck per card,
meet five ways of choosing. All of them obey skills and capacity.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from statistics import fmean, median

from agents.coordinator.board import Board, Card, Limits, Record, Seat
from agents.coordinator.moves import Assign
from agents.coordinator.plan import plan
from workspace.standing import after, faded

STRATEGIES = ("muster", "random", "round-robin", "best skill match", "all-knowing")
SKILLS = ("code", "docs", "research", "tables", "testing", "writing")
KINDS = ("report", "table", "patch")
AGENTS, CARDS = 30, 2000
TUNED, REPORTED = range(1, 21), range(21, 41)
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
    fall, best = find_fall(seed, agents, cards)
    given = play(world, MADE[strategy](world, seed), fall)
    before = [one for one in given if one.arrival.number < fall.from_number][-200:]
    since = [one for one in given if one.arrival.number >= fall.from_number]
    of_skill = [one for one in since if fall.skill in one.arrival.skills]
    recovered = recovered_after(of_skill, best)
    until = since
    if recovered is not None:
        until = since[: since.index(of_skill[recovered - 1]) + 1]
    return Result(
        seed,
        strategy,
        share(given),
        sum(one.worker.agent_id == fall.agent_id for one in before),
        sum(one.worker.agent_id == fall.agent_id for one in until),
        recovered,
    )


@lru_cache(maxsize=2)
def find_fall(seed: int, agents: int, cards: int) -> tuple[Fall, Mapping[int, float]]:
    """Who falls and when, and per card the chance the all-knowing assigner then gets."""
    world = make_world(seed, agents, cards)
    half = cards // 2
    given = play(world, AllKnowing(world, seed))
    before = [one for one in given if one.arrival.number < half]
    agent_id = most(one.worker.agent_id for one in before)
    skill = most(
        skill for one in before if one.worker.agent_id == agent_id for skill in one.arrival.skills
    )
    fall = Fall(agent_id, half, skill)
    known = play(world, AllKnowing(world, seed), fall)
    return fall, {one.arrival.number: one.chance for one in known}


def most(names: Iterable[str]) -> str:
    return Counter(names).most_common(1)[0][0]


def recovered_after(of_skill: Sequence[Given], best: Mapping[int, float]) -> int | None:
    """How many cards of the fallen one's skill came until the moving chance was good again."""
    for end in range(WINDOW, len(of_skill) + 1):
        window = of_skill[end - WINDOW : end]
        reached = sum(one.chance for one in window)
        if reached >= RECOVERED * sum(best[one.arrival.number] for one in window):
            return end
    return None


# --- the table --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy over all seeds. `of_best`: mean share of the all-knowing one's success.

    `worst_of_best`: in the seed where that was lowest. `given_after`: cards the fallen agent got
    until recovery, on average and in the worst seed. `recovered_after`: the median of the seeds,
    None where most never recovered; `recovered_within_50`: in how many seeds.
    """

    strategy: str
    seeds: int
    success: float
    of_best: float
    worst_of_best: float
    given_before: float
    given_after: float
    most_given_after: int
    recovered_after: float | None
    recovered_within_50: int


def table(seeds: Iterable[int] = REPORTED, agents: int = AGENTS, cards: int = CARDS) -> list[Row]:
    """Every strategy on the same seeds."""
    steady: dict[str, list[Result]] = {strategy: [] for strategy in STRATEGIES}
    fallen: dict[str, list[Result]] = {strategy: [] for strategy in STRATEGIES}
    for seed in seeds:
        for strategy in STRATEGIES:
            steady[strategy].append(simulate(seed, strategy, agents, cards))
            fallen[strategy].append(simulate_fall(seed, strategy, agents, cards))
    best = [one.success for one in steady["all-knowing"]]
    return [make_row(name, steady[name], fallen[name], best) for name in STRATEGIES]


def make_row(strategy: str, steady: list[Result], fallen: list[Result], best: list[float]) -> Row:
    shares = [one.success / most for one, most in zip(steady, best, strict=True)]
    never = float("inf")
    recovered = [never if one.recovered_after is None else one.recovered_after for one in fallen]
    middle = median(recovered)
    return Row(
        strategy=strategy,
        seeds=len(steady),
        success=fmean(one.success for one in steady),
        of_best=fmean(shares),
        worst_of_best=min(shares),
        given_before=fmean(one.given_before or 0 for one in fallen),
        given_after=fmean(one.given_after or 0 for one in fallen),
        most_given_after=max(one.given_after or 0 for one in fallen),
        recovered_after=None if middle == never else middle,
        recovered_within_50=sum(one <= 50 for one in recovered),
    )


HEADER = (
    "| Strategy | Done at the first attempt | Of all-knowing | Lowest seed "
    "| Fallen agent: of the last 200 cards | until recovery, mean | worst seed "
    "| Cards of its skill until recovery, median | within 50 |"
)


def as_markdown(rows: Sequence[Row]) -> str:
    """The table as it stands in the documentation."""
    lines = [HEADER, "|---" + "|---:" * 8 + "|"]
    for row in rows:
        recovered = "never" if row.recovered_after is None else f"{row.recovered_after:.0f}"
        cells = (
            row.strategy,
            f"{row.success:.1%}",
            f"{row.of_best:.1%}",
            f"{row.worst_of_best:.1%}",
            f"{row.given_before:.1f}",
            f"{row.given_after:.1f}",
            f"{row.most_given_after}",
            recovered,
            f"{row.recovered_within_50} of {row.seeds}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
