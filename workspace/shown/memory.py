"""Room memory as its page shows it: what was pinned, by whom, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workspace.models import Fact, Room
from workspace.shown.conflicts import value_text
from workspace.shown.who import People, Who

PAST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ShownFact:
    id: str
    subject: str
    value: str
    unit: str
    text: str
    who: Who
    at: datetime
    conflict_id: str  # the conflict it was ruled in, if it comes from a ruling
    unpinned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Memory:
    facts: tuple[ShownFact, ...]
    past: tuple[ShownFact, ...]


def memory_of(room: Room) -> Memory:
    """What every run is given, in the order it is given, and what no run is given any more."""
    people = People.of(room)
    kept = Fact.objects.filter(room=room, unpinned_at=None).order_by("pinned_at", "id")
    past = Fact.objects.filter(room=room, unpinned_at__isnull=False).order_by("-unpinned_at")
    return Memory(
        tuple(_shown(row, people) for row in kept),
        tuple(_shown(row, people) for row in past[:PAST_SHOWN]),
    )


def _shown(row: Fact, people: People) -> ShownFact:
    value = value_text({"value": row.value}) if row.value is not None else ""
    return ShownFact(
        id=row.id, subject=row.subject, value=value, unit=row.unit, text=row.text,
        who=people.actor(row.pinned_by_id or ""), at=row.pinned_at,
        conflict_id=row.conflict_id or "", unpinned_at=row.unpinned_at,
    )  # fmt: skip
