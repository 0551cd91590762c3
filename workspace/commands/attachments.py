"""Files that people give with a room's goal or with a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.cards import create_card
from workspace.commands.locks import authorise, lock_card, lock_room
from workspace.commands.owed import owe_revision
from workspace.commands.rooms import create_room
from workspace.commands.submitting import clean_name
from workspace.errors import NotFound, Refused
from workspace.events import AttachmentAdded, AttachmentRemoved
from workspace.extraction import media_type_of, text_of
from workspace.files import MOST_BYTES, keep_bytes
from workspace.models import Attachment, Card, Room
from workspace.record import record
from workspace.transitions import LIVE_RUN

MOST_FILES = 50  # with a goal, and with each card
MOST_AT_ONCE = 10
CLOSED = ("done", "cancelled")


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that was looked at: its type by content, and its words where it can be read."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    text: str = field(default="", repr=False)


def examine(*, name: str, media_type: str, content: bytes) -> GivenFile:
    """Look at a file somebody gives. May take seconds: called before any transaction.

    `Refused` if it is larger than 25 MB, holds nothing, or has no name.
    """
    last = clean_name(name).rpartition("/")[2]
    if len(content) > MOST_BYTES:
        raise Refused("artifact_too_large", status=413, most=MOST_BYTES)
    if not content:
        raise Refused("empty_file", status=422, name=last)
    found = media_type_of(last, media_type, content)
    return GivenFile(last, found, content, text_of(found, content))


@transaction.atomic
def attach_files(
    *, files: Sequence[GivenFile], by: By, at: datetime, room_id: str = "", card_id: str = ""
) -> list[Attachment]:
    """Give files with a room's goal, or with a card; all of them or none.

    A live run of the card is told with `card.revised`.
    """
    card: Card | None = None
    if card_id:
        room, card = lock_card(card_id)
    else:
        room = lock_room(room_id)
    authorise(room, by, "file.attach")
    if card is not None and card.status in CLOSED:
        raise Refused("card_closed", state=card.status)
    made = [_attach(room, card, file, by=by, at=at) for file in files]
    if card is not None and made:
        for run in card.runs.filter(state__in=LIVE_RUN):
            owe_revision(run, {"changed": ["attachments"], "reason": "person_edit"}, at=at)
    return made


def _attach(room: Room, card: Card | None, file: GivenFile, *, by: By, at: datetime) -> Attachment:
    beside = Attachment.objects.filter(room=room, card=card, removed_at=None)
    if beside.count() >= MOST_FILES:
        raise Refused("too_many_files", status=422, most=MOST_FILES)
    if beside.filter(name=file.name).exists():
        raise Refused("same_name_twice", status=422, name=file.name)
    made = Attachment.objects.create(
        workspace_id=room.workspace_id, room=room, card=card, name=file.name,
        blob=keep_bytes(room.workspace_id, file.content, at=at),
        media_type=file.media_type, text=file.text, added_by_id=by.actor, added_at=at,
    )  # fmt: skip
    what = AttachmentAdded(attachment_id=made.id, card_id=card.id if card else None, name=made.name)
    record(room, what, by=by, at=at)
    return made


@transaction.atomic
def remove_attachment(*, attachment_id: str, by: By, at: datetime) -> None:
    """Nobody is given the file any more; runs that were told of it cannot fetch it."""
    room_id = Attachment.objects.filter(id=attachment_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound("attachment", attachment_id)
    room = lock_room(room_id)
    authorise(room, by, "file.attach")
    found = Attachment.objects.get(id=attachment_id)
    if found.removed_at is None:
        found.removed_at = at
        found.save(update_fields=["removed_at"])
        record(room, AttachmentRemoved(attachment_id=found.id), by=by, at=at)


@transaction.atomic
def create_room_with(*, files: Sequence[GivenFile], by: By, at: datetime, **facts: Any) -> Room:
    """A room and the files given with its goal, so that its first plan already sees them."""
    room = create_room(by=by, at=at, **facts)
    attach_files(files=files, room_id=room.id, by=by, at=at)
    return room


@transaction.atomic
def create_card_with(*, files: Sequence[GivenFile], by: By, at: datetime, **facts: Any) -> Card:
    """A card and the files given with it, so that whoever gets it first already has them."""
    card = create_card(by=by, at=at, **facts)
    attach_files(files=files, card_id=card.id, by=by, at=at)
    return card
