"""Room memory: facts that people pin, given to every run and to the coordinator's model."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.locks import authorise, lock_room
from workspace.errors import NotAllowed, NotFound, Refused
from workspace.events import FactPinned, FactUnpinned
from workspace.models import Conflict, Fact, Room
from workspace.record import record

MOST_FACTS = 200
LONGEST_SUBJECT = 300
LONGEST_TEXT = 2_000


@transaction.atomic
def pin_fact(*, room_id: str, subject: str, text: str, by: By, at: datetime) -> Fact:
    """A person pins a fact in their own words. Nothing an agent wrote gets here by itself."""
    room = lock_room(room_id)
    if not by.is_person:
        raise NotAllowed("fact.pin")
    authorise(room, by, "fact.pin")
    name, said = _text("subject", subject, LONGEST_SUBJECT), _text("text", text, LONGEST_TEXT)
    return pin(room, subject=name, text=said, by=by, at=at)


def _text(field: str, given: str, most: int) -> str:
    cleaned = " ".join(given.replace("\x00", "").split())
    if not cleaned:
        raise Refused("missing", status=422, field=field)
    if len(cleaned) > most:
        raise Refused("too_long", status=422, field=field, most=most)
    return cleaned


def pin(
    room: Room, *, subject: str, by: By, at: datetime, key: str = "", value: Any = None,
    unit: str = "", text: str = "", conflict: Conflict | None = None,
) -> Fact:  # fmt: skip
    """The part of pinning that a ruling shares; the room is locked. A newer ruling on the same
    subject takes the older one's place."""
    if key:
        for old in room.facts.filter(key=key, unpinned_at=None):
            _unpin(room, old, by=by, at=at)
    if room.facts.filter(unpinned_at=None).count() >= MOST_FACTS:
        raise Refused("too_many_facts", status=422, most=MOST_FACTS)
    made = Fact.objects.create(
        workspace_id=room.workspace_id, room=room, subject=subject[:LONGEST_SUBJECT], key=key,
        value=value, unit=unit, text=text[:LONGEST_TEXT], conflict=conflict,
        pinned_by_id=by.actor, pinned_at=at,
    )  # fmt: skip
    record(room, FactPinned(fact_id=made.id, subject=made.subject), by=by, at=at)
    return made


@transaction.atomic
def unpin_fact(*, fact_id: str, by: By, at: datetime) -> None:
    room_id = Fact.objects.filter(id=fact_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound("fact", fact_id)
    room = lock_room(room_id)
    authorise(room, by, "fact.pin")
    fact = Fact.objects.get(id=fact_id)
    if fact.unpinned_at is None:
        _unpin(room, fact, by=by, at=at)


def _unpin(room: Room, fact: Fact, *, by: By, at: datetime) -> None:
    fact.unpinned_at = at
    fact.save(update_fields=["unpinned_at"])
    record(room, FactUnpinned(fact_id=fact.id), by=by, at=at)
