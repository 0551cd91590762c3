"""Claims on one subject that disagree, and a person's ruling on what holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status
from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.api.wall import Given
from workspace.commands.conflicts import ask_neutral, rule_conflict
from workspace.commands.doubts import confirm_doubt, set_doubt_aside
from workspace.models import Claim, Conflict, Source
from workspace.policy import needs
from workspace.shown.held import waiting_for

router = Router(tags=["conflicts"])


class PlaceOfClaim(Schema):
    """Where it is said to stand, and what was found when that was looked up."""

    place: dict[str, str]
    state: str


class ClaimInConflict(Schema):
    """A claim as it was heard; its version may have been replaced since."""

    id: str
    value: Any
    unit: str
    deliverable_id: str
    card_id: str
    text: str
    sources: list[PlaceOfClaim]


class RulingShape(Schema):
    claim_id: str | None
    value: Any
    unit: str
    reason: str
    ruled_by: str | None
    ruled_at: datetime | None


class ConflictShape(Schema):
    """`blocks`: the cards that wait for the ruling, while it is open."""

    id: str
    room_id: str
    subject: str
    status: str
    claims: list[ClaimInConflict]
    reason: dict[str, Any]
    blocks: list[str]
    ruling: RulingShape | None
    neutral_card_id: str | None
    opened_at: datetime


class ConflictList(Schema):
    items: list[ConflictShape]
    next: str | None


class Ruling(Given):
    """One of the claims, or a `value` (and `unit`) of your own; and why."""

    claim_id: str | None = Field(None, max_length=60)
    value: StrictStr | StrictBool | StrictInt | StrictFloat | None = None
    unit: str = Field("", max_length=32)
    reason: str = Field(max_length=10_000)

    @model_validator(mode="after")
    def says_what_holds(self) -> Ruling:
        if (self.claim_id is None) == (self.value is None):
            raise ValueError("a ruling needs either claim_id or value")
        return self


def conflict_shapes(rows: list[Conflict], room_id: str) -> list[ConflictShape]:
    waiting = waiting_for([row for row in rows if row.status == "open"], room_id)
    sources = _sources(rows)
    return [_shape(row, [card.id for card in waiting.get(row.id, ())], sources) for row in rows]


def _sources(rows: list[Conflict]) -> dict[str, list[PlaceOfClaim]]:
    """Per claim what it names as its sources."""
    ids = [one["claim_id"] for row in rows for one in row.heard]
    claims = Claim.objects.filter(id__in=ids).values_list("deliverable_id", "ref", "id")
    id_of = {(version, ref): id for version, ref, id in claims}
    found: dict[str, list[PlaceOfClaim]] = {}
    versions = {version for version, _ in id_of}
    for source in Source.objects.filter(deliverable__in=versions).order_by("id"):
        for ref in dict.fromkeys(map(str, source.supports)):
            if id := id_of.get((str(source.deliverable_id), ref)):
                place = {name: str(value) for name, value in source.place.items()}
                found.setdefault(id, []).append(PlaceOfClaim(place=place, state=source.state))
    return found


def _shape(
    row: Conflict, blocks: list[str], sources: dict[str, list[PlaceOfClaim]]
) -> ConflictShape:
    ruling = None
    if row.status == "ruled":
        ruling = RulingShape(
            claim_id=row.ruling.get("claim_id"), value=row.ruling.get("value"),
            unit=row.ruling.get("unit") or "", reason=row.ruling.get("reason") or "",
            ruled_by=row.ruled_by_id, ruled_at=row.ruled_at,
        )  # fmt: skip
    claims = [
        ClaimInConflict(
            id=one["claim_id"], value=one["value"], unit=one["unit"],
            deliverable_id=one["deliverable_id"], card_id=one["card_id"], text=one["text"],
            sources=sources.get(one["claim_id"], []),
        )
        for one in row.heard
    ]  # fmt: skip
    return ConflictShape(
        id=row.id, room_id=row.room_id, subject=row.subject, status=row.status, claims=claims,
        reason=row.reason, blocks=blocks, ruling=ruling,
        neutral_card_id=row.proposal.get("card_id"), opened_at=row.opened_at,
    )  # fmt: skip


@router.get("/rooms/{row_id:room_id}/conflicts", response=ConflictList)
@needs("room.read")
def list_conflicts(
    request: HttpRequest, room_id: str, paging: Query[Paging],
    status: Literal[
        "doubted", "set_aside", "dropped", "open", "ruled", "withdrawn"
    ] | None = None,
) -> ConflictList:  # fmt: skip
    """Claims on one subject that disagree, in the order in which that was found.

    Those that are `doubted` may disagree: a person should look. Nothing waits for them.
    """
    room = caller(request).room(room_id)
    rows = Conflict.objects.filter(room=room)
    if status is not None:
        rows = rows.filter(status=status)
    found, following = page(rows, paging)
    return ConflictList(items=conflict_shapes(found, room.id), next=following)


@router.post("/conflicts/{row_id:conflict_id}/neutral", response=ConflictShape)
@needs("conflict.rule")
def neutral(request: HttpRequest, conflict_id: str) -> Status[Any]:
    """Have an agent that belongs to no side look into it; what it claims joins the conflict."""
    who = caller(request)
    conflict = who.conflict(conflict_id)

    def act() -> ConflictShape:
        ask_neutral(conflict_id=conflict.id, by=who.by, at=who.at)
        conflict.refresh_from_db()
        return conflict_shapes([conflict], conflict.room_id)[0]

    return once(request, act)


@router.post("/conflicts/{row_id:conflict_id}/confirm", response=ConflictShape)
@needs("conflict.settle_doubt")
def confirm(request: HttpRequest, conflict_id: str) -> Status[Any]:
    """Say of claims in doubt that they disagree: from now on it is an open conflict.

    The answer is the conflict they are in: if there was one on the subject, that one.
    """
    return _settled(request, conflict_id, confirm_doubt)


@router.post("/conflicts/{row_id:conflict_id}/set_aside", response=ConflictShape)
@needs("conflict.settle_doubt")
def set_aside(request: HttpRequest, conflict_id: str) -> Status[Any]:
    """Say of claims in doubt that they agree, or are about different things."""
    return _settled(request, conflict_id, set_doubt_aside)


def _settled(
    request: HttpRequest, conflict_id: str, settle: Callable[..., Conflict]
) -> Status[Any]:
    who = caller(request)
    doubt = who.conflict(conflict_id)

    def act() -> ConflictShape:
        settled = settle(conflict_id=doubt.id, by=who.by, at=who.at)
        return conflict_shapes([settled], settled.room_id)[0]

    return once(request, act)


@router.post("/conflicts/{row_id:conflict_id}/rule", response=ConflictShape)
@needs("conflict.rule")
def rule(request: HttpRequest, conflict_id: str, body: Ruling) -> Status[Any]:
    """Say what holds and why; it is pinned to the room and given to every run from now on."""
    who = caller(request)
    conflict = who.conflict(conflict_id)

    def act() -> ConflictShape:
        ruled = rule_conflict(
            conflict_id=conflict.id, claim_id=body.claim_id or "", value=body.value,
            unit=body.unit, reason=body.reason, by=who.by, at=who.at,
        )  # fmt: skip
        return conflict_shapes([ruled], ruled.room_id)[0]

    return once(request, act)
