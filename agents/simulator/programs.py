"""Agents of a world: they take orders as the webhook door sends them, and say anything at all.

A program remembers what it was told. What its callbacks break off it sends again under the same
ids, as AGENT_CONTRACT asks of agents; what it is not allowed to do it tries as well.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agents.egress import Answer, EgressRefused
from agents.simulator.crashes import Crash
from agents.simulator.faults import Faults
from agents.simulator.ledger import Ledger
from agents.trials.clock import VirtualClock
from agents.trials.programs import order_in
from workspace import queries
from workspace.commands import callbacks
from workspace.errors import Refused
from workspace.keys import lease_token
from workspace.reports import (
    Accepted,
    Beat,
    CheckpointKept,
    ClaimMade,
    Credentials,
    Declined,
    Failure,
    InboundEvent,
    Inline,
    PermissionWanted,
    Progress,
    Question,
    Result,
    Said,
    SourceNamed,
    Stopped,
)
from workspace.transitions import LIVE_RUN

SUBJECTS = ("timeout of service 1", "memory of service 1")
NAP = timedelta(seconds=1_300)  # longer than a lease
SAYS: dict[str, int] = {
    "accept": 6, "progress": 16, "beat": 6, "question": 3, "permission": 2, "checkpoint": 4,
    "upload": 3, "result": 16, "fail": 3, "decline": 1, "stop": 1,
}  # fmt: skip
OVER = ("lease_lost", "run_terminal", "agent_revoked", "wrong_token")


class Broken(BaseException):
    """A promise was broken, as somebody in the world saw it. No product code may catch this."""


@dataclass(slots=True)
class Batch:
    """Events as they were put together; sent again they are the same."""

    events: list[InboundEvent]

    @property
    def steps(self) -> set[str]:
        return {one.id for one in self.events if isinstance(one.said, Progress)}

    @property
    def result(self) -> Result | None:
        return next((one.said for one in self.events if isinstance(one.said, Result)), None)


@dataclass(slots=True)
class Work:
    """One order in hand."""

    run_id: str
    room_id: str
    shown: Credentials
    rests_until: datetime | None = None
    numbered: int = 0
    held: Batch | None = None  # to be sent after the next one
    unsure: Batch | None = None  # broke off before its answer
    last: Batch | None = None
    uploads: int = 0


@dataclass(slots=True)
class Program:
    """One agent of the world."""

    name: str
    url: str
    clock: VirtualClock
    dice: random.Random
    faults: Faults
    ledger: Ledger
    saw: Callable[[str], None]  # something worth counting has happened
    agent_id: str = ""
    is_gone: bool = False
    works: list[Work] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    # --- as an endpoint ---------------------------------------------------------------------

    def answer(self, outbound: Any) -> Answer:
        """What the sender gets for this event. Raises EgressRefused."""
        kind, data = order_in(outbound.body)
        fault = self.faults.one_of(
            "endpoint_429", "endpoint_500", "endpoint_410", "endpoint_deadline", "endpoint_garbage"
        )
        if fault == "endpoint_429":
            return Answer(429, {"retry-after": "30"}, b"", 1)
        if fault == "endpoint_500":
            return Answer(500, {}, b"oh", 1)
        if fault == "endpoint_410":
            return Answer(410, {}, b"", 1)
        if kind == "card.assigned":
            self.take(data)
        if fault == "endpoint_deadline":
            raise EgressRefused("deadline")  # it arrived, and nobody knows
        if fault == "endpoint_garbage":
            body = self.dice.choice((b"<html>", b'{"status": "completed"}', b'{"status": 7}'))
            return Answer(200, {}, body, 1)
        return Answer(self.dice.choice((200, 200, 202)), {}, b"", 1)

    def take(self, order: dict[str, Any]) -> None:
        run = order["run"]
        if run["id"] in self.known:
            self.saw("order came twice")
            return
        self.known.add(run["id"])
        shown = Credentials(order["callback"]["token"], run["lease_token"])
        found = queries.run_with_card(run["id"])
        work = Work(run["id"], found.room_id, shown)
        if self.faults.strikes("silent"):
            return
        if self.faults.strikes("late"):
            work.rests_until = self.clock.true + NAP
        self.works.append(work)

    # --- as a caller ------------------------------------------------------------------------

    def awake(self) -> list[Work]:
        now = self.clock.true
        return [one for one in self.works if one.rests_until is None or one.rests_until <= now]

    def act(self, work: Work) -> None:
        """One call about this work."""
        if work.unsure is not None:
            again, work.unsure = work.unsure, None
            self.saw("sent again after a crash")
            self.send(work, again)
        elif work.held is not None and self.dice.random() < 0.5:
            held, work.held = work.held, None
            self.faults.fired["out_of_order"] += 1
            self.send(work, held)
        elif work.last is not None and self.faults.strikes("sent_twice"):
            self.send(work, work.last)
        elif self.faults.drawn("old_token"):
            self.show_an_old_token(work)
        else:
            self.speak(work, self.dice.choices(list(SAYS), list(SAYS.values()))[0])

    def speak(self, work: Work, what: str) -> None:
        if what == "beat":
            self.call(work, lambda: self._beat(work, work.shown))
        elif what == "checkpoint":
            said = CheckpointKept(note_md=f"Half of {work.run_id} is done.")
            self.call(work, lambda: self._keep(work, said))
        elif what == "upload":
            self.call(work, lambda: self._upload(work))
        else:
            batch = self.batch(work, self.words(work, what))
            if work.held is None and self.faults.drawn("out_of_order"):
                work.held = batch
            else:
                self.send(work, batch)

    def words(self, work: Work, what: str) -> list[Said]:
        if what == "accept":
            return [Accepted()]
        if what == "progress":
            n = self.dice.randint(1, 3)
            return [Progress(step=f"Look {work.numbered}.{one}") for one in range(n)]
        if what == "question":
            return [Question(ref="", message_md="Which?", blocking=self.dice.random() < 0.6)]
        if what == "permission":
            action = {"argv": ["ls", str(work.numbered)]}
            return [PermissionWanted(ref="", title="List", kind="command", action=action)]
        if what == "fail":
            code = self.dice.choice(("error", "rate_limited", "checks_failed"))
            return [Failure(code, "It went wrong.")]
        if what == "decline":
            return [Declined("Not mine.")]
        if what == "stop":
            return [Stopped()]
        if self.faults.strikes("nothing_in_hand"):
            return [Result(summary_md="All done!")]
        return [Progress(step=f"Last {work.numbered}"), self.result(work)]

    def result(self, work: Work) -> Result:
        name = f"{work.run_id}-{work.numbered}.md"
        claims: tuple[ClaimMade, ...] = ()
        sources: tuple[SourceNamed, ...] = ()
        if self.dice.random() < 0.5:
            subject, value = self.dice.choice(SUBJECTS), self.dice.choice((10, 10, 10, 30))
            claims = (ClaimMade("c1", subject, value, "s", f"{subject} is {value} s."),)
            sources = (SourceNamed({"url": f"https://docs.example/{value}"}, ("c1",)),)
        part = Inline(name, "text/markdown", f"# {name}\nBy {self.name}.\n".encode())
        return Result(summary_md=f"Here is {name}.", artifacts=(part,), claims=claims,
                      sources=sources)  # fmt: skip

    def batch(self, work: Work, said: Sequence[Said]) -> Batch:
        events = []
        for one in said:
            work.numbered += 1
            name = f"{work.run_id}-{work.numbered}"
            events.append(InboundEvent(name, type(one).__name__, one, seq=work.numbered))
        self.dice.shuffle(events)
        return Batch(events)

    # --- one call and its answer -------------------------------------------------------------

    def send(self, work: Work, batch: Batch) -> None:
        work.last = batch
        was_live = self.is_live(work)
        try:
            counts = callbacks.receive(
                run_id=work.run_id, credentials=work.shown, events=list(batch.events),
                at=self.clock.now(),
            )  # fmt: skip
        except Refused as why:
            self.refused(work, why)
            if why.params.get("kept") and batch.result is not None:
                self.ledger.lates.add((work.run_id, batch.result.summary_md))
                self.saw("late result kept")
            return
        except Crash:
            work.unsure = batch
            self.ledger.unsure_steps.setdefault(work.run_id, set()).update(batch.steps)
            raise
        if counts["accepted"] and not was_live:
            raise Broken(f"I7 {work.run_id} is over, and its call was taken")
        self.saw("duplicate answered" if counts["duplicates"] else "call taken")
        self.note(work, batch, counts)

    def note(self, work: Work, batch: Batch, counts: dict[str, Any]) -> None:
        """What was acknowledged, now or when it was sent before, has to be there."""
        is_whole = counts["accepted"] + counts["duplicates"] == len(batch.events)
        known = self.ledger.steps if is_whole else self.ledger.unsure_steps
        known.setdefault(work.run_id, set()).update(batch.steps)
        result = batch.result
        if result is not None and result.artifacts and is_whole:
            part = result.artifacts[0]
            assert isinstance(part, Inline)
            if self.ledger.results.setdefault(work.run_id, part.name) != part.name:
                raise Broken(f"I4 two results of {work.run_id} were taken")

    def call(self, work: Work, deed: Callable[[], None]) -> None:
        """A call that carries no events."""
        was_live = self.is_live(work)
        try:
            deed()
        except Refused as why:
            self.refused(work, why)
            return
        if not was_live:
            raise Broken(f"I7 {work.run_id} is over, and its call was taken")

    def refused(self, work: Work, why: Refused) -> None:
        self.saw(f"refused {why.code}")
        if why.code in OVER and work in self.works and self.dice.random() < 0.6:
            self.works.remove(work)

    def is_live(self, work: Work) -> bool:
        run = queries.run_with_card(work.run_id)
        is_known = run.agent is not None and run.agent.status != "revoked"
        return run.state in LIVE_RUN and is_known

    def show_an_old_token(self, work: Work) -> None:
        """The lease of the attempt before, or of a run that never was."""
        run = queries.run_with_card(work.run_id)
        old = Credentials(work.shown.run_token, lease_token(run.id, run.fence - 1))
        self.faults.fired["old_token"] += 1
        try:
            self._beat(work, old)
        except Refused:
            self.saw("old token refused")
        else:
            raise Broken(f"I7 an old token of {work.run_id} was taken")

    def _beat(self, work: Work, shown: Credentials) -> None:
        callbacks.beat(
            run_id=work.run_id, credentials=shown, said=Beat(percent=40.0), after=0,
            at=self.clock.now(),
        )  # fmt: skip

    def _keep(self, work: Work, said: CheckpointKept) -> None:
        callbacks.keep_checkpoint(
            run_id=work.run_id, credentials=work.shown, said=said, at=self.clock.now()
        )

    def _upload(self, work: Work) -> None:
        work.uploads += 1
        _, is_late = callbacks.add_artifact(
            run_id=work.run_id, credentials=work.shown, name=f"notes-{work.uploads}.md",
            media_type="text/markdown", role="source", content=json.dumps(work.uploads).encode(),
            sha256="", at=self.clock.now(),
        )  # fmt: skip
        if is_late:
            raise Refused("lease_lost")  # kept, and without effect on the run
