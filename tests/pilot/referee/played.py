"""Scenarios played through the real commands, and the record a runner would write of them.

`Play` keeps the agents' own logs beside what the workspace does, as their programs would.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests import cast
from tests.api.conftest import Api
from tests.cast import AT
from tests.commands.coordinating import RULE, disagree
from workspace.actors import SYSTEM, By
from workspace.commands import reviews
from workspace.commands.callbacks import receive
from workspace.commands.conflicts import rule_conflict
from workspace.commands.runs import fail_run, mark_stale, offer_run
from workspace.commands.starting import assign_card
from workspace.errors import Refused
from workspace.ids import new_id
from workspace.models import Agent, Card, Conflict, Deliverable, Run
from workspace.reports import (
    Accepted,
    Activity,
    ClaimMade,
    InboundEvent,
    Inline,
    Progress,
    Question,
    Result,
    Said,
    SourceNamed,
)
from workspace.verify import verify

WIRE = {Accepted: "run.accepted", Progress: "run.progress", Activity: "run.activity",
        Question: "question.asked", Result: "run.completed"}  # fmt: skip
Record = dict[str, Any]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Play:
    """One room with its people and agents, and everybody's own logs. `at` is its clock."""

    at: datetime = AT
    logs: list[Record] = field(default_factory=list)
    acts: list[Record] = field(default_factory=list)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    bases: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner = cast.an_owner()
        self.room = cast.a_room(self.owner)
        self.reviewer = cast.a_member(self.room, "reviewer")
        self.agents: dict[str, Agent] = {}
        self.cards: dict[str, Card] = {}

    def later(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def agent(self, name: str, **facts: Any) -> Agent:
        self.agents[name] = cast.an_agent(self.room, name, **facts)
        return self.agents[name]

    def card(self, name: str, **facts: Any) -> Card:
        facts["depends_on"] = [self.cards[one] for one in facts.get("depends_on", ())]
        self.cards[name] = cast.a_card(self.room, name, **facts)
        return self.cards[name]

    def log(self, agent: str, what: str, **facts: Any) -> None:
        n = 1 + sum(line["agent"] == agent for line in self.logs)
        line = {"at": self.at.isoformat(), "agent": agent, "n": n, "what": what, **facts}
        self.logs.append(line)

    # What the coordinator does.
    def give(self, card: str, agent: str, round: int = 1, answered: int = 202) -> Run:
        """The agent is given the card, and answers its order."""
        row = Card.objects.get(id=self.cards[card].id)
        run = assign_card(
            card_id=row.id, agent_id=self.agents[agent].id, round=round, why={}, by=RULE,
            attempt=row.attempts + (round == 1), at=self.at,
        )  # fmt: skip
        run = offer_run(run_id=run.id, by=SYSTEM, at=self.at)
        inputs = [
            {"card_id": one.deliverable.card_id, "deliverable_id": one.deliverable_id,
             "sha256": one.sha256}
            for one in run.inputs.select_related("deliverable")
        ]  # fmt: skip
        self.log(
            agent, "order", run_id=run.id, card_id=row.id, webhook_id=new_id("evt"),
            attempt=run.attempt, round=run.round, repeat=False, inputs=inputs,
            checkpoint=bool(run.checkpoint), answered=answered,
        )  # fmt: skip
        return run

    def fail(self, run: Run, kind: str) -> None:
        fail_run(run_id=run.id, kind=kind, evidence={}, by=RULE, at=self.at)

    def stale(self, run: Run) -> None:
        mark_stale(run_id=run.id, by=RULE, at=self.at)

    # What agents do.
    def call(self, agent: str, run: Run, *said: Said, ids: tuple[str, ...] = ()) -> Record:
        """One batch; the same `ids` again are a repetition. What was answered, logged."""
        named = ids or tuple(new_id("msg") for _ in said)
        events = [
            InboundEvent(id=id, type=WIRE[type(one)], said=one)
            for id, one in zip(named, said, strict=True)
        ]
        try:
            counts = receive(
                run_id=run.id, credentials=cast.credentials(run), events=events, at=self.at
            )
            status, kept = 200, False
        except Refused as refused:
            counts, status = {"accepted": None}, refused.status
            kept = bool(refused.params.get("kept"))
        self.log(
            agent, "call", run_id=run.id, path="/events", event_ids=list(named), status=status,
            kinds=[event.type for event in events], kept=kept, accepted=counts["accepted"],
        )  # fmt: skip
        return self.logs[-1]

    def hand_in(
        self, agent: str, run: Run, text: str, *, claims: tuple[ClaimMade, ...] = (),
        sources: tuple[SourceNamed, ...] = (), name: str = "facts.md",
    ) -> Deliverable | None:  # fmt: skip
        part = Inline(name=name, media_type="text/markdown", content=text.encode())
        result = Result(
            summary_md="Done.", artifacts=(part,) if text else (), claims=claims, sources=sources
        )
        told = self.call(agent, run, result)
        self.log(agent, "handed_in", run_id=run.id, sha256=sha(text) if text else "",
                 status=told["status"], kept=told["kept"])  # fmt: skip
        version = run.deliverables.first()
        if version is not None:
            self.files[version.id] = {name: text}
        return version

    def make(self, card: str, agent: str, text: str, **facts: Any) -> Deliverable:
        """Given, worked on and handed in."""
        run = self.give(card, agent)
        self.later(1)
        self.call(agent, run, Accepted(), Progress(step="reading"))
        self.later(1)
        version = self.hand_in(agent, run, text, **facts)
        assert version is not None
        return version

    # What people do.
    def _act(self, did: str, on: str) -> By:
        self.acts.append({"at": self.at.isoformat(), "did": did, "on": on, "status": 200})
        return By(self.reviewer.id)

    def open(self, version: Deliverable) -> None:
        by = self._act("open", version.id)
        reviews.open_deliverable(deliverable_id=version.id, by=by, at=self.at)

    def accept(self, version: Deliverable) -> None:
        self.open(version)
        self.later(1)
        by = self._act("accept", version.id)
        reviews.accept_deliverable(
            deliverable_id=version.id, sha256=version.sha256, by=by, at=self.at
        )

    def send_back(self, version: Deliverable, reason: str = "Shorter.") -> None:
        self.open(version)
        by = self._act("request_changes", version.id)
        reviews.request_changes(deliverable_id=version.id, reason=reason, by=by, at=self.at)

    def roll_back(self, version: Deliverable) -> None:
        by = self._act("roll_back", version.id)
        reviews.roll_back(deliverable_id=version.id, reason="Wrong.", by=by, at=self.at)

    def disagree(self, *versions: Deliverable) -> Conflict:
        return disagree(self.room, *(one.claims.get() for one in versions), at=self.at)

    def rule(self, conflict: Conflict, claim_id: str) -> None:
        by = self._act("rule", conflict.id)
        rule_conflict(conflict_id=conflict.id, claim_id=claim_id, reason="So.", by=by, at=self.at)

    # What the runner writes.
    def record(self, expect: Record | None = None, **facts: Any) -> Record:
        api = Api(cast.a_token(self.owner))
        export = api.get(f"/rooms/{self.room.id}/export").body
        events: list[Record] = []
        while True:
            after = events[-1]["seq"] if events else 0
            body = api.get(f"/rooms/{self.room.id}/events?after={after}").body
            events += body["items"]
            if body["next"] is None:
                break
        record = {
            "scenario": "played", "title": "Played", "seed": 1, "column": "with",
            "judge": "rules", "rule": "", "room_id": self.room.id,
            "began_at": AT.isoformat(), "ended_at": self.at.isoformat(), "scale": 1,
            "timings": {"silent_after": 300.0, "lease": 900.0, "ack_within": 30.0},
            "cards": {name: row.id for name, row in self.cards.items()},
            "agents": {name: row.id for name, row in self.agents.items()},
            "people": {"reviewer": self.reviewer.id},
            "events": events, "export": export, "logs": self.logs, "person": self.acts,
            "files": self.files, "bases": self.bases,
            "verify": [str(one) for one in verify(self.at)],
            "spent": {"tokens": 0, "usd": 0.0}, "expect": expect or {}, "breaks": [], **facts,
        }  # fmt: skip
        return json.loads(json.dumps(record))
