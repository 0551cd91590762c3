"""Rows → board: everything a plan may know, in a constant number of queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Count, Max, Q

from agents.coordinator.board import (
    Board,
    Card,
    CardStatus,
    DeliverableState,
    Dependency,
    Judgement,
    JudgementState,
    Run,
    RunState,
    Seat,
)
from workspace import queries
from workspace.transitions import LIVE_RUN

# Rows are read through the workspace's own models; nothing here writes.
Rows = Any


def observe(room_id: str, now: datetime) -> Board | None:
    """One room at `now`; None if there is no such room."""
    room = queries.room_with_workspace(room_id)
    if room is None:
        return None
    asking = queries.runs_asking(room_id, now)
    runs = _runs(room_id, asking)
    cards = tuple(_cards(room_id, runs, asking))
    return Board(
        room_id=room.id,
        now=now,
        mode="manual" if room.mode == "manual" else "auto",
        paused=room.paused,
        goal=room.goal,
        rules=room.rules,
        revision=room.revision,
        cards=cards,
        seats=tuple(_seats(room, now)),
        judgements=tuple(_judgements(room)),
    )


def _runs(room_id: str, asking: frozenset[str]) -> dict[str, list[Run]]:
    """Per card its runs, newest first."""
    found: dict[str, list[Run]] = {}
    for row in queries.runs_of_open_cards(room_id):
        limits = row.timings
        found.setdefault(row.card_id, []).append(
            Run(
                id=row.id,
                worker="agent" if row.agent_id else "person",
                agent_id=row.agent_id,
                state=cast(RunState, row.state),
                attempt=row.attempt,
                round=row.round,
                silent_after=timedelta(seconds=limits["silent_after"]),
                lease=timedelta(seconds=limits["lease"]),
                failure=row.failure or None,
                offered_at=row.offered_at,
                ack_by=row.ack_by,
                last_sign_at=row.last_sign_at,
                deadline_at=row.deadline_at,
                clock_rests=row.id in asking,
                cancel_by=row.cancel_by,
            )
        )
    return found


def _cards(room_id: str, runs: dict[str, list[Run]], asking: frozenset[str]) -> list[Card]:
    rows = list(queries.open_cards(room_id))
    waits = queries.unmet_dependencies([row.id for row in rows])
    handed = queries.handed_over(room_id)
    newest = queries.newest_versions([row.id for row in rows])
    return [
        Card(
            id=row.id,
            number=row.number,
            title=row.title,
            status=cast(CardStatus, row.status),
            created_at=row.created_at,
            skills=tuple(row.skills),
            kind=row.kind,
            depends_on=tuple(Dependency(needed, met) for needed, met in waits.get(row.id, [])),
            priority=row.priority,
            due=row.due_at,
            attempts=row.attempts,
            rounds=row.rounds if runs.get(row.id) else 0,
            assignee=row.given_to_agent_id,
            kept_for_person=row.given_to_person_id is not None,
            runs=tuple(runs.get(row.id, ())),
            deliverable=cast(DeliverableState | None, newest.get(row.id)),
            has_open_ask=row.id in handed or any(r.id in asking for r in runs.get(row.id, ())),
            handed_off=handed.get(row.id),
        )
        for row in rows
    ]


def _seats(room: Rows, now: datetime) -> list[Seat]:
    rows = list(
        room.seats.select_related("agent")
        .annotate(
            load=Count("agent__runs", filter=Q(agent__runs__state__in=LIVE_RUN), distinct=True),
            failed_at=Max("agent__runs__ended_at", filter=Q(agent__runs__state="failed")),
        )
        .order_by("added_at", "id")
    )
    records = queries.agent_record([row.agent_id for row in rows], now - queries.MONTH)
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
            successes=records.get(row.agent_id, (0, 0))[0],
            failures=records.get(row.agent_id, (0, 0))[1],
            last_failure_at=row.failed_at,
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


def _judgements(room: Rows) -> list[Judgement]:
    within = queries.timings(room.workspace, room).span("judge_within")
    states = {"wanted": "open", "asking": "open"}
    return [
        Judgement(
            id=row.id,
            kind=row.kind,
            subject_id=row.subject_id,
            revision=row.revision,
            state=cast(JudgementState, states.get(row.state, row.state)),
            judge=row.judge,
            answer_by=row.asked_at + within,
            abstained=(row.proposal or {}).get("type") == "abstain",
            abstain_code=(row.proposal or {}).get("code"),
            cards=len((row.proposal or {}).get("cards", [])),
            failure=row.trouble[-1]["code"] if row.trouble else None,
        )
        for row in room.judgements.order_by("-asked_at")[:20]
    ]
