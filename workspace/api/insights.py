"""A room in numbers, each with what it is a part of, and the room as one file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Count as CountOf
from django.http import HttpRequest
from ninja import Router, Schema

from workspace.api.calling import caller
from workspace.api.deliverables import WholeDeliverable, whole_deliverable
from workspace.api.rooms import EventShape, whole_room
from workspace.api.shapes import (
    CardShape,
    MessageShape,
    RunShape,
    WholeRoom,
    card_shapes,
    message_shape,
    run_shape,
)
from workspace.models import Card, Event, Room, Run
from workspace.policy import needs
from workspace.shown.coordinator import Day, days_of
from workspace.shown.rivals import Count, Rivals, rivals_of

router = Router(tags=["insights"])


class Counted(Schema):
    """`of` is how many there are in all; `by` adds up to it."""

    of: int
    by: dict[str, int]


class ReviewAge(Schema):
    """Seconds that versions waiting now have waited; null where nothing waits."""

    waiting: int
    median_s: float | None
    oldest_s: float | None


class Chosen(Schema):
    """Runs where both the model and the rules named an agent; `open`: nobody knows yet."""

    runs: int
    accepted: int
    failed: int
    open: int


class AgainstRules(Schema):
    """`by_model`: they differed and the model's choice did it; `by_rules`: the rules' did.

    `rules_after`: the model's choice failed and the rules' choice then did it.
    """

    of: int
    agreed: Chosen
    by_model: Chosen
    by_rules: Chosen
    rules_after: int


class DayCost(Schema):
    """`waits`: how often the model's service asked for a pause. Days are in UTC."""

    day: str
    calls: int
    tokens: int
    cost_usd: float
    waits: int


class Costs(Schema):
    """What asking the model came to, over the last days on which it was asked."""

    cost_usd: float
    days: list[DayCost]


class Insights(Schema):
    room_id: str
    at: datetime
    cards: Counted
    runs: Counted
    failures: Counted  # of runs that failed, by kind
    reviews: Counted  # of verdicts that stand, by verdict
    deliverables: Counted
    review_age: ReviewAge
    model_against_rules: AgainstRules
    costs: Costs


class RunOfCard(RunShape):
    card_id: str
    fence: int
    inputs: list[str]


class Export(Schema):
    """Everything a room's members may see, and the whole chain of its events."""

    exported_at: datetime
    room: WholeRoom
    cards: list[CardShape]
    runs: list[RunOfCard]
    deliverables: list[WholeDeliverable]
    messages: list[MessageShape]
    events: list[EventShape]


@router.get("/rooms/{row_id:room_id}/insights", response=Insights)
@needs("room.read")
def insights(request: HttpRequest, room_id: str) -> Insights:
    """Counts as they are now, each with its denominator."""
    who = caller(request)
    room = who.room(room_id)
    return Insights(
        room_id=room.id, at=who.at,
        cards=_counted(room.cards, "status"),
        runs=_counted(room.runs, "state"),
        failures=_counted(room.runs.filter(state="failed"), "failure"),
        reviews=_counted(room.reviews.filter(undone_at=None), "verdict"),
        deliverables=_counted(room.deliverables, "state"),
        review_age=_review_age(room, who.at),
        model_against_rules=_against_rules(rivals_of(room)),
        costs=_costs(days_of(room, who.at)),
    )  # fmt: skip


def _against_rules(found: Rivals) -> AgainstRules:
    def chosen(count: Count) -> Chosen:
        return Chosen(
            runs=count.runs, accepted=count.accepted, failed=count.failed, open=count.open
        )

    return AgainstRules(
        of=found.of, agreed=chosen(found.agreed), by_model=chosen(found.by_model),
        by_rules=chosen(found.by_rules), rules_after=found.rules_after,
    )  # fmt: skip


def _costs(days: Iterable[Day]) -> Costs:
    found = [DayCost(**asdict(day)) for day in days]
    return Costs(cost_usd=round(sum(day.cost_usd for day in found), 6), days=found)


def _counted(rows: Any, field: str) -> Counted:
    by = dict(rows.order_by(field).values_list(field).annotate(n=CountOf("id")))
    return Counted(of=sum(by.values()), by=by)


def _review_age(room: Room, at: datetime) -> ReviewAge:
    since = room.deliverables.filter(state="submitted").values_list("submitted_at", flat=True)
    ages = [(at - moment).total_seconds() for moment in since]
    if not ages:
        return ReviewAge(waiting=0, median_s=None, oldest_s=None)
    return ReviewAge(waiting=len(ages), median_s=round(median(ages), 1), oldest_s=max(ages))


@router.get("/rooms/{row_id:room_id}/export", response=Export)
@needs("room.export")
def export(request: HttpRequest, room_id: str) -> Export:
    """The room as one JSON document; files are named by their sha256."""
    who = caller(request)
    room = who.room(room_id, "room.export")
    cards = Card.objects.filter(room=room).select_related("room").order_by("number")
    runs = room.runs.select_related("remedy").prefetch_related("inputs")
    versions = room.deliverables.select_related("run").order_by("submitted_at", "id")
    return Export(
        exported_at=who.at, room=whole_room(room), cards=card_shapes(list(cards)),
        runs=_runs(runs.order_by("queued_at", "id")),
        deliverables=[whole_deliverable(version) for version in versions],
        messages=[message_shape(message) for message in room.messages.order_by("at", "id")],
        events=[
            EventShape(**{name: getattr(event, name) for name in EventShape.model_fields})
            for event in Event.objects.filter(stream=room.id).order_by("seq")
        ],
    )  # fmt: skip


def _runs(runs: Iterable[Run]) -> list[RunOfCard]:
    return [
        RunOfCard(
            **run_shape(run).model_dump(), card_id=run.card_id, fence=run.fence,
            inputs=[given.deliverable_id for given in run.inputs.all()],
        )
        for run in runs
    ]  # fmt: skip
