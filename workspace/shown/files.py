"""The files of a room's deliverables, card by card, newest version first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workspace.models import WITH_BLOBS, Deliverable, Room
from workspace.shown.who import People, Who


@dataclass(frozen=True, slots=True)
class FileLine:
    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    role: str


@dataclass(frozen=True, slots=True)
class VersionFiles:
    id: str
    card_id: str
    number: int
    title: str
    kind: str
    version: int
    state: str
    sha256: str
    who: Who
    at: datetime
    files: tuple[FileLine, ...]


def room_files(room: Room) -> tuple[VersionFiles, ...]:
    """Three queries, however many versions."""
    people = People.of(room)
    rows = (
        Deliverable.objects.filter(room=room)
        .select_related("card", "run")
        .prefetch_related(WITH_BLOBS)
        .order_by("card__number", "-version")
    )
    return tuple(_version(row, people) for row in rows)


def _version(row: Deliverable, people: People) -> VersionFiles:
    return VersionFiles(
        row.id, row.card_id, row.card.number, row.card.title, row.kind, row.version, row.state,
        row.sha256, people.actor(row.run.agent_id or row.run.person_id or ""), row.submitted_at,
        tuple(
            FileLine(one.id, one.name, one.media_type, one.blob.size, one.blob.sha256, one.role)
            for one in row.files.all()
        ),
    )  # fmt: skip
