"""What budgets there are, and how much of each is gone. Nothing here changes anything.

A budget per day is one row with the period `day`, and a dated row for each day it was used on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from workspace.models import Agent, Ask, Budget, Card, Room, Run
from workspace.models.prepared import Prepared
from workspace.transitions import LIVE_RUN, OPEN_CARD

BLOCKING = Prepared(
    lambda run_id: Ask.objects.filter(run_id=run_id, blocking=True).order_by("opened_at", "id")
)

WHATS = ("usd", "tokens", "steps", "seconds")
# What is known of runs; money and tokens are known of the coordinator's own questions only.
COUNTED_OF_AGENTS = ("steps", "seconds")
EVER, DAY = "ever", "day"
USED_UP = "budget_used_up"  # what people are asked about it
WARN_AT = Decimal("0.8")
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Line:
    """One cap that holds now. `id` is the row to warn and ask about, `kept_id` the one that was
    set; `running` is what runs under way have used and have not been charged for yet."""

    id: str
    kept_id: str
    subject_id: str
    what: str
    period: str
    cap: Decimal
    spent: Decimal
    reserved: Decimal
    running: Decimal
    warned: bool
    asked: bool
    pace: int = 0  # seconds of wall time that run up in a second

    @property
    def used(self) -> Decimal:
        return self.gone + self.reserved

    @property
    def gone(self) -> Decimal:
        """Without what is only spoken for: most of a worst case comes back."""
        return self.spent + self.running


def day_of(at: datetime) -> str:
    """The day in UTC, as dated rows are named."""
    return at.astimezone(UTC).date().isoformat()


def day_began(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def amount_text(amount: Decimal) -> str:
    """As people write it: no zeros that say nothing, no exponent."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def facts_of(budget: Budget | Line) -> dict[str, Any]:
    """What a refusal, an event or a failure's evidence says of a budget."""
    used = budget.used if isinstance(budget, Line) else budget.spent + budget.reserved
    return {
        "budget_id": budget.id, "subject_id": budget.subject_id, "of": kind_of(budget.subject_id),
        "what": budget.what,
        "period": budget.period, "used": amount_text(used), "cap": amount_text(budget.cap),
    }  # fmt: skip


def is_counted(subject_id: str, what: str) -> bool:
    """Whether anybody here can see how much of this it uses. Of an agent money and tokens are known
    only where the workspace itself asks its model."""
    if what in COUNTED_OF_AGENTS or kind_of(subject_id) != "agent":
        return True
    return Agent.objects.filter(id=subject_id, door="model").exists()


def kind_of(subject_id: str) -> str:
    """room, card or agent, by its id."""
    return {"room": "room", "card": "card"}.get(subject_id.partition("_")[0], "agent")


def budgets_of(room: Room, *, with_closed: bool = False) -> QuerySet[Budget]:
    """Every row about the room, its cards or the agents seated in it."""
    cards = room.cards.all() if with_closed else room.cards.filter(status__in=OPEN_CARD)
    return Budget.objects.filter(workspace_id=room.workspace_id).filter(
        Q(subject_id=room.id)
        | Q(subject_id__in=cards.values("id"))
        | Q(subject_id__in=room.seats.values("agent_id"))
    )


def lines(room: Room, at: datetime, *, with_closed: bool = False) -> list[Line]:
    """The caps that hold in this room at `at`; one query where there are none."""
    today = day_of(at)
    found = budgets_of(room, with_closed=with_closed).filter(period__in=(EVER, DAY, today))
    rows = list(found.order_by("id"))
    if not rows:
        return []
    dated = {(row.subject_id, row.what): row for row in rows if row.period == today}
    running = Running(room, [row.subject_id for row in rows if row.what == "seconds"], at)
    return [
        _line(row, dated.get((row.subject_id, row.what)), running, today)
        for row in rows
        if row.period != today
    ]


def models_stopped(room: Room, at: datetime) -> dict[str, Any]:
    """Which budget of the room is used up, so that questions go to the rules; {} if none is."""
    own = (line for line in lines(room, at) if line.subject_id == room.id)
    return next((facts_of(line) for line in own if line.used >= line.cap), {})


def _line(row: Budget, dated: Budget | None, running: Running, today: str) -> Line:
    is_daily = row.period == DAY
    counted = dated if is_daily and dated is not None else row
    return Line(
        id=counted.id, kept_id=row.id, subject_id=row.subject_id, what=row.what,
        period=today if is_daily else EVER, cap=row.cap, spent=counted.spent,
        reserved=counted.reserved,
        running=running.of(row.subject_id, is_daily) if row.what == "seconds" else Decimal(0),
        warned=counted.warned_at is not None,
        # Every day of nothing at all is no news: whoever set it said so.
        asked=counted.asked_at is not None or (is_daily and not row.cap),
        pace=running.pace(row.subject_id) if row.what == "seconds" else 0,
    )  # fmt: skip


class Running:
    """The wall time of the runs under way, by whose budget it counts against."""

    def __init__(self, room: Room, subjects: list[str], at: datetime) -> None:
        """Reads nothing where no wall time is limited."""
        self.at, self.began = at, day_began(at)
        self.spans: dict[str, list[tuple[datetime, list[Span]]]] = {}
        if not subjects:
            return
        live = Run.objects.filter(state__in=LIVE_RUN, agent__isnull=False, offered_at__lt=at)
        runs = list(live.filter(Q(room=room) | Q(agent_id__in=subjects)))
        rests = rests_of([run.id for run in runs], at)
        for run in runs:
            for subject in (run.room_id, run.card_id, run.agent_id or ""):
                known = self.spans.setdefault(subject, [])
                known.append((run.offered_at or at, rests.get(run.id, [])))

    def of(self, subject_id: str, is_daily: bool) -> Decimal:
        return sum(
            (
                worked(max(since, self.began) if is_daily else since, self.at, rests)
                for since, rests in self.spans.get(subject_id, [])
            ),
            Decimal(0),
        )

    def pace(self, subject_id: str) -> int:
        """How many of the runs are at work; one that waits for a person uses no time up."""
        return sum(
            all(ended < self.at for _, ended in rests)
            for _, rests in self.spans.get(subject_id, [])
        )


def rests_of(run_ids: list[str] | QuerySet[Run, Any], at: datetime) -> Mapping[str, list[Span]]:
    """Per run the times in which it waited for a person, in order and without overlap: its clock
    rested then, and they count neither for nor against whoever did the work."""
    found: dict[str, list[Span]] = {}
    if isinstance(run_ids, list) and len(run_ids) == 1:
        asks = BLOCKING.all(*run_ids)
    else:
        wanted = Ask.objects.filter(run_id__in=run_ids, blocking=True)
        asks = list(wanted.order_by("opened_at", "id"))
    for ask in asks:
        ends = [moment for moment in (ask.closed_at, ask.expires_at, at) if moment is not None]
        began, ended = ask.opened_at, max(ask.opened_at, min(ends))
        spans = found.setdefault(ask.run_id or "", [])
        if spans and began <= spans[-1][1]:
            began, until = spans.pop()
            ended = max(until, ended)
        spans.append((began, ended))
    return found


def worked(since: datetime, until: datetime, rests: Iterable[Span]) -> Decimal:
    """Seconds from `since` to `until` without the times of rest, which are in order."""
    total, seen = (until - since).total_seconds(), since
    for began, ended in rests:
        began, ended = max(began, seen), min(ended, until)
        if ended > began:
            total -= (ended - began).total_seconds()
            seen = ended
    return Decimal(max(total, 0.0)).quantize(Decimal("0.001"))


def covers(room: Room, subject_id: str) -> str | None:
    """What the id is in this room: room, card or agent; None if it is nothing of this room's."""
    if subject_id == room.id:
        return "room"
    if Card.objects.filter(id=subject_id, room=room).exists():
        return "card"
    return "agent" if room.seats.filter(agent_id=subject_id).exists() else None
