"""What people get with a card that is handed over: what was tried, what is known, what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from workspace import sentences
from workspace.models import Agent, Ask, Fact, Person, Run, RunInput
from workspace.queries import workers
from workspace.shown.conflicts import value_text
from workspace.shown.lineage import Rows, ShownLate, ShownRun, before, rows_about, run_shown
from workspace.shown.who import People

FACTS_SHOWN = 30
ACTIONS = ("take", "give", "go_on", "split", "cancel")


@dataclass(frozen=True, slots=True)
class KnownInput:
    """An accepted version that the last run was given."""

    card_id: str
    number: int
    title: str
    deliverable_id: str
    version: int
    state: str
    sha256: str


@dataclass(frozen=True, slots=True)
class KnownFact:
    """What is pinned to the room's memory."""

    subject: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Late:
    """A result that came after its run's time, and whose it was."""

    who: str
    result: ShownLate


@dataclass(frozen=True, slots=True)
class Packet:
    """Everything a person needs to decide. `question` is in a judge's words."""

    code: str
    asked: str
    question: str
    tried: tuple[ShownRun, ...]  # oldest first
    inputs: tuple[KnownInput, ...]
    facts: tuple[KnownFact, ...]
    late: tuple[Late, ...]
    brief: str
    criteria: tuple[str, ...]
    agents: tuple[tuple[str, str], ...]  # ids and names of those it can be given to
    people: tuple[tuple[str, str], ...]


def packets_shown(asks: Iterable[Ask]) -> dict[str, Packet]:
    """Per ask that hands a card over; the number of queries grows with rooms, not with asks."""
    wanted = [ask for ask in asks if ask.kind == "handoff" and ask.card_id]
    if not wanted:
        return {}
    rows = rows_about(Run.objects.filter(card__in=[ask.card_id for ask in wanted]))
    inputs = _inputs([runs[-1].id for runs in rows.runs.values()])
    of_room = {ask.room_id: _Room.of(ask) for ask in wanted}
    return {ask.id: _packet(ask, rows, inputs, of_room[ask.room_id]) for ask in wanted}


@dataclass(frozen=True, slots=True)
class _Room:
    """What is the same for every card of a room that is handed over."""

    names: People
    facts: tuple[KnownFact, ...]
    agents: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, ask: Ask) -> _Room:
        facts = Fact.objects.filter(room_id=ask.room_id, unpinned_at=None).order_by("-pinned_at")
        agents = Agent.objects.filter(seats__room_id=ask.room_id).exclude(status="revoked")
        return cls(
            People.of(ask.room), tuple(_fact(fact) for fact in facts[:FACTS_SHOWN]),
            tuple(agents.order_by("name").values_list("id", "name")), _named(workers(ask.room)),
        )  # fmt: skip


def _named(people: Iterable[Person]) -> tuple[tuple[str, str], ...]:
    return tuple((person.id, person.name) for person in people)


def _fact(fact: Fact) -> KnownFact:
    value = value_text({"value": fact.value}) if fact.value is not None else ""
    return KnownFact(fact.subject, f"{value} {fact.unit}".strip(), fact.text)


def _inputs(run_ids: list[str]) -> dict[str, list[KnownInput]]:
    found: dict[str, list[KnownInput]] = {}
    rows = RunInput.objects.filter(run__in=run_ids).select_related("deliverable__card")
    for row in rows.order_by("id"):
        version = row.deliverable
        known = KnownInput(
            version.card_id, version.card.number, version.card.title, version.id,
            version.version, version.state, row.sha256,
        )  # fmt: skip
        found.setdefault(row.run_id, []).append(known)
    return found


def _packet(ask: Ask, rows: Rows, inputs: dict[str, list[KnownInput]], room: _Room) -> Packet:
    card, body = ask.card, ask.body
    assert card is not None
    runs = rows.runs.get(card.id, [])
    tried = tuple(run_shown(run, before(run, runs), rows, room.names, newest=False) for run in runs)
    return Packet(
        code=str(body.get("code", "")), asked=sentences.sentence(body, room.names),
        question=str((body.get("params") or {}).get("question") or ""), tried=tried,
        inputs=tuple(inputs.get(runs[-1].id, ())) if runs else (), facts=room.facts,
        late=tuple(Late(run.worker.name, one) for run in tried for one in run.late),
        brief=card.brief, criteria=tuple(card.criteria), agents=room.agents, people=room.people,
    )  # fmt: skip


def packet_data(packet: Packet) -> dict[str, Any]:
    """The same for programs: plain values, and what can be done."""
    return {
        "code": packet.code,
        "asked": packet.asked,
        "question": packet.question,
        "tried": [_tried(run) for run in packet.tried],
        "known": {
            "inputs": [asdict(one) for one in packet.inputs],
            "facts": [asdict(one) for one in packet.facts],
            "late_results": [{"who": late.who, **asdict(late.result)} for late in packet.late],
        },
        "actions": list(ACTIONS),
    }


def _tried(run: ShownRun) -> dict[str, Any]:
    remedy = run.remedy
    return {
        "run_id": run.id, "who": run.worker.name, "worker_id": run.worker.id,
        "attempt": run.attempt, "round": run.round, "state": run.state, "outcome": run.words,
        "why": run.why_it_ended, "evidence": [asdict(one) for one in run.evidence],
        "mast": run.mode.code if run.mode else None, "steps": run.steps_count,
        "last_step": run.steps[-1].title if run.steps else "", "checkpoint": run.checkpoint,
        "began_at": run.began_at, "ended_at": run.ended_at,
        "remedy": remedy.code if remedy else None, "cause": remedy.cause if remedy else "",
        "note": remedy.note if remedy else "",
    }  # fmt: skip
