"""Files that people give with a goal or a card: taken, handed out, taken away again."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from workspace.commands.attachments import (
    MOST_AT_ONCE,
    GivenFile,
    attach_files,
    examine,
    remove_attachment,
)
from workspace.errors import Refused
from workspace.extraction import OCTETS, RASTER
from workspace.files import MOST_BYTES, chunks
from workspace.models import Attachment
from workspace.policy import needs, require_role
from workspace.queries import card_for, room_for, room_role
from workspace.queries.attached import attachment_for
from workspace.views.asking import at, back_to, by, person_of, posted, signed_in


@needs("file.attach")
@signed_in
@posted
def attach_to_room(request: HttpRequest, room_id: str) -> HttpResponse:
    """Files for the goal: the coordinator plans with them, and every worker may read them."""
    room = room_for(person_of(request), room_id)
    require_role(room_role(person_of(request).id, room.id), "file.attach")
    attach_files(room_id=room.id, files=files_given(request), by=by(request), at=at())
    return back_to(request, f"/rooms/{room.id}/settings")


@needs("file.attach")
@signed_in
@posted
def attach_to_card(request: HttpRequest, card_id: str) -> HttpResponse:
    card = card_for(person_of(request), card_id)
    require_role(room_role(person_of(request).id, card.room_id), "file.attach")
    attach_files(card_id=card.id, files=files_given(request), by=by(request), at=at())
    return back_to(request, f"/rooms/{card.room_id}/cards/{card.id}")


def files_given(request: HttpRequest) -> list[GivenFile]:
    """The files of a form, looked at one by one. Call it after asking whether they may be given.

    Refused if there are too many at once, or one is too large.
    """
    sent = [one for one in request.FILES.getlist("attachments") if isinstance(one, UploadedFile)]
    if len(sent) > MOST_AT_ONCE:
        raise Refused("too_many_files", status=422, most=MOST_AT_ONCE)
    if any((one.size or 0) > MOST_BYTES for one in sent):
        raise Refused("artifact_too_large", status=413, most=MOST_BYTES)
    return [
        examine(name=one.name or "", media_type=one.content_type or "", content=one.read())
        for one in sent
    ]


@needs("file.attach")
@signed_in
@posted
def remove(request: HttpRequest, attachment_id: str) -> HttpResponse:
    found = attachment_for(person_of(request), attachment_id)
    remove_attachment(attachment_id=found.id, by=by(request), at=at())
    card = f"/cards/{found.card_id}" if found.card_id else "/settings"
    return back_to(request, f"/rooms/{found.room_id}{card}")


@needs("room.read")
@signed_in
def attachment(request: HttpRequest, attachment_id: str) -> StreamingHttpResponse:
    """The bytes as they were given: a picture in place, everything else as a download."""
    return handed_out(attachment_for(person_of(request), attachment_id))


def handed_out(found: Attachment) -> StreamingHttpResponse:
    """Never interpreted by the browser, whatever it may hold."""
    is_picture = found.media_type in RASTER
    response = StreamingHttpResponse(
        chunks(found.blob), content_type=found.media_type if is_picture else OCTETS
    )
    disposition = content_disposition_header(not is_picture, found.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["Content-Length"] = str(found.blob.size)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=300"
    return response
