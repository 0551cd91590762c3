"""A room's head, its strip of agents, and rooms in a list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.utils.timezone import now
from django.utils.translation import gettext as _

from workspace import sentences
from workspace.models import (
    Agent,
    Budget,
    Card,
    DeliverableFile,
    Dependency,
    Member,
    Room,
    Run,
    Seat,
)
from workspace.shown.held import open_line
from workspace.shown.packages import Packing, packing
from workspace.shown.reviews import reviews_block
from workspace.shown.who import Who, agent_shown, person_shown
from workspace.shown.words import COLUMN_SHORT, COLUMNS, failure_word, state_word
from workspace.spending import models_stopped
from workspace.transitions import LIVE_RUN

RECENT = timedelta(minutes=30)
SHORT_NOTE = 20


@dataclass(frozen=True, slots=True)
class Meter:
    spent: float
    cap: float
    what: str

    @property
    def is_used_up(self) -> bool:
        return self.spent >= self.cap


@dataclass(frozen=True, slots=True)
class RoomHead:
    id: str
    name: str
    goal: str
    mode: str
    paused: bool
    judge: str
    judge_note: str
    done: int
    cards: int
    reviews: int
    blocked_by_reviews: int
    files: int
    agents: int
    faces: tuple[Who, ...]
    more_faces: int
    meter: Meter | None
    is_demo: bool
    conflicts: int
    conflicts_line: str
    asks: tuple[tuple[str, str], ...]  # about the room itself: id and what is asked
    packing: Packing

    @property
    def reviews_line(self) -> str:
        return reviews_block(self.reviews, self.blocked_by_reviews)


@dataclass(frozen=True, slots=True)
class StripAgent:
    """An agent in a room: what it is best at, and how it is now."""

    who: Who
    skill: str
    glyph: str
    words: str
    short: str
    since: datetime | None
    load: int
    capacity: int
    note: str
    is_demo: bool


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room in a list."""

    id: str
    name: str
    goal: str
    badge: str
    badge_words: str
    plates: tuple[Who, ...]
    more_plates: int
    faces: tuple[Who, ...]
    counts: tuple[tuple[str, int], ...]
    shown_counts: tuple[tuple[str, int, str], ...]
    last: datetime
    trouble: str


def first_line(goal: str) -> str:
    """The goal's opening paragraph, without the list that follows it."""
    return next((line.strip() for line in goal.splitlines() if line.strip()), "")


def goal_line(room: Room) -> str:
    """The goal's opening without the name of the room, which stands above it."""
    return first_line(room.goal).removeprefix(room.name).strip()


def judge_at_work(room: Room, at: datetime) -> tuple[str, dict[str, Any]]:
    """Who answers here now, and why it is not who was wanted: a room without money asks rules."""
    over = models_stopped(room, at) if room.judge != "rules" else {}
    if over:
        return "rules", {"code": "budget_stops_model", "params": over}
    return room.judge, room.judge_note


def room_head(room: Room, at: datetime) -> RoomHead:
    judge, note = judge_at_work(room, at)
    counts = _counts([room.id]).get(room.id, Counter())
    members = list(Member.objects.filter(room=room).select_related("person").order_by("joined_at"))
    goal = goal_line(room)
    waits = Dependency.objects.filter(needs__room=room, needs__status="review")
    blocked = waits.exclude(card__status__in=["done", "cancelled"]).values("card_id").distinct()
    return RoomHead(
        id=room.id, name=room.name, goal=goal, mode=room.mode, paused=room.paused,
        judge=judge, judge_note=sentences.sentence(note), done=counts["done"],
        cards=sum(counts.values()), reviews=counts["review"], blocked_by_reviews=blocked.count(),
        files=DeliverableFile.objects.filter(deliverable__room=room).count(),
        agents=Seat.objects.filter(room=room).count(),
        faces=tuple(person_shown(member.person) for member in members[:4]),
        more_faces=max(0, len(members) - 4), meter=_meter(room), is_demo=room.is_demo,
        conflicts=room.conflicts.filter(status="open").count(), conflicts_line=open_line(room),
        asks=_own_asks(room), packing=packing(room),
    )  # fmt: skip


def _own_asks(room: Room) -> tuple[tuple[str, str], ...]:
    rows = room.asks.filter(state="open", card=None, kind="choice").order_by("opened_at", "id")
    return tuple((ask.id, sentences.choice(ask.body)) for ask in rows)


def _meter(room: Room) -> Meter | None:
    budget = Budget.objects.filter(subject_id=room.id, period="ever").order_by("what").first()
    if budget is None:
        return None
    return Meter(float(budget.spent + budget.reserved), float(budget.cap), budget.what)


def _counts(room_ids: list[str]) -> dict[str, Counter[str]]:
    rows = Card.objects.filter(room_id__in=room_ids).exclude(status="cancelled")
    found: dict[str, Counter[str]] = {}
    for row in rows.values("room_id", "status").annotate(n=Count("id")):
        found.setdefault(row["room_id"], Counter())[row["status"]] = row["n"]
    return found


def agent_strip(room: Room) -> tuple[StripAgent, ...]:
    """The room's agents in the order they joined, each with what it is doing now."""
    agents = list(Agent.objects.filter(seats__room=room).order_by("seats__added_at", "id"))
    return tuple(_strip_agent(agent, runs) for agent, runs in with_runs(agents, room))


def with_runs(agents: list[Agent], room: Room | None = None) -> list[tuple[Agent, list[Run]]]:
    """Each agent with its live runs and those that ended lately, newest first; one query."""
    runs = Run.objects.filter(agent__in=agents).filter(
        Q(state__in=LIVE_RUN) | Q(ended_at__gte=now() - RECENT)
    )
    if room is not None:
        runs = runs.filter(room=room)
    by_agent: dict[str, list[Run]] = {}
    for run in runs.order_by("-queued_at"):
        by_agent.setdefault(run.agent_id or "", []).append(run)
    return [(agent, by_agent.get(agent.id, [])) for agent in agents]


def _strip_agent(agent: Agent, runs: list[Run]) -> StripAgent:
    glyph, words, since, tone = health(agent, runs)
    live = sum(run.state in LIVE_RUN for run in runs)
    return StripAgent(
        who=agent_shown(agent, tone), skill=agent.skills[0] if agent.skills else "", glyph=glyph,
        words=words, short=_SHORT.get(glyph, lambda: words)(), since=since, load=live,
        capacity=agent.max_concurrency, note=short_note(agent), is_demo=agent.is_demo,
    )  # fmt: skip


_SHORT = {
    "waiting": lambda: _("waits"), "working": lambda: _("works"), "stale": lambda: _("stuck"),
    "free": lambda: _("idle"), "failed": lambda: _("failed"), "paused": lambda: _("paused"),
}  # fmt: skip


def agent_note(agent: Agent) -> str:
    """What there is to know of an agent, such as that it is built to fail."""
    return sentences.sentence(agent.note)


def short_note(agent: Agent) -> str:
    """The heading of its note: what stands before a colon, or a note of a few words."""
    note = agent_note(agent)
    head = note.split(":")[0] if ":" in note else note if len(note) <= SHORT_NOTE else ""
    return head[:1].lower() + head[1:]


def health(agent: Agent, runs: list[Run]) -> tuple[str, str, datetime | None, str]:
    """How an agent is: a shape, words, since when, and the tone of its plate."""
    live = [run for run in runs if run.state in LIVE_RUN]
    if agent.status not in ("verified", "verified_insecure"):
        return agent.status, state_word(agent.status), None, "away"
    if stale := next((run for run in live if run.state == "stale"), None):
        return "stale", _("silent"), stale.last_sign_at or stale.offered_at, "warn"
    if any(run.state == "waiting" for run in live):
        return "waiting", _("waits for a person"), None, ""
    if live:
        run = live[0]
        if run.state in ("queued", "offered"):
            return run.state, state_word(run.state), run.offered_at, ""
        return "working", _("working"), run.last_sign_at, ""
    if agent.paused:
        return "paused", _("paused"), None, "away"
    if agent.is_away(now()):
        return "paused", _("offline"), agent.last_seen_at, "away"
    if runs and runs[0].state == "failed":
        words = _("%(kind)s, resting") % {"kind": failure_word(runs[0].failure)}
        return "failed", words, None, "bad"
    return "free", _("healthy, idle"), None, ""


def room_rows(rooms: list[Room]) -> tuple[RoomRow, ...]:
    """Rooms for a list; a constant number of queries."""
    ids = [room.id for room in rooms]
    counts = _counts(ids)
    members: dict[str, list[Who]] = {}
    for member in (
        Member.objects.filter(room_id__in=ids).select_related("person").order_by("joined_at")
    ):
        members.setdefault(member.room_id, []).append(person_shown(member.person))
    plates: dict[str, list[Who]] = {}
    for seat in Seat.objects.filter(room_id__in=ids).select_related("agent").order_by("added_at"):
        plates.setdefault(seat.room_id, []).append(agent_shown(seat.agent))
    stale = Run.objects.filter(room_id__in=ids, state="stale").select_related("agent")
    stuck = {run.room_id: run.agent.name for run in stale if run.agent}
    last = Card.objects.filter(room_id__in=ids).values("room_id").annotate(at=Max("moved_at"))
    moved = {row["room_id"]: row["at"] for row in last}
    found = [
        _row(room, counts.get(room.id, Counter()), plates.get(room.id, []),
             members.get(room.id, []), moved.get(room.id) or room.created_at,
             stuck.get(room.id, ""))
        for room in rooms
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: row.last, reverse=True))


def _row(
    room: Room,
    counts: Counter[str],
    plates: list[Who],
    faces: list[Who],
    last: datetime,
    stuck: str,
) -> RoomRow:
    open_cards = sum(counts[status] for status in COLUMNS[:-1])
    if room.paused:
        badge, words = "waiting", _("paused")
    elif counts["done"] and not open_cards:
        badge, words = "done", _("done")
    else:
        badge, words = "working", _("live · %(mode)s") % {"mode": _mode(room.mode)}
    return RoomRow(
        id=room.id, name=room.name, goal=goal_line(room), badge=badge, badge_words=words,
        plates=tuple(plates[:6]), more_plates=max(0, len(plates) - 6), faces=tuple(faces[:4]),
        counts=tuple((status, counts[status]) for status in COLUMNS),
        shown_counts=tuple(
            (status, counts[status], str(COLUMN_SHORT[status]).lower())
            for status in COLUMNS
            if counts[status]
        ),
        last=last, trouble=_("%(who)s looks stuck") % {"who": stuck} if stuck else "",
    )  # fmt: skip


def _mode(mode: str) -> str:
    return _("Auto") if mode == "auto" else _("Manual")
