"""Who sits in the room, what they have shown, and whether they can be used now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from agents.coordinator.board import Record, Seat
from workspace import queries, standing
from workspace.transitions import LIVE_RUN

Rows = Any


def seats(room: Rows, now: datetime) -> list[Seat]:
    """The agents of the room in the order of joining."""
    rows = list(
        room.seats.select_related("agent")
        .annotate(
            load=Count("agent__runs", filter=Q(agent__runs__state__in=LIVE_RUN), distinct=True),
            failed_at=Max("agent__runs__ended_at", filter=Q(agent__runs__state="failed")),
        )
        .order_by("added_at", "id")
    )
    ids = [row.agent_id for row in rows]
    counts = queries.agent_record(ids, now - queries.MONTH)
    records, latencies = shown(ids, now)
    return [
        Seat(
            agent_id=row.agent_id,
            name=row.agent.name,
            skills=tuple(row.agent.skills),
            capacity=row.agent.max_concurrency,
            load=row.load,
            order=order,
            usable=(why := _unusable(row.agent, now)) is None,
            unusable_because=why,
            back_at=row.agent.degraded_until if why == "degraded" else None,
            successes=counts.get(row.agent_id, (0, 0))[0],
            failures=counts.get(row.agent_id, (0, 0))[1],
            last_failure_at=row.failed_at,
            records=tuple(records.get(row.agent_id, ())),
            latency_s=latencies.get(row.agent_id),
        )
        for order, row in enumerate(rows)
    ]


def _unusable(agent: Rows, now: datetime) -> str | None:
    if agent.status not in ("verified", "verified_insecure"):
        return str(agent.status)
    if agent.paused:
        return "paused"
    if agent.degraded_until is not None and agent.degraded_until > now:
        return "degraded"
    return None


def shown(agent_ids: list[str], now: datetime) -> tuple[dict[str, list[Record]], dict[str, float]]:
    """Per agent what it has shown, as it weighs now; and how long its work took lately."""
    records: dict[str, list[Record]] = {}
    latencies: dict[str, float] = {}
    for agent_id, skill, kind, good, bad, latency, at in queries.standings(agent_ids):
        good, bad = standing.faded(good, bad, now - at)
        records.setdefault(agent_id, []).append(Record(skill, kind, good, bad))
        if not skill and not kind and latency is not None:
            latencies[agent_id] = latency
    return records, latencies
