"""Agents: the table, one agent's page, its delivery log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.timezone import now
from django.utils.translation import gettext as _

from workspace import sentences
from workspace.models import Agent, DeliveryTry, Person, Run, Seat, Verification
from workspace.queries import agent_record, auditions_of, timings
from workspace.shown.auditions import Badge, badge_of
from workspace.shown.rooms import agent_note, health, short_note, with_runs
from workspace.shown.who import Who, agent_shown
from workspace.shown.words import door_icon, door_word
from workspace.transitions import LIVE_RUN

MONTH = timedelta(days=30)
BARS = 20
LOG = 60


@dataclass(frozen=True, slots=True)
class Bar:
    """One first sign of life: how tall, or that it never came."""

    x: int
    height: float
    kind: str  # "" | last | miss


@dataclass(frozen=True, slots=True)
class AgentRow:
    id: str
    who: Who
    door: str
    door_icon: str
    about: str
    glyph: str
    health: str
    since: datetime | None
    skills: str
    bars: tuple[Bar, ...]
    accepted: int
    ended: int
    median: str
    load: int
    capacity: int
    rooms: int
    status: str
    audition: Badge
    cost: str  # of a model's runs in the last month; others only say what theirs cost


def agent_rows(agents: list[Agent]) -> tuple[AgentRow, ...]:
    """A constant number of queries, however many agents."""
    ids = [agent.id for agent in agents]
    record = agent_record(ids, now() - MONTH)
    rooms = dict(
        Seat.objects.filter(agent_id__in=ids, room__is_scratch=False)
        .values_list("agent_id")
        .annotate(Count("id"))
    )
    owners = Person.objects.in_bulk([agent.owner_id for agent in agents if agent.owner_id])
    signs, tried = _first_signs(ids), auditions_of(agents)
    costs = _costs([agent.id for agent in agents if agent.door == "model"])
    found = []
    for agent, runs in with_runs(agents):
        glyph, words, since, tone = health(agent, runs)
        good, bad = record.get(agent.id, (0, 0))
        waits = signs.get(agent.id, [])
        about = short_note(agent) or (_("demo, this machine") if agent.is_demo else "")
        owner = owners.get(agent.owner_id or "")
        found.append(AgentRow(
            id=agent.id, who=agent_shown(agent, tone), door=door_word(agent.door),
            door_icon=door_icon(agent.door),
            about=about or (owner.name if owner else ""), glyph=glyph, health=words, since=since,
            skills=", ".join(agent.skills), bars=_bars(waits), accepted=good, ended=good + bad,
            median=_median(waits), load=sum(run.state in LIVE_RUN for run in runs),
            capacity=agent.max_concurrency, rooms=rooms.get(agent.id, 0), status=agent.status,
            audition=badge_of(tried[agent.id]), cost=costs.get(agent.id, ""),
        ))  # fmt: skip
    return tuple(found)


def _costs(ids: list[str]) -> dict[str, str]:
    recent = Run.objects.filter(agent_id__in=ids, cost_usd__gt=0, queued_at__gte=now() - MONTH)
    sums = recent.order_by().values_list("agent_id").annotate(Sum("cost_usd"))
    return {agent_id: f"${total:.4f}" for agent_id, total in sums if agent_id}


def _first_signs(ids: list[str]) -> dict[str, list[float | None]]:
    """Seconds from offer to acceptance of each agent's last runs, oldest first; None: never."""
    recent = Run.objects.filter(agent_id__in=ids, offered_at__gte=now() - MONTH)
    recent = recent.filter(room__is_scratch=False)
    recent = recent.filter(Q(accepted_at__isnull=False) | Q(ended_at__isnull=False))
    rows = recent.order_by("-offered_at").values_list("agent_id", "offered_at", "accepted_at")
    found: dict[str, list[float | None]] = {}
    for agent_id, offered, accepted in rows[: BARS * max(len(ids), 1) * 2]:
        waits = found.setdefault(agent_id, [])
        if len(waits) < BARS:
            waits.insert(0, (accepted - offered).total_seconds() if accepted and offered else None)
    return found


def _bars(waits: list[float | None]) -> tuple[Bar, ...]:
    known = [wait for wait in waits if wait is not None]
    top = max(known, default=0) or 1
    return tuple(
        Bar(
            4 + (BARS - len(waits) + n) * 4 + n,
            18.0 if wait is None else round(3 + 15 * max(wait, 0) / top, 1),
            "miss" if wait is None else "last" if n == len(waits) - 1 else "",
        )
        for n, wait in enumerate(waits)
    )


def _median(waits: list[float | None]) -> str:
    known = [wait for wait in waits if wait is not None]
    if not known:
        return _("none")
    seconds = median(known)
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def headline(rows: tuple[AgentRow, ...]) -> str:
    """How many there are, and how they are, in one line."""
    words = {
        "working": _("working"), "waiting": _("waiting on people"), "free": _("idle"),
        "stale": _("looks stuck"), "failed": _("failed"), "unverified": _("not verified"),
        "paused": _("paused"),
    }  # fmt: skip
    parts = [_("%(n)s registered") % {"n": len(rows)}]
    for glyph, word in words.items():
        if count := sum(row.glyph == glyph for row in rows):
            parts.append(f"{count} {word}")
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Check:
    glyph: str
    text: str
    more: str
    took_ms: int | None


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime
    way: str
    type: str
    about: str
    glyph: str
    answer: str
    took_ms: int
    n: int
    delivery_id: str
    can_replay: bool


@dataclass(frozen=True, slots=True)
class AgentPage:
    row: AgentRow
    agent: Agent
    note: str
    limits: str
    checks: tuple[Check, ...]
    checked_at: datetime | None
    log: tuple[LogLine, ...]
    failed_only: bool
    to_confirm: str  # an address its card leads to, at which nobody has said that it lives


def agent_page(agent: Agent, failed_only: bool = False) -> AgentPage:
    limits = timings(agent.workspace, None, agent)
    newest = Verification.objects.filter(agent=agent).order_by("-at").first()
    return AgentPage(
        row=agent_rows([agent])[0], agent=agent, note=agent_note(agent),
        limits=_(
            "%(ack)s s to answer · %(silent)s s silent · lease %(lease)s s · %(most)s at once"
        ) % {
            "ack": f"{limits.ack_within:g}", "silent": f"{limits.silent_after:g}",
            "lease": f"{limits.lease:g}", "most": agent.max_concurrency,
        },
        checks=tuple(_check(step) for step in newest.steps) if newest else (),
        checked_at=newest.at if newest else None, log=delivery_log(agent, failed_only),
        failed_only=failed_only, to_confirm=_to_confirm(newest),
    )  # fmt: skip


def _to_confirm(newest: Verification | None) -> str:
    for step in newest.steps if newest else ():
        if step["code"] == "a2a_foreign_address":
            return str(step["params"]["address"])
    return ""


def _check(step: dict[str, Any]) -> Check:
    ok = step.get("ok")
    glyph = "accepted" if ok else "waiting" if ok is None else "failed"
    params = step.get("params") or {}
    more = " · ".join(str(value) for value in params.values() if not isinstance(value, dict | list))
    return Check(glyph, sentences.checked(step), more[:300], step.get("took_ms"))


def delivery_log(agent: Agent, failed_only: bool = False) -> tuple[LogLine, ...]:
    """Every try in both directions, newest first."""
    rows = DeliveryTry.objects.filter(agent=agent).select_related("run__card", "delivery")
    if failed_only:
        rows = rows.exclude(status__gte=200, status__lt=300)
        rows = rows.exclude(status=None, delivery__state="delivered")
    return tuple(_log_line(row) for row in rows.order_by("-at", "-id")[:LOG])


def _log_line(row: DeliveryTry) -> LogLine:
    if row.status is None:  # not sent over HTTP: what became of it says how it went
        well = row.delivery is not None and row.delivery.state == "delivered"
    else:
        well = 200 <= row.status < 300
    again = row.delivery is not None and row.delivery.state in ("due", "sending")
    words = sentences.answered(row.outcome)
    answer = " ".join(part for part in (str(row.status or ""), words) if part)
    about = (
        f"#{row.run.card.number} · {_('attempt %(n)s') % {'n': row.run.attempt}}" if row.run else ""
    )
    return LogLine(
        at=row.at, way=row.way, type=row.type, about=about,
        glyph="accepted" if well else "changes_requested" if again else "failed", answer=answer,
        took_ms=row.took_ms, n=row.n, delivery_id=row.delivery_id or "",
        can_replay=row.delivery is not None and row.delivery.state == "failed",
    )  # fmt: skip
