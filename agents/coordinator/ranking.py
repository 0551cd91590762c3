"""Seats in the order in which they should get a card, with the load this plan itself adds.

Built once per plan. Cards that need the same skills share one sorted list, kept sorted as seats
fill up, so that a room of hundreds of agents and a thousand cards is planned in milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from agents.coordinator.board import Seat
from agents.coordinator.moves import Json

# (not primary, minus score, order of joining, index): smaller goes first.
Rank = tuple[bool, float, int, int]


@dataclass(slots=True)
class Group:
    """The seats that cover one set of skills: the free ones ranked, the others listed."""

    skills: frozenset[str]
    ranks: list[Rank] = field(default_factory=list)
    full: list[int] = field(default_factory=list)
    unusable: list[int] = field(default_factory=list)

    @property
    def free_count(self) -> int:
        return len(self.ranks)

    @property
    def size(self) -> int:
        return len(self.ranks) + len(self.full) + len(self.unusable)


class Ranking:
    """Who may take what, as this plan fills up."""

    def __init__(self, seats: tuple[Seat, ...]) -> None:
        self.seats = seats
        self._loads = [seat.load for seat in seats]
        self._scores = [score(seat, seat.load) for seat in seats]
        self._index = {seat.agent_id: index for index, seat in enumerate(seats)}
        self._by_skill: dict[str, set[int]] = defaultdict(set)
        self._groups: dict[frozenset[str], Group] = {}
        self._member_of: list[list[Group]] = [[] for _ in seats]
        for index, seat in enumerate(seats):
            for skill in seat.skills:
                self._by_skill[skill].add(index)

    def seat_of(self, agent_id: str | None) -> Seat | None:
        index = self._index.get(agent_id or "")
        return None if index is None else self.seats[index]

    def has_room(self, seat: Seat) -> bool:
        return self._is_free(self._index[seat.agent_id])

    def take(self, seat: Seat) -> None:
        """Count one more live run for this seat."""
        index = self._index[seat.agent_id]
        holders = self._member_of[index]
        for group in holders:
            del group.ranks[bisect_left(group.ranks, self._rank(group, index))]
        self._loads[index] += 1
        self._scores[index] = score(seat, self._loads[index])
        for group in holders:
            self._enter(group, index)

    def group(self, skills: tuple[str, ...]) -> Group:
        key = frozenset(skills)
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = self._build(key)
        return found

    def ranked(self, group: Group) -> Iterator[Seat]:
        """The free seats, best first."""
        return (self.seats[rank[3]] for rank in group.ranks)

    def numbers(self, seat: Seat, skills: frozenset[str]) -> dict[str, Json]:
        """What the seat's place rests on."""
        index = self._index[seat.agent_id]
        return {
            "agent_id": seat.agent_id,
            "name": seat.name,
            "primary": is_primary(seat, skills),
            "success": round(success(seat), 4),
            "successes": seat.successes,
            "failures": seat.failures,
            "load": self._loads[index],
            "capacity": seat.capacity,
            "score": self._scores[index],
        }

    def _build(self, skills: frozenset[str]) -> Group:
        group = Group(skills)
        for index in sorted(self._covering(skills)):
            self._member_of[index].append(group)
            self._enter(group, index)
        return group

    def _enter(self, group: Group, index: int) -> None:
        if not self.seats[index].usable:
            group.unusable.append(index)
        elif not self._is_free(index):
            group.full.append(index)
        else:
            insort(group.ranks, self._rank(group, index))

    def _covering(self, skills: frozenset[str]) -> set[int]:
        if not skills:
            return set(range(len(self.seats)))
        return set.intersection(*(self._by_skill.get(skill, set()) for skill in skills))

    def _rank(self, group: Group, index: int) -> Rank:
        seat = self.seats[index]
        return (not is_primary(seat, group.skills), -self._scores[index], seat.order, index)

    def _is_free(self, index: int) -> bool:
        return self._loads[index] < self.seats[index].capacity


def is_primary(seat: Seat, skills: frozenset[str]) -> bool:
    return bool(seat.skills) and seat.skills[0] in skills


def score(seat: Seat, load: int) -> float:
    return round(success(seat) - load / max(seat.capacity, 1), 4)


def success(seat: Seat) -> float:
    """How likely it is to succeed, by what it has shown; one success and one failure to begin."""
    return (seat.successes + 1) / (seat.successes + seat.failures + 2)
