"""Room memory: facts that people pin and every run is given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.api.wall import Given
from workspace.commands.memory import pin_fact, unpin_fact
from workspace.models import Fact
from workspace.policy import needs

router = Router(tags=["facts"])


class FactShape(Schema):
    """`conflict_id` where it comes from a ruling; then `value` and `unit` are what holds."""

    id: str
    room_id: str
    subject: str
    value: Any
    unit: str
    text: str
    conflict_id: str | None
    pinned_by: str | None
    pinned_at: datetime
    unpinned_at: datetime | None


class FactList(Schema):
    items: list[FactShape]
    next: str | None


class FactGiven(Given):
    subject: str = Field(max_length=1000)
    text: str = Field(max_length=10_000)


def fact_shape(fact: Fact) -> FactShape:
    return FactShape(
        id=fact.id, room_id=fact.room_id, subject=fact.subject, value=fact.value, unit=fact.unit,
        text=fact.text, conflict_id=fact.conflict_id, pinned_by=fact.pinned_by_id,
        pinned_at=fact.pinned_at, unpinned_at=fact.unpinned_at,
    )  # fmt: skip


@router.get("/rooms/{row_id:room_id}/facts", response=FactList)
@needs("room.read")
def list_facts(request: HttpRequest, room_id: str, paging: Query[Paging]) -> FactList:
    """What the room remembers now, in the order it was pinned."""
    room = caller(request).room(room_id)
    found, following = page(Fact.objects.filter(room=room, unpinned_at=None), paging)
    return FactList(items=[fact_shape(fact) for fact in found], next=following)


@router.post("/rooms/{row_id:room_id}/facts", response={201: FactShape})
@needs("fact.pin")
def pin(request: HttpRequest, room_id: str, body: FactGiven) -> Status[Any]:
    """Pin a fact in your own words; every run from now on is given it."""
    who = caller(request)
    room = who.room(room_id)

    def act() -> FactShape:
        made = pin_fact(room_id=room.id, subject=body.subject, text=body.text, by=who.by, at=who.at)
        return fact_shape(made)

    return once(request, act, 201)


@router.delete("/facts/{row_id:fact_id}", response={204: None})
@needs("fact.pin")
def unpin(request: HttpRequest, fact_id: str) -> Status[Any]:
    """Give it to no run from now on. Done twice it changes nothing more."""
    who = caller(request)
    unpin_fact(fact_id=who.fact(fact_id).id, by=who.by, at=who.at)
    return Status(204, None)
