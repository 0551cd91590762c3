"""What auditions say of agents, and what an audition needs to know of its scratch room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from workspace import standing
from workspace.models import (
    Agent,
    Audition,
    Card,
    Delivery,
    DeliveryTry,
    Event,
    Heartbeat,
    Person,
    Room,
    Run,
)
from workspace.queries.people import agents_of, room_policy

ALIVE = timedelta(seconds=15)
NEVER, RUNNING, PASSED, FAILED, OUTDATED = "never", "running", "passed", "failed", "outdated"


@dataclass(frozen=True, slots=True)
class Tried:
    """How an agent stands with its newest audition that ended by itself.

    `code`: passed or failed with its present version, outdated with another one, never.
    """

    code: str = NEVER
    states: tuple[str, ...] = ()
    ended_at: datetime | None = None
    is_running: bool = False

    @property
    def failed(self) -> int:
        return self.states.count("failed")

    def worth(self, now: datetime) -> tuple[float, float]:
        """The (good, bad) outcomes it counts as now; nothing for another version."""
        if self.ended_at is None or self.code not in (PASSED, FAILED):
            return 0.0, 0.0
        return standing.worth_of_audition(self.states, now - self.ended_at)


def auditions_of(agents: Iterable[Agent]) -> dict[str, Tried]:
    """Per agent how it stands; one query however many."""
    known = {agent.id: agent for agent in agents}
    found: dict[str, Tried] = {}
    running: set[str] = set()
    rows = Audition.objects.filter(agent_id__in=list(known)).exclude(state="stopped")
    for row in rows.order_by("started_at", "id"):
        if row.state == "running":
            running.add(row.agent_id)
            continue
        is_present = row.version == known[row.agent_id].version
        states = tuple(item["state"] for item in row.items)
        found[row.agent_id] = Tried(row.state if is_present else OUTDATED, states, row.ended_at)
    return {
        id: Tried(was.code, was.states, was.ended_at, id in running)
        for id in known
        for was in [found.get(id, Tried())]
    }


def audition_of(agent: Agent) -> Tried:
    return auditions_of([agent])[agent.id]


def may_work_in(room: Room, agent: Agent) -> bool:
    """Whether the room's policy lets this agent work there: it may demand an audition passed."""
    return not room_policy(room).needs_audition or audition_of(agent).code == PASSED


def audition(audition_id: str) -> Audition | None:
    found = Audition.objects.select_related("agent", "room", "started_by")
    return found.filter(id=audition_id).first()


def newest_audition(agent: Agent) -> Audition | None:
    return Audition.objects.filter(agent=agent).order_by("-started_at", "-id").first()


def auditions_for(agent: Agent) -> QuerySet[Audition]:
    return Audition.objects.filter(agent=agent)


def scratch_item(run: Run) -> tuple[Audition, dict[str, Any]] | None:
    """The item of a running audition that this run is for; None for a run of any other room."""
    if not run.room.is_scratch:
        return None
    found = Audition.objects.filter(room_id=run.room_id, state="running").first()
    if found is None:
        return None
    item = next((one for one in found.items if one.get("card_id") == run.card_id), None)
    return (found, item) if item is not None else None


def limited_calls(run: Run) -> list[tuple[str, datetime]]:
    """The run's calls that were answered 429 so far, oldest first, each with when."""
    rows = DeliveryTry.objects.filter(run=run, way="in", status=429).order_by("at", "id")
    return list(rows.values_list("type", "at"))


def card_tried(card_id: str) -> Card | None:
    return Card.objects.filter(id=card_id).first()


def runs_tried(card_id: str) -> list[Run]:
    return list(Run.objects.filter(card_id=card_id).order_by("fence"))


def traffic_of(run: Run) -> list[DeliveryTry]:
    """What was sent about a run and what its agent called, oldest first."""
    return list(DeliveryTry.objects.filter(run=run).order_by("at", "id"))


def assignment_of(run: Run) -> Delivery | None:
    related = ("agent", "agent__workspace", "run", "run__card", "run__room", "workspace")
    found = Delivery.objects.filter(run=run, type="card.assigned").select_related(*related)
    return found.order_by("created_at").first()


def cancelled_at(run: Run) -> datetime | None:
    """When its agent was first told to stop, as far as that has arrived."""
    found = Delivery.objects.filter(run=run, type="card.cancelled", state="delivered")
    return found.order_by("ended_at").values_list("ended_at", flat=True).first()


def refused_writes(run: Run) -> list[tuple[datetime, bool]]:
    """Reports of a run that were refused: when, and whether what they brought was kept."""
    rows = Event.objects.filter(
        stream_id=run.room_id, type="run.write_refused", data__run_id=run.id
    )
    return [(row.at, bool(row.data.get("kept"))) for row in rows.order_by("seq")]


def outdated_and_wanted() -> list[str]:
    """Agents to be tried again by themselves: their version changed since their last audition,
    and a room that demands one seats them."""
    rooms = Room.objects.filter(policy__needs_audition=True, archived_at=None, is_scratch=False)
    seated = Agent.objects.filter(
        seats__room__in=rooms, status__in=["verified", "verified_insecure"], paused=False
    )
    found = auditions_of(seated.distinct())
    return sorted(id for id, was in found.items() if was.code == OUTDATED and not was.is_running)


def last_starter(agent_id: str) -> Person | None:
    """Who had it tried the last time."""
    found = Audition.objects.filter(agent_id=agent_id).select_related("started_by")
    newest = found.order_by("-started_at", "-id").first()
    return newest.started_by if newest else None


def agent_called(person: Person, given: str) -> Agent | None:
    """The person's agent of this id or name."""
    mine = agents_of(person)
    return mine.filter(id=given).first() or mine.filter(name=given).first()


def is_worker_running(at: datetime) -> bool:
    return Heartbeat.objects.filter(name="worker", at__gt=at - ALIVE).exists()
