"""The coordinator at work: who judges, its last moves, what it holds back, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workspace import sentences
from workspace.models import Card, Event, Judgement, ModelCall, Room
from workspace.shown.events import timeline
from workspace.shown.judged import SLOWED, ShownJudgement, judgements_shown
from workspace.shown.rivals import Rivals, rivals_of
from workspace.shown.rooms import judge_at_work
from workspace.shown.who import People

MOVES_SHOWN = 15
JUDGEMENTS_SHOWN = 50
CARDS_NAMED = 8
DAYS = 14
# Of the coordinator's own events those that are a judge's doing stand in the table of judgements.
NOT_MOVES = ("judgement.answered", "judgement.trouble")


@dataclass(frozen=True, slots=True)
class ShownMove:
    """One move that was made: what happened, and why in a sentence."""

    seq: int
    at: datetime
    glyph: str
    icon: str
    line: SafeString
    why: str
    url: str
    judgement_id: str


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Cards that wait for one reason."""

    why: str
    cards: tuple[Card, ...]
    more: int

    @property
    def count(self) -> int:
        return len(self.cards) + self.more


@dataclass(frozen=True, slots=True)
class Day:
    """What asking the model came to on one day. `waits`: how often it asked us to slow down."""

    day: str
    calls: int
    tokens: int
    cost_usd: float
    waits: int


@dataclass(frozen=True, slots=True)
class Coordinator:
    judge: str
    why_judge: str
    moves: tuple[ShownMove, ...]
    held: tuple[HeldBack, ...]
    judgements: tuple[ShownJudgement, ...]
    asked_in_all: int
    waiting: tuple[ShownJudgement, ...]  # for the limits of the model's account, now
    days: tuple[Day, ...]
    rivals: Rivals

    @property
    def cost(self) -> float:
        return sum(day.cost_usd for day in self.days)

    @property
    def calls(self) -> int:
        return sum(day.calls for day in self.days)


def coordinator_shown(
    room: Room, held: Iterable[tuple[str, Mapping[str, Any]]], now: datetime
) -> Coordinator:
    """`held`: ids of cards that get no move now, each with the reason's code and parameters."""
    people = People.of(room)
    rows = list(room.judgements.order_by("-asked_at", "-id")[:JUDGEMENTS_SHOWN])
    judged = judgements_shown(rows, now)
    judge, note = judge_at_work(room, now)
    return Coordinator(
        judge=judge, why_judge=why_judge(judge, note), moves=moves_of(room, people),
        held=held_back(held, people), judgements=judged,
        asked_in_all=room.judgements.count(),
        waiting=tuple(one for one in judged if one.waits_until is not None),
        days=days_of(room, now), rivals=rivals_of(room),
    )  # fmt: skip


def why_judge(judge: str, note: Mapping[str, Any]) -> str:
    """Why this judge is at work here."""
    if said := sentences.sentence(note):
        return said
    if judge == "rules":
        return _("No model is asked here. Rules decide what they can, and ask people the rest.")
    return _("A model is set, so it is asked wherever judgement is needed.")


def moves_of(room: Room, people: People) -> tuple[ShownMove, ...]:
    """The newest moves first, each with the rule or judgement it followed."""
    rows = [row for row in timeline(room, actor="coordinator").rows if row.type not in NOT_MOVES]
    seqs = [row.seq for row in rows[:MOVES_SHOWN]]
    causes = dict(Event.objects.filter(stream_id=room.id, seq__in=seqs).values_list("seq", "cause"))
    return tuple(
        ShownMove(
            row.seq, row.at, row.glyph, row.icon, row.line,
            why_of(causes.get(row.seq, {}), people) or row.why, row.card_url,
            str(causes.get(row.seq, {}).get("judgement") or ""),
        )
        for row in rows[:MOVES_SHOWN]
    )  # fmt: skip


def why_of(cause: Mapping[str, Any], people: People) -> str:
    """The sentence of the rule that an event names as its cause."""
    reason = {"code": cause.get("rule", ""), "params": cause.get("params") or {}}
    return sentences.sentence(reason, people)


def held_back(
    held: Iterable[tuple[str, Mapping[str, Any]]], people: People
) -> tuple[HeldBack, ...]:
    """What waits, gathered by why; the reason that holds most cards first."""
    by_why: dict[str, list[str]] = {}
    for card_id, reason in held:
        by_why.setdefault(sentences.sentence(reason, people), []).append(card_id)
    named = [id for ids in by_why.values() for id in ids[:CARDS_NAMED]]
    cards = {card.id: card for card in Card.objects.filter(id__in=named)}
    found = [
        HeldBack(
            why,
            tuple(cards[id] for id in ids[:CARDS_NAMED] if id in cards),
            max(0, len(ids) - CARDS_NAMED),
        )
        for why, ids in by_why.items()
    ]
    return tuple(sorted(found, key=lambda one: -one.count))


def days_of(room: Room, now: datetime) -> tuple[Day, ...]:
    """The last days on which the model was asked, newest first; in UTC, as budgets count."""
    since = now - timedelta(days=DAYS)
    calls = ModelCall.objects.filter(judgement__room=room, at__gte=since)
    rows = (
        calls.annotate(day=TruncDate("at"))
        .values("day")
        .annotate(n=Count("id"), sum_tokens=Sum("tokens"), cost=Sum("cost_usd"))
        .order_by("-day")
    )
    slowed = slowed_by_day(room, since)
    return tuple(
        Day(
            row["day"].isoformat(), row["n"], row["sum_tokens"] or 0, float(row["cost"] or 0),
            slowed.get(row["day"].isoformat(), 0),
        )
        for row in rows
    )  # fmt: skip


def slowed_by_day(room: Room, since: datetime) -> dict[str, int]:
    """How often the model's service asked for a pause, by day."""
    found: dict[str, int] = {}
    asked = Judgement.objects.filter(room=room, asked_at__gte=since).exclude(trouble=[])
    for trouble in asked.values_list("trouble", flat=True):
        for one in trouble:
            if one.get("code") in SLOWED:
                day = str(one.get("at", ""))[:10]
                found[day] = found.get(day, 0) + 1
    return found
