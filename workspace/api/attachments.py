"""Files given with a room's goal or a card, as a program gives and fetches them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from ninja import Router, Schema
from ninja.responses import Status

from workspace.api.answering import once
from workspace.api.calling import caller
from workspace.api.wall import check_text
from workspace.commands.attachments import (
    MOST_AT_ONCE,
    GivenFile,
    attach_files,
    examine,
    remove_attachment,
)
from workspace.errors import Refused
from workspace.extraction import OCTETS
from workspace.files import MOST_BYTES
from workspace.models import Attachment
from workspace.policy import needs
from workspace.queries import attachments_of
from workspace.queries.attached import attachment_for

router = Router(tags=["attachments"])
FILES = {
    "type": "array", "items": {"type": "string", "format": "binary"},
    "description": f"Any field name; up to {MOST_AT_ONCE} files of 25 MiB.",
}  # fmt: skip
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": {"type": "object", "properties": {"files": FILES}}}
        },
    }
}


class AttachmentShape(Schema):
    """`readable`: its words are known and given to the coordinator's model."""

    id: str
    room_id: str
    card_id: str | None
    name: str
    media_type: str
    size: int
    sha256: str
    readable: bool
    added_by: str | None
    added_at: datetime


class AttachmentList(Schema):
    items: list[AttachmentShape]
    next: None = None


def attachment_shape(row: Attachment) -> AttachmentShape:
    return AttachmentShape(
        id=row.id, room_id=row.room_id, card_id=row.card_id, name=row.name,
        media_type=row.media_type, size=row.blob.size, sha256=row.blob.sha256,
        readable=bool(row.text), added_by=row.added_by_id, added_at=row.added_at,
    )  # fmt: skip


def _listed(rows: QuerySet[Attachment] | list[Attachment]) -> AttachmentList:
    return AttachmentList(items=[attachment_shape(row) for row in rows])


def _given(request: HttpRequest) -> list[GivenFile]:
    """The files of a form, looked at before anything is locked."""
    if request.content_type != "multipart/form-data":
        raise Refused("not_readable", status=400)
    sent = [one for _, files in request.FILES.lists() for one in files]
    if not sent:
        raise Refused("missing", status=422, field="files")
    if len(sent) > MOST_AT_ONCE:
        raise Refused("too_many_files", status=422, most=MOST_AT_ONCE)
    return [_looked_at(one) for one in sent if isinstance(one, UploadedFile)]


def _looked_at(file: UploadedFile) -> GivenFile:
    check_text(file.name or "")
    if (file.size or 0) > MOST_BYTES:
        raise Refused("artifact_too_large", status=413, most=MOST_BYTES)
    return examine(name=file.name or "", media_type=file.content_type or "", content=file.read())


@router.get("/rooms/{row_id:room_id}/attachments", response=AttachmentList)
@needs("room.read")
def list_of_room(request: HttpRequest, room_id: str) -> AttachmentList:
    """What was given with the room's goal."""
    return _listed(attachments_of(caller(request).room(room_id).id, None))


@router.post(
    "/rooms/{row_id:room_id}/attachments", response={201: AttachmentList}, openapi_extra=FORM
)
@needs("file.attach")
def attach_to_room(request: HttpRequest, room_id: str) -> Status[Any]:
    """Give files with the goal: every plan and every worker of the room gets them."""
    who = caller(request)
    room = who.room(room_id, "file.attach")
    files = _given(request)
    return once(
        request,
        lambda: _listed(attach_files(room_id=room.id, files=files, by=who.by, at=who.at)),
        201,
    )


@router.get("/cards/{row_id:card_id}/attachments", response=AttachmentList)
@needs("room.read")
def list_of_card(request: HttpRequest, card_id: str) -> AttachmentList:
    """What was given with this card alone."""
    card = caller(request).card(card_id)
    return _listed(attachments_of(card.room_id, card.id))


@router.post(
    "/cards/{row_id:card_id}/attachments", response={201: AttachmentList}, openapi_extra=FORM
)
@needs("file.attach")
def attach_to_card(request: HttpRequest, card_id: str) -> Status[Any]:
    """Give files with a card; a live run of it is told."""
    who = caller(request)
    card = who.card(card_id)
    who.room(card.room_id, "file.attach")
    files = _given(request)
    return once(
        request,
        lambda: _listed(attach_files(card_id=card.id, files=files, by=who.by, at=who.at)),
        201,
    )


def _attachment(request: HttpRequest, attachment_id: str) -> Attachment:
    who = caller(request)
    found = attachment_for(who.person, attachment_id)
    who.room(found.room_id)
    return found


@router.get("/attachments/{row_id:attachment_id}", response=AttachmentShape)
@needs("room.read")
def get_attachment(request: HttpRequest, attachment_id: str) -> AttachmentShape:
    return attachment_shape(_attachment(request, attachment_id))


@router.get("/attachments/{row_id:attachment_id}/content")
@needs("room.read")
def get_content(request: HttpRequest, attachment_id: str) -> FileResponse:
    """The bytes as they were given, as a download."""
    found = _attachment(request, attachment_id)
    return FileResponse(
        default_storage.open(found.blob.path), as_attachment=True, filename=found.name,
        content_type=OCTETS,
    )  # fmt: skip


@router.post("/attachments/{row_id:attachment_id}/remove", response=AttachmentShape)
@needs("file.attach")
def remove(request: HttpRequest, attachment_id: str) -> Status[Any]:
    """Nobody is given it any more."""
    who = caller(request)

    def act() -> AttachmentShape:
        found = _attachment(request, attachment_id)
        remove_attachment(attachment_id=found.id, by=who.by, at=who.at)
        return attachment_shape(found)

    return once(request, act)
