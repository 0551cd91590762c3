"""What waits for a verdict, one version with its evidence, and the verdicts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.api.wall import Given
from workspace.commands.reviews import (
    accept_deliverable,
    open_deliverable,
    reject_deliverable,
    request_changes,
    roll_back,
)
from workspace.errors import NotFound
from workspace.models import Deliverable
from workspace.policy import needs
from workspace.queries import reviews_waiting
from workspace.queries.covered import coverage_of
from workspace.queries.given import files_in, inputs_given
from workspace.queries.versions import claims_in, reviews_of, sources_in

router = Router(tags=["reviews"])
Reason = Annotated[str, Field(max_length=10_000)]


class ReviewItem(Schema):
    """A version that waits for your verdict."""

    deliverable_id: str
    card_id: str
    room_id: str
    version: int
    sha256: str
    title: str
    kind: str
    round: int
    agent_id: str | None
    person_id: str | None
    submitted_at: datetime


class ReviewQueue(Schema):
    items: list[ReviewItem]
    next: str | None


class FileShape(Schema):
    id: str
    name: str
    media_type: str
    role: str
    size: int
    sha256: str
    url: str


class ClaimShape(Schema):
    id: str
    ref: str
    subject: str
    value: Any
    unit: str
    text: str


class SourceShape(Schema):
    place: dict[str, Any]
    supports: list[str]


class CoverageShape(Schema):
    """How many claims there are, how many name a source, and how many name one that holds."""

    claims: int
    named: int
    holding: int


class InputShape(Schema):
    deliverable_id: str
    sha256: str


class VerdictShape(Schema):
    person_id: str
    verdict: str
    reason: str
    comments: list[dict[str, Any]]
    sha256: str
    by_token: bool
    at: datetime
    undone_at: datetime | None


class WholeDeliverable(Schema):
    id: str
    card_id: str
    room_id: str
    run_id: str
    version: int
    kind: str
    state: str
    sha256: str
    summary: str
    manifest: dict[str, Any]
    files: list[FileShape]
    claims: list[ClaimShape]
    sources: list[SourceShape]
    coverage: CoverageShape
    inputs: list[InputShape]
    reviews: list[VerdictShape]
    submitted_at: datetime
    decided_at: datetime | None


class Acceptance(Given):
    """`sha256`, if given, must be that of this version: what you accept is what you looked at."""

    sha256: str | None = Field(None, max_length=80)
    reason: Reason = ""


class Comment(Given):
    body: str = Field(min_length=1, max_length=2000)
    file: str = Field("", max_length=255)
    line: int | None = Field(None, ge=1, le=10_000_000)


class Verdict(Given):
    reason: Reason
    comments: list[Comment] = Field(default_factory=list, max_length=100)


def whole_deliverable(version: Deliverable) -> WholeDeliverable:
    plain = (
        "id", "card_id", "room_id", "run_id", "version", "kind", "state", "sha256", "summary",
        "manifest", "submitted_at", "decided_at",
    )  # fmt: skip
    return WholeDeliverable(
        **{name: getattr(version, name) for name in plain},
        files=_files(version),
        claims=[
            ClaimShape(**{name: getattr(claim, name) for name in ClaimShape.model_fields})
            for claim in claims_in(version.id)
        ],
        coverage=CoverageShape(**asdict(coverage_of(version))),
        sources=[
            SourceShape(place=source.place, supports=source.supports)
            for source in sources_in(version.id)
        ],
        inputs=[
            InputShape(deliverable_id=given.deliverable_id, sha256=given.sha256)
            for given in inputs_given(version.run_id)
        ],
        reviews=_verdicts(version),
    )


def _files(version: Deliverable) -> list[FileShape]:
    return [
        FileShape(
            id=file.id, name=file.name, media_type=file.media_type, role=file.role,
            size=file.blob.size, sha256=file.blob.sha256,
            url=f"/api/v1/deliverables/{version.id}/files/{file.id}",
        )
        for file in files_in(version.id)
    ]  # fmt: skip


def _verdicts(version: Deliverable) -> list[VerdictShape]:
    return [
        VerdictShape(
            person_id=review.person_id, verdict=review.verdict, reason=review.reason,
            comments=review.comments, sha256=review.sha256, by_token=review.token_id is not None,
            at=review.at, undone_at=review.undone_at,
        )
        for review in reviews_of(version.id)
    ]  # fmt: skip


@router.get("/reviews", response=ReviewQueue)
@needs("review.open")
def list_reviews(
    request: HttpRequest, paging: Query[Paging],
    room_id: str | None = Query(None, max_length=60),
) -> ReviewQueue:  # fmt: skip
    """Versions that wait in rooms where you may judge, oldest first."""
    who = caller(request)
    waiting = reviews_waiting(who.person).filter(workspace=who.workspace_id)
    if room_id is not None:
        waiting = waiting.filter(room=who.room(room_id))
    found, following = page(waiting, paging)
    items = [
        ReviewItem(
            deliverable_id=one.id, card_id=one.card_id, room_id=one.room_id, version=one.version,
            sha256=one.sha256, title=one.card.title, kind=one.kind, round=one.run.round,
            agent_id=one.run.agent_id, person_id=one.run.person_id, submitted_at=one.submitted_at,
        )
        for one in found
    ]  # fmt: skip
    return ReviewQueue(items=items, next=following)


@router.get("/deliverables/{row_id:deliverable_id}", response=WholeDeliverable)
@needs("review.open")
def get_deliverable(request: HttpRequest, deliverable_id: str) -> WholeDeliverable:
    """One version with its files and evidence. Reading it counts as opening it."""
    who = caller(request)
    version = who.deliverable(deliverable_id)
    open_deliverable(deliverable_id=version.id, by=who.by, at=who.at)
    return whole_deliverable(version)


@router.get("/deliverables/{row_id:deliverable_id}/files/{row_id:file_id}")
@needs("review.open")
def get_file(request: HttpRequest, deliverable_id: str, file_id: str) -> FileResponse:
    """The bytes of one file, as a download."""
    version = caller(request).deliverable(deliverable_id)
    file = version.files.select_related("blob").filter(id=file_id).first()
    if file is None:
        raise NotFound("file", file_id)
    name = file.name.rpartition("/")[2]
    # Never shown as a page of ours, whatever its maker called it.
    return FileResponse(
        default_storage.open(file.blob.path), as_attachment=True, filename=name,
        content_type="application/octet-stream",
    )  # fmt: skip


@router.post("/deliverables/{row_id:deliverable_id}/accept", response=WholeDeliverable)
@needs("review.accept")
def accept(
    request: HttpRequest, deliverable_id: str, body: Acceptance | None = None
) -> Status[Any]:
    """Accept exactly this version, which you have opened. Needs the scope `review:accept`."""
    who = caller(request)
    version = who.deliverable(deliverable_id)
    said = body or Acceptance(sha256=None, reason="")

    def act() -> WholeDeliverable:
        accepted = accept_deliverable(
            deliverable_id=version.id, sha256=said.sha256 or version.sha256, by=who.by, at=who.at,
            reason=said.reason,
        )  # fmt: skip
        return whole_deliverable(accepted)

    return once(request, act)


@router.post("/deliverables/{row_id:deliverable_id}/request_changes", response=WholeDeliverable)
@needs("review.request_changes")
def ask_for_changes(request: HttpRequest, deliverable_id: str, body: Verdict) -> Status[Any]:
    """Send it back with what to change; the same worker first, as the next round."""
    who = caller(request)
    version = who.deliverable(deliverable_id)
    comments = _comments(body)

    def act() -> WholeDeliverable:
        sent_back = request_changes(
            deliverable_id=version.id, reason=body.reason, comments=comments, by=who.by, at=who.at
        )
        return whole_deliverable(sent_back)

    return once(request, act)


@router.post("/deliverables/{row_id:deliverable_id}/reject", response=WholeDeliverable)
@needs("review.reject")
def reject(request: HttpRequest, deliverable_id: str, body: Verdict) -> Status[Any]:
    """Throw it away; the card is ready for another attempt."""
    who = caller(request)
    version = who.deliverable(deliverable_id)

    def act() -> WholeDeliverable:
        rejected = reject_deliverable(
            deliverable_id=version.id,
            reason=body.reason,
            comments=_comments(body),
            by=who.by,
            at=who.at,
        )
        return whole_deliverable(rejected)

    return once(request, act)


@router.post("/deliverables/{row_id:deliverable_id}/roll_back", response=WholeDeliverable)
@needs("deliverable.roll_back")
def take_back(request: HttpRequest, deliverable_id: str, body: Verdict) -> Status[Any]:
    """Take its acceptance back; the card is ready again, and what builds on it is told."""
    who = caller(request)
    version = who.deliverable(deliverable_id)

    def act() -> WholeDeliverable:
        back = roll_back(deliverable_id=version.id, reason=body.reason, by=who.by, at=who.at)
        return whole_deliverable(back)

    return once(request, act)


def _comments(body: Verdict) -> list[dict[str, Any]]:
    return [comment.model_dump(exclude_defaults=True) for comment in body.comments]
