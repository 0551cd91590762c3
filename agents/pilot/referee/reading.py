"""A record as the runner writes it, read once into what the checks ask for.

The runner takes the export first and the events after it: what is missing from the events then is
missing from the record. Cards and agents are named as in the scenario's file; a log line may
name its agent either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from agents.pilot.referee.outcome import Missing

Facts = Mapping[str, Any]
COLUMNS = ("with", "without", "round_robin", "none")
WANTED = ("scenario", "column", "events", "export", "cards", "agents")
ENDED = ("submitted", "failed", "declined", "cancelled", "superseded")
STEPS = ("run.progress", "run.activity")
ENDINGS = ("run.completed", "run.failed", "run.rejected", "run.cancelled")


class WrongRecord(ValueError):
    """Not a record of a scenario's run."""


@dataclass(frozen=True, slots=True)
class Event:
    seq: int
    type: str
    at: datetime
    actor: str
    cause: Facts
    data: Facts
    hash: str
    prev_hash: str
    on_behalf_of: str = ""

    @property
    def run_id(self) -> str:
        return str(self.data.get("run_id") or "")

    @property
    def card_id(self) -> str:
        return str(self.data.get("card_id") or "")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an agent's own log."""

    at: datetime
    agent: str
    what: str
    facts: Facts

    @property
    def run_id(self) -> str:
        return str(self.facts.get("run_id") or "")

    @property
    def card_id(self) -> str:
        return str(self.facts.get("card_id") or "")

    @property
    def got_through(self) -> bool:
        """Whether the workspace answered it with success."""
        return is_success(self.facts.get("status"))

    @property
    def is_open(self) -> bool:
        """Whether nobody knows what became of it: no answer came, or none that says."""
        status = self.facts.get("status")
        return not isinstance(status, int) or status >= 500


@dataclass(frozen=True, slots=True)
class Act:
    """What the scripted person did, and how it was answered."""

    at: datetime
    did: str
    on: str
    status: int | None

    @property
    def got_through(self) -> bool:
        return is_success(self.status)


def is_success(status: Any) -> bool:
    return isinstance(status, int) and 200 <= status < 300


def moment(said: Any) -> datetime:
    """RFC 3339, or seconds since 1970."""
    if isinstance(said, int | float):
        return datetime.fromtimestamp(said, UTC)
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError:
        raise WrongRecord(f"no moment: {said!r}") from None
    if found.tzinfo is None:
        raise WrongRecord(f"a moment without a zone: {said!r}")
    return found


class Case:
    """One record with the ways into it that checks need. Never changed once it is read."""

    def __init__(self, record: Facts) -> None:
        for name in WANTED:
            if name not in record:
                raise WrongRecord(f"a record needs {name!r}")
        if record["column"] not in COLUMNS:
            raise WrongRecord(f"unknown column {record['column']!r}")
        self.record = record
        self.events = tuple(_event(one) for one in record["events"])
        agents: Facts = record["agents"]
        lines = (_line(one, agents) for one in record.get("logs") or ())
        # By time, so that the order in which logs were collected says nothing.
        self.lines = tuple(sorted(lines, key=lambda line: line.at))
        self.acts = tuple(sorted(map(_act, record.get("person") or ()), key=lambda act: act.at))

    # What the scenario calls things.
    def card(self, name: str) -> str:
        return self._named("card", self.record["cards"], name)

    def agent(self, name: str) -> str:
        return self._named("agent", self.record["agents"], name)

    def _named(self, kind: str, names: Facts, name: str) -> str:
        if not names.get(name):
            raise Missing(kind, name)
        return str(names[name])

    def limit(self, name: str) -> float:
        found = (self.record.get("timings") or {}).get(name)
        if not isinstance(found, int | float) or found <= 0:
            raise Missing("timing", name)
        return float(found)

    @cached_property
    def scale(self) -> float:
        return float(self.record.get("scale") or 1)

    @cached_property
    def people(self) -> frozenset[str]:
        return frozenset(map(str, (self.record.get("people") or {}).values()))

    @cached_property
    def observed(self) -> frozenset[str]:
        """The agents whose own logs are part of the record."""
        return frozenset(map(str, self.record["agents"].values()))

    # What the export says.
    @cached_property
    def cards(self) -> dict[str, Facts]:
        return {one["id"]: one for one in self.record["export"].get("cards", ())}

    @cached_property
    def runs(self) -> dict[str, Facts]:
        return {one["id"]: one for one in self.record["export"].get("runs", ())}

    @cached_property
    def versions(self) -> dict[str, Facts]:
        return {one["id"]: one for one in self.record["export"].get("deliverables", ())}

    def versions_of(self, card_id: str) -> list[Facts]:
        found = [one for one in self.versions.values() if one["card_id"] == card_id]
        return sorted(found, key=lambda one: int(one["version"]))

    def accepted(self, card_id: str) -> Facts | None:
        """The version of a card that people accepted and that still stands."""
        found = [one for one in self.versions_of(card_id) if one["state"] == "accepted"]
        return found[-1] if found else None

    def builds_on(self, card_id: str) -> list[str]:
        return list(self.cards.get(card_id, {}).get("depends_on") or ())

    def all_below(self, card_id: str) -> set[str]:
        """Every card it builds on, also by way of others."""
        found: set[str] = set()
        todo = [card_id]
        while todo:
            for needed in self.builds_on(todo.pop()):
                if needed not in found:
                    found.add(needed)
                    todo.append(needed)
        return found

    # What the events say.
    def of_type(self, *types: str) -> list[Event]:
        return [event for event in self.events if event.type in types]

    @cached_property
    def worker_of(self) -> dict[str, str]:
        return {one.run_id: str(one.data.get("worker") or "") for one in self.of_type("run.queued")}

    @cached_property
    def card_of(self) -> dict[str, str]:
        return {one.run_id: one.card_id for one in self.of_type("run.queued")}

    def runs_of(self, card_id: str) -> list[str]:
        return [one.run_id for one in self.of_type("run.queued") if one.card_id == card_id]

    # What the agents' own logs say.
    def said(self, what: str, **facts: Any) -> list[Line]:
        return list(self._said(lambda line: line.what == what, facts))

    def _said(self, keep: Callable[[Line], bool], facts: Facts) -> Iterator[Line]:
        for line in self.lines:
            told = {**line.facts, "agent": line.agent}
            if keep(line) and all(told.get(name) == value for name, value in facts.items()):
                yield line

    def signs(self, agent: str, run_id: str) -> list[datetime]:
        """When this agent itself had a call about this run answered, or answered its order."""
        return [
            line.at
            for line in self.lines
            if line.agent == agent
            and line.run_id == run_id
            and (
                (line.what in ("call", "handed_in") and line.got_through)
                or (line.what == "order" and is_success(line.facts.get("answered")))
            )
        ]


def _event(said: Facts) -> Event:
    try:
        return Event(
            seq=int(said["seq"]), type=str(said["type"]), at=moment(said["at"]),
            actor=str(said["actor"]), cause=said.get("cause") or {}, data=said["data"],
            hash=str(said["hash"]), prev_hash=str(said["prev_hash"]),
            on_behalf_of=str(said.get("on_behalf_of") or ""),
        )  # fmt: skip
    except (KeyError, TypeError) as wrong:
        raise WrongRecord(f"not an event: {wrong}") from None


def _line(said: Facts, agents: Facts) -> Line:
    try:
        name = str(said["agent"])
        return Line(moment(said["at"]), str(agents.get(name, name)), str(said["what"]), said)
    except (KeyError, TypeError) as wrong:
        raise WrongRecord(f"not a log line: {wrong}") from None


def _act(said: Facts) -> Act:
    try:
        status = said.get("status")
        return Act(
            moment(said["at"]), str(said["did"]), str(said.get("on") or ""),
            status if isinstance(status, int) else None,
        )  # fmt: skip
    except (KeyError, TypeError) as wrong:
        raise WrongRecord(f"not an act of a person: {wrong}") from None


def texts(given: Any) -> Sequence[str]:
    """The names a check was given, one or several."""
    return [given] if isinstance(given, str) else [str(one) for one in given]
