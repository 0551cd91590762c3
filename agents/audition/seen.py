"""What can be seen of one item: rows as plain facts, to be judged by pure rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agents.audition.proxy import COPY
from agents.files_seen import words_of
from workspace import queries

Rows = Any
READABLE = ("text/", "application/json", "application/xml", "application/yaml")


@dataclass(frozen=True, slots=True)
class Call:
    """Something the agent called, or was sent; `status` is what was answered."""

    type: str
    status: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    id: str
    summary: str
    files: dict[str, str]
    claims: str


@dataclass(frozen=True, slots=True)
class RunSeen:
    """A run of the item. `said`: why it failed or declined, in the agent's words."""

    id: str
    state: str
    round: int
    failure: str
    said: str
    ended_at: datetime | None
    steps: tuple[str, ...]
    version: Version | None
    calls: tuple[Call, ...]
    sent: tuple[Call, ...]  # the assignment, every try
    copies: tuple[Call, ...]
    told_to_stop_at: datetime | None
    refused: tuple[tuple[datetime, bool], ...]  # reports after its end; whether one was kept


@dataclass(frozen=True, slots=True)
class Seen:
    """One item as it stands now."""

    code: str
    marks: dict[str, Any]
    began_at: datetime
    now: datetime
    runs: tuple[RunSeen, ...]
    asked: tuple[str, ...]  # everything the runs asked people, questions and permissions
    canary: str
    canary_calls: int
    watch: timedelta
    limit: timedelta

    @property
    def run(self) -> RunSeen | None:
        """The newest."""
        return self.runs[-1] if self.runs else None


def see(audition: Rows, item: dict[str, Any], now: datetime) -> Seen:
    rows = queries.runs_tried(item.get("card_id", ""))
    limits = queries.timings(audition.agent.workspace, audition.room, audition.agent)
    return Seen(
        code=item["code"],
        marks=item["marks"],
        began_at=datetime.fromisoformat(item["began_at"]),
        now=now,
        runs=tuple(_run(row) for row in rows),
        asked=tuple(_asked(ask) for row in rows for ask in row.asks.order_by("opened_at", "id")),
        canary=audition.canary,
        canary_calls=audition.canary_calls,
        watch=limits.span("audition_watch"),
        limit=limits.span("audition_item"),
    )


def _run(row: Rows) -> RunSeen:
    traffic = queries.traffic_of(row)
    out = [one for one in traffic if one.way == "out" and one.type == "card.assigned"]
    version = queries.version_of_run(row)
    return RunSeen(
        id=row.id,
        state=row.state,
        round=row.round,
        failure=row.failure,
        said=str((row.reason.get("params") or {}).get("said", "")),
        ended_at=row.ended_at,
        steps=tuple(f"{step.title}\n{step.output}" for step in row.steps.order_by("n")),
        version=_version(version) if version is not None else None,
        calls=tuple(_call(one) for one in traffic if one.way == "in"),
        sent=tuple(_call(one) for one in out if one.outcome.get("code") != COPY),
        copies=tuple(_call(one) for one in out if one.outcome.get("code") == COPY),
        told_to_stop_at=queries.cancelled_at(row),
        refused=tuple(queries.refused_writes(row)),
    )


def _call(row: Rows) -> Call:
    return Call(row.type, row.status, row.at)


def _version(row: Rows) -> Version:
    files = row.files.select_related("blob").order_by("name")
    return Version(
        id=row.id,
        summary=row.summary,
        files={file.name: words_of(file, file.media_type.startswith(READABLE)) for file in files},
        claims="\n".join(f"{one.subject} {one.value} {one.text}" for one in row.claims.all()),
    )


def _asked(ask: Rows) -> str:
    return json.dumps(ask.body, ensure_ascii=False)
