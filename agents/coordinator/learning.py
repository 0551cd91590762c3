"""How likely a seat is to do a card well, by what it has shown, and how sure that is.

Three levels, each the prior of the next: all it has done, this skill, this skill for this kind.
What nobody has seen yet gets a bonus that shrinks with evidence, so that it is tried; there is
no chance in it, so that a saved board gives the same moves again. The figures were tuned in
`agents.trials.assignment` on seeds 1 to 20.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import median
from typing import NamedTuple

from agents.coordinator.board import Seat

# What an agent is expected to do before it has shown anything.
SAID_BEST_AT = 0.65
SAID_TO_HAVE = 0.5
# How many outcomes an expectation is worth against what was seen.
OVERALL_PRIOR = 2.0
SKILL_PRIOR = 4.0
KIND_PRIOR = 8.0
# How much of what it shows elsewhere is expected here too.
CARRIED_OVER = 0.25
# A slump counts half when it rests on so many outcomes.
SLUMP_PRIOR = 2.0
# How many standard deviations of doubt are counted in favour of an agent.
CURIOSITY = 0.6
# The most that load, time and money may take off; they decide among those that do equally well.
LOAD_WEIGHT = 0.04
LATENCY_WEIGHT = 0.02
COST_WEIGHT = 0.02

Counts = tuple[float, float]  # good and bad
NOTHING: Counts = (0.0, 0.0)


class Estimate(NamedTuple):
    """`success`: the mean of the posterior. `bonus`: for what is not known.

    `good` and `bad`: the outcomes of the narrowest level that has any; `basis` names the level:
    kind, skill, overall, or, where nothing was seen at work, audition or declared.
    """

    success: float
    bonus: float
    good: float
    bad: float
    basis: str

    @property
    def seen(self) -> float:
        return self.good + self.bad


class Wider(NamedTuple):
    """What is expected of a seat in a skill, whatever the kind; `unseen` for a kind not tried."""

    mean: float
    weight: float
    unseen: Estimate


class Learned:
    """What each seat has shown, looked up by skill and kind; every answer is found once."""

    def __init__(self, seats: tuple[Seat, ...]) -> None:
        self.seats = seats
        self._rows = [rows_of(seat) for seat in seats]
        self._slumps = [slump(rows) for rows in self._rows]
        self._handicaps = handicaps(seats)
        self._wider: dict[tuple[int, str], Wider] = {}
        self._unseen: dict[str, dict[int, Estimate]] = {}
        self._tables: dict[tuple[str, str], dict[int, Estimate]] = {}
        self._who_shows: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._who_has: dict[str, list[int]] = defaultdict(list)
        for index, seat in enumerate(seats):
            for cell in self._rows[index]:
                self._who_shows[cell].append(index)
            for skill in seat.skills:
                self._who_has[skill].append(index)
        self._who_has[""] = list(range(len(seats)))

    def covering(self, skills: frozenset[str]) -> list[int]:
        """The seats that say they have all of these skills, in their order on the board."""
        if not skills:
            return self._who_has[""]
        first, *others = (self._who_has.get(skill, []) for skill in sorted(skills))
        both = set(first).intersection(*others) if others else set(first)
        return [index for index in first if index in both]

    def estimate(self, index: int, skills: frozenset[str], kind: str) -> Estimate:
        """Of any seat, whether it says it has the skills or not."""
        return self.estimates([index], skills, kind)[index]

    def estimates(
        self, indices: Sequence[int], skills: frozenset[str], kind: str
    ) -> Mapping[int, Estimate]:
        """Of these seats at least: what it needs several skills for is as sure as the weakest."""
        first, *others = sorted(skills) or [""]
        found = self._table(first, kind, indices)
        for skill in others:
            table, weaker = self._table(skill, kind, indices), {}
            for index in indices:
                one, other = found[index], table[index]
                weaker[index] = other if other[0] + other[1] < one[0] + one[1] else one
            found = weaker
        return found

    def handicap(self, index: int) -> float:
        """What being slow or dear takes off."""
        return self._handicaps[index]

    def _table(self, skill: str, kind: str, indices: Sequence[int]) -> dict[int, Estimate]:
        """Everybody who has the skill, and these; few have shown something for the kind."""
        found = self._tables.get((skill, kind))
        if found is None:
            if skill not in self._unseen:
                who = self._who_has.get(skill, [])
                self._unseen[skill] = {index: self._skill(index, skill).unseen for index in who}
            found = self._tables[skill, kind] = dict(self._unseen[skill])
            for index in self._who_shows.get((skill, kind), []):
                found[index] = self._seen(index, skill, kind)
        for index in indices:
            if index not in found:
                found[index] = self._seen(index, skill, kind)
        return found

    def _seen(self, index: int, skill: str, kind: str) -> Estimate:
        wider = self._skill(index, skill)
        counts = self._rows[index].get((skill, kind), NOTHING)
        if sum(counts) <= 0:
            return wider.unseen
        mean, bonus = posterior(wider.mean, min(wider.weight, KIND_PRIOR), counts)
        return Estimate(max(mean - self._slumps[index], 0.0), bonus, *counts, "kind")

    def _skill(self, index: int, skill: str) -> Wider:
        found = self._wider.get((index, skill))
        if found is None:
            rows = self._rows[index]
            overall, counts = rows.get(("", ""), NOTHING), rows.get((skill, ""), NOTHING)
            seat = self.seats[index]
            mean, _ = posterior(expected(seat, skill, overall), SKILL_PRIOR, counts)
            weight, basis = SKILL_PRIOR + sum(counts), "skill" if skill else "overall"
            if sum(counts) <= 0:
                counts, basis = overall, "overall" if sum(overall) > 0 else basis_unseen(seat)
            _, bonus = posterior(mean, min(weight, KIND_PRIOR), NOTHING)
            unseen = Estimate(max(mean - self._slumps[index], 0.0), bonus, *counts, basis)
            found = self._wider[index, skill] = Wider(mean, weight, unseen)
        return found


def rows_of(seat: Seat) -> dict[tuple[str, str], Counts]:
    """Its records by skill and kind; without any, what it has done at all."""
    if seat.records:
        return {(row.skill, row.kind): (row.good, row.bad) for row in seat.records}
    return {("", ""): (float(seat.successes), float(seat.failures))}


def basis_unseen(seat: Seat) -> str:
    """What is known of a seat that has shown nothing at work."""
    return "audition" if sum(seat.auditioned) > 0 else "declared"


def expected(seat: Seat, skill: str, overall: Counts) -> float:
    """Before anything was seen in a skill: what it says of itself, and how it does elsewhere, its
    audition included."""
    said = SAID_BEST_AT if seat.skills and seat.skills[0] == skill else SAID_TO_HAVE
    good, bad = overall[0] + seat.auditioned[0], overall[1] + seat.auditioned[1]
    elsewhere = (good + OVERALL_PRIOR / 2) / (good + bad + OVERALL_PRIOR)
    return said + CARRIED_OVER * (elsewhere - 0.5)


def posterior(prior: float, weight: float, counts: Counts) -> tuple[float, float]:
    """The mean, and the bonus for the doubt that is left."""
    total = weight + counts[0] + counts[1]
    mean = (weight * prior + counts[0]) / total
    return mean, CURIOSITY * sqrt(mean * (1.0 - mean) / (total + 1.0))


def slump(rows: dict[tuple[str, str], Counts]) -> float:
    """How much worse an agent does of late than its skills' records say.

    The overall row forgets quickly and has seen the newest of all skills, so an agent that goes
    bad at one is found out before it was tried at the others.
    """
    overall = rows.get(("", ""), NOTHING)
    by_skill = [counts for (skill, kind), counts in rows.items() if skill and not kind]
    good, bad = sum(one[0] for one in by_skill), sum(one[1] for one in by_skill)
    seen = sum(overall)
    if seen <= 0 or good + bad <= 0:
        return 0.0
    gap = good / (good + bad) - overall[0] / seen
    return max(gap, 0.0) * seen / (seen + SLUMP_PRIOR)


def handicaps(seats: tuple[Seat, ...]) -> list[float]:
    """Per seat what its time and money take off, against the others here; unknown takes nothing."""
    slow = relative([seat.latency_s for seat in seats])
    dear = relative([seat.cost_usd for seat in seats])
    return [LATENCY_WEIGHT * a + COST_WEIGHT * b for a, b in zip(slow, dear, strict=True)]


def relative(values: list[float | None]) -> list[float]:
    """Each from -0.5 (far below the median) to 0.5 (far above it)."""
    known = [value for value in values if value is not None and value >= 0]
    middle = median(known) if known else 0.0
    if middle <= 0:
        return [0.0] * len(values)
    return [
        0.0 if value is None or value < 0 else value / (value + middle) - 0.5 for value in values
    ]
