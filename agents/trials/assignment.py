"""How well cards are given to agents nobody knows yet: a trial of the real plan.

Thirty agents claim skills, some of them wrongly. Cards come in waves; each is given once, and
what became of it is told when the agent is done. The same arrivals, and the same luck per card,
meet five ways of choosing. All of them obey skills and capacity.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import fmean, median

from agents.trials.arrivals import (
    AGENTS,
    CARDS,
    Arrival,
    Fall,
    Given,
    Worker,
    World,
    chance_of,
    make_world,
)
from agents.trials.choosers import BEGAN, MADE, STRATEGIES, WAVE_EVERY, AllKnowing, Strategy

TUNED, REPORTED = range(1, 21), range(21, 41)
WINDOW = 20  # cards over which a moving rate is taken
RECOVERED = 0.9  # of what the all-knowing one gets


@dataclass(frozen=True, slots=True)
class Result:
    """What one strategy made of one seed. Where nobody collapses the last three are None.

    `given_before`: cards the fallen one had of the last 200. `given_after`: cards it was given
    after its fall until the strategy had recovered. `recovered_after`: cards of its best skill
    that had come by then; None too if it never did. `moving`: for each card of that skill from
    the 20th on, what the last 20 were given to promised, and what was best.
    """

    seed: int
    strategy: str
    success: float
    given_before: int | None = None
    given_after: int | None = None
    recovered_after: int | None = None
    moving: tuple[tuple[float, float], ...] = ()


@dataclass(slots=True)
class Underway:
    """Work that agents have in hand, by the wave in which it will be done."""

    loads: Counter[str] = field(default_factory=Counter)
    done_in: dict[int, list[tuple[Given, str]]] = field(default_factory=dict)


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
    moving = moving_sums(of_skill, best)
    recovered = recovered_after(moving)
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
        moving,
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


def moving_sums(
    of_skill: Sequence[Given], best: Mapping[int, float]
) -> tuple[tuple[float, float], ...]:
    windows = (of_skill[end - WINDOW : end] for end in range(WINDOW, len(of_skill) + 1))
    return tuple(
        (sum(one.chance for one in window), sum(best[one.arrival.number] for one in window))
        for window in windows
    )


def recovered_after(moving: Iterable[tuple[float, float]]) -> int | None:
    """How many cards of the fallen one's skill came until the moving chance was good again."""
    for count, (reached, best) in enumerate(moving, start=WINDOW):
        if reached >= RECOVERED * best:
            return count
    return None


# --- the table --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy over all seeds. `of_best`: mean share of the all-knowing one's success.

    `worst_of_best`: in the seed where that was lowest. `given_after`: cards the fallen agent got
    until recovery, on average and in the worst seed. `recovered_after`: cards of its skill until
    the moving rate of all seeds together was back, None for never; `median_recovered_after` and
    `recovered_within_50` look at each seed by itself, where twenty cards are a rough measure.
    """

    strategy: str
    seeds: int
    success: float
    of_best: float
    worst_of_best: float
    given_before: float
    given_after: float
    most_given_after: int
    recovered_after: int | None
    median_recovered_after: float | None
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
        recovered_after=recovered_after(together(fallen)),
        median_recovered_after=None if middle == never else middle,
        recovered_within_50=sum(one <= 50 for one in recovered),
    )


def together(results: Sequence[Result]) -> Iterator[tuple[float, float]]:
    """The moving sums of all seeds, as far as all of them have cards."""
    for sums in zip(*(one.moving for one in results), strict=False):
        yield sum(reached for reached, _ in sums), sum(best for _, best in sums)


HEADER = (
    "| Strategy | Done at the first attempt | Of all-knowing | Lowest seed "
    "| Fallen agent: of the last 200 cards | until recovery, mean | worst seed "
    "| Cards of its skill until recovery, all seeds together | median seed | within 50 |"
)


def as_markdown(rows: Sequence[Row]) -> str:
    """The table as it stands in the documentation."""
    lines = [HEADER, "|---" + "|---:" * 9 + "|"]
    for row in rows:
        cells = (
            row.strategy,
            f"{row.success:.1%}",
            f"{row.of_best:.1%}",
            f"{row.worst_of_best:.1%}",
            f"{row.given_before:.1f}",
            f"{row.given_after:.1f}",
            f"{row.most_given_after}",
            counted(row.recovered_after),
            counted(row.median_recovered_after),
            f"{row.recovered_within_50} of {row.seeds}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def counted(cards: float | None) -> str:
    return "never" if cards is None else f"{cards:.0f}"
