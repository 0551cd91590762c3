"""Who sits in the room, what they have shown, and whether they can be used now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agents.coordinator.board import Record, Seat
from workspace import queries, standing

Rows = Any
Records = dict[str, list[Record]]
Means = dict[str, float]
NOT_PASSED = {
    "never": "not_auditioned",
    "failed": "audition_failed",
    "outdated": "audition_outdated",
}


def seats(room: Rows, now: datetime) -> list[Seat]:
    """The agents of the room in the order of joining."""
    rows = queries.seats_to_look_at(room.id)
    ids = [row.agent_id for row in rows]
    tried = queries.auditions_of([row.agent for row in rows])
    demanded = queries.room_policy(room).needs_audition
    loads = queries.loads(ids)
    records, latencies, costs = shown(ids, now)
    enlisted = [row.agent_id for row in rows if row.agent.reach.get("enlisted_as")]
    idle = queries.last_ended(enlisted) if enlisted else {}
    # Runs are counted only where nothing has been kept of them yet.
    unknown = [agent_id for agent_id in ids if agent_id not in records]
    counts = queries.agent_record(unknown, now - queries.MONTH) if unknown else {}
    return [
        Seat(
            agent_id=row.agent_id,
            name=row.agent.name,
            skills=tuple(row.agent.skills),
            capacity=row.agent.max_concurrency,
            load=loads.get(row.agent_id, 0),
            order=order,
            usable=(why := _unusable(row.agent, tried[row.agent_id], demanded, now)) is None,
            unusable_because=why,
            back_at=row.agent.degraded_until if why == "degraded" else None,
            successes=counts.get(row.agent_id, (0, 0))[0],
            failures=counts.get(row.agent_id, (0, 0))[1],
            records=tuple(records.get(row.agent_id, ())),
            latency_s=latencies.get(row.agent_id),
            cost_usd=costs.get(row.agent_id),
            auditioned=tried[row.agent_id].worth(now),
            role=(role := row.agent.reach.get("enlisted_as", "")),
            idle_since=idle.get(row.agent_id, row.added_at) if role else None,
        )
        for order, row in enumerate(rows)
    ]


def _unusable(agent: Rows, tried: queries.Tried, demanded: bool, now: datetime) -> str | None:
    """Why it can be given nothing now; `demanded`: only who passed its audition works here."""
    if agent.status not in ("verified", "verified_insecure"):
        return str(agent.status)
    if agent.paused:
        return "paused"
    if agent.is_away(now):
        return "offline"
    if agent.degraded_until is not None and agent.degraded_until > now:
        return "degraded"
    if demanded and tried.code != "passed":
        return "being_auditioned" if tried.is_running else NOT_PASSED[tried.code]
    return None


def shown(agent_ids: list[str], now: datetime) -> tuple[Records, Means, Means]:
    """Per agent what it has shown, as it weighs now; how long its work took lately, and what it
    said that cost."""
    records: Records = {}
    latencies: Means = {}
    costs: Means = {}
    for agent_id, skill, kind, good, bad, latency, cost, at in queries.standings(agent_ids):
        good, bad = standing.faded(good, bad, now - at)
        records.setdefault(agent_id, []).append(Record(skill, kind, good, bad))
        if skill or kind:
            continue
        if latency is not None:
            latencies[agent_id] = latency
        if cost is not None:
            costs[agent_id] = cost
    return records, latencies, costs
