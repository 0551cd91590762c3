"""Files of deliverables: always as a download, but for pictures that are shown in place."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from workspace.errors import NotFound
from workspace.files import chunks
from workspace.models import Artifact, DeliverableFile
from workspace.policy import needs
from workspace.previews.image import STARTS
from workspace.views.asking import person_of, signed_in


@needs("room.read")
@signed_in
def download(request: HttpRequest, file_id: str) -> StreamingHttpResponse:
    """The bytes as they were submitted, never interpreted by the browser."""
    return _as_download(_file(request, file_id))


@needs("room.read")
@signed_in
def picture(request: HttpRequest, file_id: str) -> StreamingHttpResponse:
    """A picture for an <img>; only what begins like one is sent as one."""
    found = _file(request, file_id)
    head = next(chunks(found.blob), b"")
    if not head.startswith(STARTS.get(found.media_type, (b"\x00no such start",))):
        raise NotFound("picture", file_id)
    response = StreamingHttpResponse(chunks(found.blob), content_type=found.media_type)
    return _guarded(response, found)


@needs("room.read")
@signed_in
def late(request: HttpRequest, artifact_id: str) -> StreamingHttpResponse:
    """A file that came after its run was over: kept for people, part of no version."""
    mine = Artifact.objects.filter(
        Q(late=True) | Q(run__late_results__isnull=False),
        id=artifact_id, run__room__members__person=person_of(request),
    )  # fmt: skip
    found = mine.select_related("blob").first()
    if found is None:
        raise NotFound("file", artifact_id)
    return _as_download(found)


def _as_download(found: DeliverableFile | Artifact) -> StreamingHttpResponse:
    response = StreamingHttpResponse(chunks(found.blob), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found.name.split("/")[-1])
    return _guarded(response, found)


def _file(request: HttpRequest, file_id: str) -> DeliverableFile:
    mine = DeliverableFile.objects.filter(
        id=file_id, deliverable__room__members__person=person_of(request)
    )
    found = mine.select_related("blob").first()
    if found is None:
        raise NotFound("file", file_id)
    return found


def _guarded(
    response: StreamingHttpResponse, found: DeliverableFile | Artifact
) -> StreamingHttpResponse:
    response["Content-Length"] = str(found.blob.size)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=300"
    return response
