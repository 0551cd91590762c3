"""Seats in the order in which they should get a card, with the load this plan itself adds.

Built once per plan. Cards that need the same skills for the same kind share one sorted list. A
seat that is given a card only ever sinks, so a list is put in order again where it is read: a
room of hundreds of agents and a thousand cards is planned in milliseconds.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agents.coordinator.board import Seat
from agents.coordinator.learning import LOAD_WEIGHT, Estimate, Learned
from agents.coordinator.moves import Json

# (minus score, order of joining, index, load it was scored at): smaller goes first.
Rank = tuple[float, int, int, int]


@dataclass(slots=True)
class Group:
    """The seats that cover one set of skills, for one kind: the free ones ranked, others listed.

    `free_count` is exact; `ranks` may still name seats that have filled up since.
    """

    skills: frozenset[str]
    kind: str
    shown: Mapping[int, Estimate]
    ranks: list[Rank] = field(default_factory=list)
    full: list[int] = field(default_factory=list)
    unusable: list[int] = field(default_factory=list)
    free_count: int = 0

    @property
    def size(self) -> int:
        return self.free_count + len(self.full) + len(self.unusable)


class Ranking:
    """Who may take what, as this plan fills up."""

    def __init__(self, seats: tuple[Seat, ...]) -> None:
        self.seats = seats
        self._learned = Learned(seats)
        self._loads = [seat.load for seat in seats]
        self._burdens = [self._burden(index) for index in range(len(seats))]
        self._index = {seat.agent_id: index for index, seat in enumerate(seats)}
        self._groups: dict[tuple[frozenset[str], str], Group] = {}
        self._member_of: list[list[Group]] = [[] for _ in seats]
        self._numbers: dict[tuple[int, int, bool, int], dict[str, Json]] = {}

    def seat_of(self, agent_id: str | None) -> Seat | None:
        index = self._index.get(agent_id or "")
        return None if index is None else self.seats[index]

    def has_room(self, seat: Seat) -> bool:
        return self._is_free(self._index[seat.agent_id])

    def take(self, seat: Seat) -> None:
        """Count one more live run for this seat."""
        index = self._index[seat.agent_id]
        was_free = self._is_free(index)
        self._loads[index] += 1
        self._burdens[index] = self._burden(index)
        if was_free and not self._is_free(index) and seat.usable:
            for group in self._member_of[index]:
                group.free_count -= 1
                group.full.append(index)

    def group(self, skills: tuple[str, ...], kind: str) -> Group:
        key = frozenset(skills), kind
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = self._build(*key)
        return found

    def ranked(self, group: Group) -> Iterator[Seat]:
        """The free seats, best first; no card may be given while it is being read."""
        at = 0
        while at < len(group.ranks):
            _, _, index, load = group.ranks[at]
            if load == self._loads[index]:
                yield self.seats[index]
                at += 1
                continue
            del group.ranks[at]
            if self._is_free(index):
                insort(group.ranks, self._rank(group, index))

    def shown(self, seat: Seat, group: Group) -> Estimate:
        """What the seat has shown for such cards."""
        index = self._index[seat.agent_id]
        found = group.shown.get(index)  # not there: somebody's choice that lacks the skills
        return found or self._learned.estimate(index, group.skills, group.kind)

    def numbers(self, seat: Seat, group: Group) -> dict[str, Json]:
        """What the seat's place rests on; the same object for the same place."""
        index, shown = self._index[seat.agent_id], self.shown(seat, group)
        is_best_at = is_primary(seat, group.skills)
        # Estimates live as long as the ranking, so that one of them is known by its id.
        key = index, self._loads[index], is_best_at, id(shown)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = self._count(index, shown, is_best_at)
        return found

    def _count(self, index: int, shown: Estimate, is_best_at: bool) -> dict[str, Json]:
        seat = self.seats[index]
        numbers: dict[str, Json] = {
            "agent_id": seat.agent_id,
            "name": seat.name,
            "primary": is_best_at,
            "success": round(shown.success, 4),
            "bonus": round(shown.bonus, 4),
            "basis": shown.basis,
            "good": round(shown.good, 1),
            "bad": round(shown.bad, 1),
            "successes": seat.successes,
            "failures": seat.failures,
            "load": self._loads[index],
            "capacity": seat.capacity,
            "score": round(self._score(index, shown), 4),
        }
        if seat.latency_s is not None:
            numbers["latency_s"] = seat.latency_s
        if seat.cost_usd is not None:
            numbers["cost_usd"] = seat.cost_usd
        if sum(seat.auditioned) > 0:
            numbers["auditioned"] = [round(count, 1) for count in seat.auditioned]
        return numbers

    def _build(self, skills: frozenset[str], kind: str) -> Group:
        covering = self._learned.covering(skills)
        group = Group(skills, kind, self._learned.estimates(covering, skills, kind))
        for index in covering:
            self._member_of[index].append(group)
            if not self.seats[index].usable:
                group.unusable.append(index)
            elif not self._is_free(index):
                group.full.append(index)
            else:
                group.ranks.append(self._rank(group, index))
        group.ranks.sort()
        group.free_count = len(group.ranks)
        return group

    def _rank(self, group: Group, index: int) -> Rank:
        score = self._score(index, group.shown[index])
        return (-score, self.seats[index].order, index, self._loads[index])

    def _score(self, index: int, shown: Estimate) -> float:
        """How well it may do, less what its load, its time and its cost take off."""
        return shown[0] + shown[1] - self._burdens[index]

    def _burden(self, index: int) -> float:
        load = self._loads[index] / max(self.seats[index].capacity, 1)
        return LOAD_WEIGHT * load + self._learned.handicap(index)

    def _is_free(self, index: int) -> bool:
        return self._loads[index] < self.seats[index].capacity


def is_primary(seat: Seat, skills: frozenset[str]) -> bool:
    return bool(seat.skills) and seat.skills[0] in skills
