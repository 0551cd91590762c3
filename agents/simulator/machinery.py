"""The jobs of a world: the product's own, woken by hints that may be lost, and by a sweep."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from agents import judging, sourcing
from agents.doors.sending import deliver_one
from agents.simulator.faults import Faults
from agents.tick import tick
from agents.trials.clock import VirtualClock
from workspace import outbox
from workspace.commands import ticks

Hint = tuple[str, str]  # (hearer, subject id)


class Machinery:
    """What the broker holds, and the worker that takes it. Nothing here is remembered by rows."""

    def __init__(
        self, clock: VirtualClock, dice: random.Random, faults: Faults, saw: Callable[[str], None]
    ) -> None:
        self.clock, self.dice, self.faults, self.saw = clock, dice, faults, saw
        self.waiting: list[Hint] = []
        self.lost: set[Hint] = set()  # what nobody was told of; the sweep has to find it
        self.changed: set[str] = set()  # streams that have news, as far as hints tell
        self.away_until: datetime | None = None

    def hear(self, hearer: str, subject_id: str) -> None:
        """A hint of the product, as the broker would bring it."""
        hint = (hearer, subject_id)
        if hearer == "live":
            self.changed.add(subject_id)
            return
        if self.faults.strikes("hint_lost"):
            self.lost.add(hint)
            return
        if hint not in self.waiting or self.faults.strikes("hint_twice"):
            self.waiting.append(hint)

    @property
    def is_away(self) -> bool:
        return self.away_until is not None and self.clock.true < self.away_until

    def can_work(self) -> bool:
        return bool(self.waiting) and not self.is_away

    def go_away(self, until: datetime) -> None:
        """The worker is gone, and the broker with all it held."""
        self.lost.update(self.waiting)
        self.waiting.clear()
        self.away_until = until

    def work(self) -> str:
        """Take one job; what it was, and on which subject."""
        if self.away_until is not None:
            self.away_until = None
            self.saw("worker came back")
        # Looks are costly and wait for one another's news: they come less often than the rest.
        likely = [1 if hearer == "tick" else 6 for hearer, _ in self.waiting]
        place = self.dice.choices(range(len(self.waiting)), likely)[0]
        hearer, subject_id = hint = self.waiting.pop(place)
        if hint in self.lost:
            self.lost.discard(hint)
            self.saw(f"sweep found {hearer}")
        DO[hearer](self, subject_id)
        return subject_id

    def look(self, room_id: str) -> None:
        tick(room_id)

    def send(self, _subject: str) -> None:
        """One delivery that is due; what else is due is another job."""
        due = outbox.due_ids(self.clock.now(), 20)
        if len(due) > 1:
            self.waiting.append(("owed", "due"))
        if due:
            ended = deliver_one(self.dice.choice(due))
            self.saw(f"delivery {ended}")

    def answer(self, judgement_id: str) -> None:
        judging.answer(judgement_id)

    def look_up(self, deliverable_id: str) -> None:
        sourcing.check(deliverable_id)

    def sweep(self) -> None:
        """What is due and nobody was told of. It says nothing of being alive: whether ticks are
        in time is looked at when the world has come to rest."""
        found = ticks.due_work(self.clock.now())
        for hearer, subjects in found.items():
            for subject_id in subjects:
                hint = (hearer, subject_id)
                if hint not in self.waiting:
                    self.waiting.append(hint)


DO: dict[str, Callable[[Machinery, str], None]] = {
    "tick": Machinery.look,
    "owed": Machinery.send,
    "judge": Machinery.answer,
    "sources": Machinery.look_up,
}
