"""The machinery of one room in virtual time: it looks, sends and answers as workers do.

Nothing is remembered here that an installation would not find again in its rows: `crash` forgets
everything that was planned, and what was being done is left half done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any

from django.db import connection

from agents import judging
from agents.apply import apply
from agents.coordinator.plan import plan
from agents.doors.sending import deliver_one
from agents.observe import observe
from agents.trials.clock import VirtualClock
from workspace import outbox, queries
from workspace.commands import judgements, ticks
from workspace.timings import DEFAULT

SWEEP_EVERY = 120.0
SEND_AFTER = 1.0
ANSWER_AFTER = 4.0  # what a model takes


@dataclass(slots=True)
class Looks:
    """What the looks of the coordinator came to."""

    count: int = 0
    moves: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    longest_wait: timedelta = timedelta(0)  # that a look was put off for, by claims and the clock
    took_ms: dict[str, list[float]] = field(default_factory=dict)  # of this machine, by part

    def time(self, part: str, do: Callable[[], Any]) -> Any:
        began = perf_counter()
        try:
            return do()
        finally:
            self.took_ms.setdefault(part, []).append(1_000 * (perf_counter() - began))


class Killed(Exception):
    """The process was killed while it sent something that had arrived already."""


class Office:
    """One installation: hints wake it, and a sweep finds what no hint told."""

    def __init__(self, clock: VirtualClock, look_every: float) -> None:
        self.clock = clock
        self.look_every = look_every
        self.room_id = ""
        self.looks = Looks()
        self.crashes: Counter[str] = Counter()
        self.judged: dict[str, timedelta] = {}  # how long the room was under which judge
        self.doomed = ""  # what the next crash breaks off: look, answer, send or sent
        self.sweep_every = SWEEP_EVERY
        self.before_answer: Callable[[Any], None] = lambda row: None
        self._looked_at = clock.true
        self._life = 0
        self._planned: dict[tuple[str, str], datetime] = {}
        self.clock.after(SWEEP_EVERY, self._keep_sweeping)

    def _keep_sweeping(self) -> None:
        self.clock.after(self.sweep_every, self._keep_sweeping)
        self.sweep()

    # --- being woken ------------------------------------------------------------------------

    def hear(self, hearer: str, subject_id: str) -> None:
        """A hint of the product, as the broker would bring it."""
        if hearer == "tick" and subject_id == self.room_id:
            self._plan("look", "", self._next_slot(), self.look)
        elif hearer == "owed":
            self._plan("send", "", self._in(SEND_AFTER), self.send)
        elif hearer == "judge":
            answer = partial(self.answer, subject_id)
            self._plan("answer", subject_id, self._in(ANSWER_AFTER), answer)

    def sweep(self) -> None:
        """What is due and nobody was told of."""
        now = self.clock.now()
        ticks.beat(name="sweep", facts={}, at=now)
        for hearer, subjects in ticks.due_work(now).items():
            for subject_id in subjects:
                self.hear(hearer, subject_id)

    def _in(self, seconds: float) -> datetime:
        return self.clock.true + timedelta(seconds=seconds)

    def _next_slot(self) -> datetime:
        """Looks are taken together: what happens in between waits for the next one."""
        past = (self.clock.true - self.clock.start).total_seconds()
        return self.clock.start + timedelta(seconds=(past // self.look_every + 1) * self.look_every)

    def _plan(self, what: str, subject_id: str, at: datetime, deed: Callable[[], None]) -> None:
        """Once at a time; forgotten with the process that meant to do it."""
        key = (what, subject_id)
        if key in self._planned and self._planned[key] <= at:
            return
        self._planned[key] = at
        life = self._life

        def do() -> None:
            if life == self._life and self._planned.get(key) == at:
                del self._planned[key]
                deed()

        self.clock.at(at, do)

    # --- what workers do --------------------------------------------------------------------

    def look(self) -> None:
        """The turn of `agents.tick`, with the time as an argument."""
        now = self.clock.now()
        wait = ticks.claim_tick(room_id=self.room_id, every=DEFAULT.span("tick_every"), at=now)
        if wait is None:
            return  # someone holds it; the sweep comes back when that has lapsed
        if wait:
            self.looks.longest_wait = max(self.looks.longest_wait, wait)
            self._plan("look", "", self.clock.true + wait, self.look)
            return
        seen = queries.head_seq(self.room_id)
        board = self.looks.time("observe", lambda: observe(self.room_id, now))
        if board is None:
            return
        passed, self._looked_at = self.clock.true - self._looked_at, self.clock.true
        self.judged[board.judge] = self.judged.get(board.judge, timedelta(0)) + passed
        planned = self.looks.time("plan", lambda: plan(board))
        if self.dies("look"):
            apply(planned.moves[: len(planned.moves) // 2], board, now)
            return
        refused = self.looks.time("apply", lambda: apply(planned.moves, board, now))
        ticks.finish_tick(room_id=self.room_id, seen_seq=seen, next_at=planned.next_at)
        self.looks.count += 1
        self.looks.moves.update(move.kind for move in planned.moves)
        self.looks.refused.update(f"{move.kind}: {why.code}" for move, why in refused)
        if planned.next_at is not None:
            due = max(self.clock.when(planned.next_at), self._next_slot())
            self._plan("timer", "", due, self.look)

    def send(self) -> None:
        now = self.clock.now()
        for delivery_id in outbox.due_ids(now, 200):
            if self.dies("send"):
                outbox.claim(delivery_id, at=now)
                return
            try:
                self.looks.time("send", partial(deliver_one, delivery_id))
            except Killed:
                return

    def answer(self, judgement_id: str) -> None:
        row = queries.judgement(judgement_id)
        if row is None:
            return
        if self.dies("answer"):
            judgements.claim_judgement(judgement_id=judgement_id, at=self.clock.now())
            return
        self.before_answer(row)
        self.looks.time("answer", partial(judging.answer, judgement_id))

    # --- being restarted ----------------------------------------------------------------------

    def crash(self, during: str) -> None:
        """The process is killed the next time it does this, in the middle of it."""
        self.doomed = during

    def dies(self, doing: str) -> bool:
        """The start of what breaks off. All hints and plans are gone; the rows are all there is."""
        if self.doomed != doing:
            return False
        self.doomed = ""
        self.crashes[doing] += 1
        self._life += 1
        self._planned.clear()
        if not connection.in_atomic_block:
            connection.close()
        return True
