"""Files that people gave, as the room's settings and a card show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workspace.extraction import RASTER
from workspace.models import Card, Room
from workspace.queries import attachments_of
from workspace.shown.who import People, Who


@dataclass(frozen=True, slots=True)
class ShownAttachment:
    id: str
    name: str
    media_type: str
    size: int
    is_picture: bool
    is_read: bool  # its words are known, and not only its bytes
    who: Who
    at: datetime


def attachments_shown(room: Room, card: Card | None = None) -> tuple[ShownAttachment, ...]:
    """What was given with the card, or with the room's goal."""
    rows = list(attachments_of(room.id, card.id if card else None))
    people = People.of(room) if rows else None
    return tuple(
        ShownAttachment(
            row.id, row.name, row.media_type, row.blob.size, row.media_type in RASTER,
            bool(row.text), people.actor(row.added_by_id or ""), row.added_at,
        )
        for row in rows
        if people is not None
    )  # fmt: skip
