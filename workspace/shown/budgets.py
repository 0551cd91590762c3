"""A room's budgets as meters, who used most, and what its model cost."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from workspace.models import Agent, Card, Judgement, ModelCall, Person, Room, Run
from workspace.policy import may_in_room
from workspace.queries import reviewers, room_policy, room_role, workspace_role
from workspace.shown.who import Who, agent_shown
from workspace.spending import (
    COUNTED_OF_AGENTS,
    DAY,
    EVER,
    WARN_AT,
    WHATS,
    Line,
    lines,
    worked,
)
from workspace.transitions import LIVE_RUN, OPEN_CARD

MOST_SHOWN = 6
WIDTH = 1000
UNITS = {"usd": lazy("USD"), "tokens": lazy("tokens"), "steps": lazy("steps")}
MEASURES = {
    "usd": lazy("Money, in USD"), "tokens": lazy("Tokens"), "steps": lazy("Steps"),
    "seconds": lazy("Wall time, in seconds"),
}  # fmt: skip
WORDS = {**MEASURES, "usd": lazy("Money"), "seconds": lazy("Wall time")}
PERIODS = {EVER: lazy("in all"), DAY: lazy("each day, in UTC")}
QUESTIONS = {
    "plan": lazy("Plans"), "assign": lazy("Assignments"), "diagnose": lazy("Diagnoses"),
    "check": lazy("Checks"), "read": lazy("Readings"), "reconcile": lazy("Comparisons"),
    "reply": lazy("Replies"), "course": lazy("Looks at the course"), "compose": lazy("Packages"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BudgetMeter:
    """One cap. Widths are thousandths of the bar; `state` is fine, near or over."""

    id: str
    subject_id: str
    name: str
    url: str
    who: Who | None
    what: str
    measure: str
    period: str
    period_words: str
    used: str
    reserved: str
    cap: str
    cap_given: str
    percent: int
    is_zero: bool
    spent_width: int
    reserved_width: int
    state: str
    may_set: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Use:
    """What an agent or the runs of a card have used; the bar is relative to the most."""

    name: str
    url: str
    who: Who | None
    runs: int
    steps: int
    time: str
    width: int


@dataclass(frozen=True, slots=True)
class ModelCost:
    kind: str
    asked: int
    calls: int
    tokens: str
    cost: str


@dataclass(frozen=True, slots=True)
class Queue:
    """How much of what reviewers can look at is taken; `most` is 0 without a limit."""

    reviews: int
    making: int
    most: int
    reviewers: int
    each: int
    reviews_width: int
    making_width: int

    @property
    def is_full(self) -> bool:
        return bool(self.most) and self.reviews + self.making >= self.most


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    name: str
    group: str
    is_agent: bool = False


@dataclass(frozen=True, slots=True)
class BudgetsPage:
    meters: tuple[BudgetMeter, ...]
    agents: tuple[Use, ...]
    cards: tuple[Use, ...]
    costs: tuple[ModelCost, ...]
    cost: str
    queue: Queue
    choices: tuple[Choice, ...]
    measures: tuple[tuple[str, str, bool], ...]  # with whether it is known of agents
    periods: tuple[tuple[str, str], ...]


def budgets_page(room: Room, person: Person, at: datetime) -> BudgetsPage:
    cards = {card.id: card for card in room.cards.order_by("number")}
    agents = {agent.id: agent for agent in Agent.objects.filter(seats__room=room).order_by("name")}
    is_owner = may_in_room(room_role(person.id, room.id), "budget.set")
    owns_all = workspace_role(person, room.workspace) == "owner"
    mine = {agent.id for agent in agents.values() if owns_all or agent.owner_id == person.id}
    used = _used(room, at)
    found = _costs(room)
    choices = tuple(_choices(room, cards, agents, mine, is_owner))
    return BudgetsPage(
        meters=tuple(
            _meter(room, line, cards, agents, line.subject_id in mine, is_owner)
            for line in sorted(lines(room, at), key=lambda line: _order(line, room))
        ),
        agents=tuple(
            _use(one, top, agents[one.id].name, f"/agents/{one.id}", agent_shown(agents[one.id]))
            for one, top in _most(used, agents)
        ),
        cards=tuple(
            _use(one, top, _card_name(cards[one.id]), f"/rooms/{room.id}/cards/{one.id}")
            for one, top in _most(used, cards)
        ),
        costs=found, cost=_cost(room), queue=_queue(room),
        choices=choices,
        measures=tuple(
            (what, str(MEASURES[what]), what in COUNTED_OF_AGENTS)
            for what in WHATS
            if what in COUNTED_OF_AGENTS or not all(one.is_agent for one in choices)
        ),
        periods=tuple((period, str(words)) for period, words in PERIODS.items()),
    )  # fmt: skip


def _order(line: Line, room: Room) -> tuple[int, str, int, str]:
    """The room's first, then cards, then agents."""
    kind = 0 if line.subject_id == room.id else 1 if line.subject_id.startswith("card_") else 2
    return kind, line.subject_id, WHATS.index(line.what), line.period


def _card_name(card: Card) -> str:
    return f"#{card.number} {card.title}"


# --- meters ------------------------------------------------------------------------------


def _meter(
    room: Room, line: Line, cards: dict[str, Card], agents: dict[str, Agent], is_mine: bool,
    is_owner: bool,
) -> BudgetMeter:  # fmt: skip
    card, agent = cards.get(line.subject_id), agents.get(line.subject_id)
    name = _card_name(card) if card else agent.name if agent else _("This room")
    url = f"/rooms/{room.id}/cards/{card.id}" if card else f"/agents/{agent.id}" if agent else ""
    share = line.used / line.cap if line.cap else Decimal(1)
    gone = line.spent + line.running
    spent_width = _width(gone, line.cap)
    may_set = is_mine if agent else is_owner
    return BudgetMeter(
        id=line.kept_id, subject_id=line.subject_id, name=name, url=url,
        who=agent_shown(agent) if agent else None, what=line.what,
        measure=str(WORDS[line.what]), period=EVER if line.period == EVER else DAY,
        period_words=_("in all") if line.period == EVER else _("today"),
        used=amount(line.what, line.used), cap=amount(line.what, line.cap, with_unit=True),
        reserved=amount(line.what, line.reserved, with_unit=True) if line.reserved else "",
        cap_given=_plain(line.cap), percent=min(int(share * 100), 999),
        is_zero=not line.cap, spent_width=spent_width,
        reserved_width=min(_width(line.reserved, line.cap), WIDTH - spent_width),
        state="over" if line.used >= line.cap else "near" if share >= WARN_AT else "fine",
        may_set=may_set, why_not="" if may_set else why_not_to_set(agent is not None),
    )  # fmt: skip


def why_not_to_set(is_agent: bool) -> str:
    if is_agent:
        return _("Only who owns this agent or the workspace can change it.")
    return _("Only an owner of this room can change it.")


def _width(part: Decimal, whole: Decimal) -> int:
    """Something that is there at all is never drawn as nothing."""
    if not whole:
        return WIDTH
    return min(max(round(WIDTH * part / whole), 6 if part else 0), WIDTH)


def amount(what: str, number: Decimal, *, with_unit: bool = False) -> str:
    if what == "seconds":
        return duration(number)
    if what == "usd":
        text = f"{number:,.2f}" if not number or number >= Decimal("0.01") else f"{number:.4f}"
    else:
        text = f"{number:,.0f}"
    return f"{text} {UNITS[what]}" if with_unit else text


def duration(seconds: Decimal | float) -> str:
    """The two largest units that say something."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return _("%(h)s h %(m)s min") % {"h": hours, "m": minutes} if minutes else f"{hours} h"
    if minutes:
        return _("%(m)s min %(s)s s") % {"m": minutes, "s": rest} if rest else f"{minutes} min"
    return f"{rest} s"


def _plain(cap: Decimal) -> str:
    return f"{cap.normalize():f}"


# --- who used most -----------------------------------------------------------------------


class Used(NamedTuple):
    """What the runs of one agent, or of one card, come to."""

    id: str
    runs: int
    steps: int
    seconds: Decimal


def _used(room: Room, at: datetime) -> dict[str, Used]:
    """Per agent and per card, from all runs of agents; waits for people are included."""
    found: dict[str, Used] = {}
    rows = Run.objects.filter(room=room, agent__isnull=False).values_list(
        "agent_id", "card_id", "steps_count", "offered_at", "ended_at"
    )
    for agent_id, card_id, steps, offered, ended in rows:
        time = worked(offered, ended or at, ()) if offered else Decimal(0)
        for id in (str(agent_id), card_id):
            before = found.get(id, Used(id, 0, 0, Decimal(0)))
            found[id] = Used(id, before.runs + 1, before.steps + steps, before.seconds + time)
    return found


def _most(used: dict[str, Used], among: Container[str]) -> list[tuple[Used, Decimal]]:
    """Those that took most time, each with what the first of them took."""
    meant = sorted((one for one in used.values() if one.id in among), key=lambda one: -one.seconds)
    return [(one, meant[0].seconds) for one in meant[:MOST_SHOWN]]


def _use(one: Used, top: Decimal, name: str, url: str, who: Who | None = None) -> Use:
    return Use(
        name=name, url=url, who=who, runs=one.runs, steps=one.steps, time=duration(one.seconds),
        width=_width(one.seconds, top),
    )  # fmt: skip


# --- the model ---------------------------------------------------------------------------


def _costs(room: Room) -> tuple[ModelCost, ...]:
    """Per kind of question put to a model: how often, in how many calls, at what cost."""
    tokens = Coalesce(F("prompt_tokens"), 0) + Coalesce(F("completion_tokens"), 0)
    asked = Judgement.objects.filter(room=room).exclude(model="")
    rows = asked.values("kind").annotate(n=Count("id"), tokens=Sum(tokens), cost=Sum("cost_usd"))
    counted = ModelCall.objects.filter(judgement__room=room).values_list("judgement__kind")
    calls = dict(counted.annotate(n=Count("id")).order_by())
    return tuple(
        ModelCost(
            kind=str(QUESTIONS.get(row["kind"], row["kind"])), asked=row["n"],
            calls=calls.get(row["kind"], row["n"]),
            tokens=amount("tokens", Decimal(row["tokens"] or 0)),
            cost=amount("usd", row["cost"] or Decimal(0), with_unit=True),
        )
        for row in rows.order_by("-cost", "kind")
    )  # fmt: skip


def _cost(room: Room) -> str:
    total = Judgement.objects.filter(room=room).aggregate(total=Sum("cost_usd"))["total"]
    return amount("usd", total or Decimal(0), with_unit=True)


# --- attention ---------------------------------------------------------------------------


def _queue(room: Room) -> Queue:
    each, people = room_policy(room).reviews_each, reviewers(room).count()
    reviews = room.cards.filter(status="review").count()  # as the coordinator counts them
    live = Run.objects.filter(room=room, agent__isnull=False, state__in=LIVE_RUN)
    making = live.exclude(state="cancelling").count()
    most = max(people, 1) * each
    reviews_width = _width(Decimal(reviews), Decimal(most)) if most else 0
    making_width = _width(Decimal(making), Decimal(most)) if most else 0
    return Queue(
        reviews=reviews, making=making, most=most, reviewers=people, each=each,
        reviews_width=reviews_width, making_width=min(making_width, WIDTH - reviews_width),
    )  # fmt: skip


# --- the form ----------------------------------------------------------------------------


def _choices(
    room: Room, cards: dict[str, Card], agents: dict[str, Agent], mine: set[str], is_owner: bool
) -> Iterable[Choice]:
    """What this person may set a budget for; nothing for who may set none."""
    if is_owner:
        yield Choice(room.id, _("This room"), "")
        for card in cards.values():
            if card.status in OPEN_CARD:
                yield Choice(card.id, _card_name(card)[:80], _("Cards"))
    for agent in agents.values():
        if agent.id in mine:
            yield Choice(agent.id, agent.name, _("Agents"), is_agent=True)
