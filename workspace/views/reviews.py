"""The review queue: a version opened with its evidence, and a person's verdict on it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from workspace.commands.messages import post_message
from workspace.commands.reviews import (
    accept_deliverable,
    open_deliverable,
    reject_deliverable,
    request_changes,
    roll_back,
)
from workspace.errors import Refused
from workspace.models import Deliverable
from workspace.policy import may_in_room, needs
from workspace.queries import deliverable_for, room_role
from workspace.sentences import refusal
from workspace.shown.reviews import opened_version, queue_of
from workspace.views.asking import at, back_to, by, person_of, posted, signed_in

VIEWS = ("rendered", "source", "diff", "beside")


@needs("workspace.read")
@signed_in
def queue(request: HttpRequest) -> HttpResponse:
    """The queue, with its first version open."""
    waiting = queue_of(person_of(request))
    if waiting.rows:
        return redirect(f"/reviews/{waiting.rows[0].id}")
    return render(
        request, "reviews.html", {"section": "reviews", "queue": waiting, "pane": "queue"}
    )


@needs("review.open")
@signed_in
def version(request: HttpRequest, deliverable_id: str) -> HttpResponse:
    """One version. Having it on the page is opening it, and accepting needs that."""
    row = deliverable_for(person_of(request), deliverable_id)
    if row.state == "submitted":
        open_deliverable(deliverable_id=row.id, by=by(request), at=at())
    return render(request, "reviews.html", _facts(request, row))


def _facts(request: HttpRequest, row: Deliverable) -> dict[str, object]:
    view = request.GET.get("view", "rendered")
    role = room_role(person_of(request).id, row.room_id)
    opened = opened_version(row, view if view in VIEWS else "rendered", request.GET.get("to", ""))
    waiting = queue_of(person_of(request), row.id)
    ids = [one.id for one in waiting.rows]
    return {
        "section": "reviews", "queue": waiting, "opened": opened, "pane": "deliverable",
        "position": ids.index(row.id) + 1 if row.id in ids else None, "my_role": role,
        "may_accept": may_in_room(role, "review.accept") and row.state == "submitted",
        "may_send_back": may_in_room(role, "review.request_changes") and row.state == "submitted",
        "may_roll_back": may_in_room(role, "deliverable.roll_back") and row.state == "accepted",
        "may_say": may_in_room(role, "message.post"),
        "may_rule": may_in_room(role, "conflict.rule"),
    }  # fmt: skip


def _onwards(request: HttpRequest, row: Deliverable) -> HttpResponse:
    """After a verdict: the next version that waits, else the queue."""
    rest = [one.id for one in queue_of(person_of(request)).rows if one.id != row.id]
    return back_to(request, f"/reviews/{rest[0]}" if rest else "/reviews")


def _refused(request: HttpRequest, row: Deliverable, error: Refused) -> HttpResponse:
    """The version again with what was typed; nothing a person wrote is lost."""
    fresh = deliverable_for(person_of(request), row.id)
    facts = {**_facts(request, fresh), "wrong": refusal(error), "given": request.POST}
    return render(request, "reviews.html", facts, status=error.status)


@needs("review.accept")
@signed_in
@posted
def accept(request: HttpRequest, deliverable_id: str) -> HttpResponse:
    row = deliverable_for(person_of(request), deliverable_id)
    sha256, reason = request.POST.get("sha256", ""), request.POST.get("reason", "")
    try:
        accept_deliverable(
            deliverable_id=row.id, sha256=sha256, reason=reason, by=by(request), at=at()
        )
    except Refused as error:
        return _refused(request, row, error)
    return _onwards(request, row)


@needs("review.request_changes")
@signed_in
@posted
def changes(request: HttpRequest, deliverable_id: str) -> HttpResponse:
    row = deliverable_for(person_of(request), deliverable_id)
    reason = request.POST.get("reason", "")
    try:
        request_changes(deliverable_id=row.id, reason=reason, by=by(request), at=at())
    except Refused as error:
        return _refused(request, row, error)
    return _onwards(request, row)


@needs("review.reject")
@signed_in
@posted
def reject(request: HttpRequest, deliverable_id: str) -> HttpResponse:
    row = deliverable_for(person_of(request), deliverable_id)
    reason = request.POST.get("reason", "")
    try:
        reject_deliverable(deliverable_id=row.id, reason=reason, by=by(request), at=at())
    except Refused as error:
        return _refused(request, row, error)
    return _onwards(request, row)


@needs("deliverable.roll_back")
@signed_in
@posted
def take_back(request: HttpRequest, deliverable_id: str) -> HttpResponse:
    row = deliverable_for(person_of(request), deliverable_id)
    reason = request.POST.get("reason", "")
    try:
        roll_back(deliverable_id=row.id, reason=reason, by=by(request), at=at())
    except Refused as error:
        return _refused(request, row, error)
    return back_to(request, f"/reviews/{row.id}")


@needs("message.post")
@signed_in
@posted
def ask(request: HttpRequest, deliverable_id: str) -> HttpResponse:
    """A question to whoever made it, kept on the card."""
    row = deliverable_for(person_of(request), deliverable_id)
    body = request.POST.get("body", "")
    if row.run.agent is not None and "@" not in body:
        body = f"@{row.run.agent.name.replace(' ', '-')} {body}"
    post_message(card_id=row.card_id, body=body, by=by(request), at=at())
    return back_to(request, f"/reviews/{row.id}")
