"""A card: opened in the drawer or as a page, and everything people do to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspace.actors import By
from workspace.commands.attachments import create_card_with
from workspace.commands.cards import (
    MOST_INDEPENDENT,
    CardFacts,
    cancel_card,
    edit_card,
    give_card,
    keep_card,
    reopen_card,
    take_card,
)
from workspace.commands.lates import offer_late
from workspace.commands.messages import post_message
from workspace.commands.repositories import RepositoryNamed, read_checks
from workspace.commands.reviews import submit_as_person
from workspace.errors import NotFound, Refused
from workspace.files import MOST_BYTES
from workspace.models import Agent, Card, LateResult, Room
from workspace.policy import may_in_room, needs
from workspace.queries import card_for, room_for, room_role, workers
from workspace.reports import Inline, Result
from workspace.sentences import refusal
from workspace.shown.attachments import attachments_shown
from workspace.shown.lineage import all_steps
from workspace.shown.opened import opened_card
from workspace.shown.words import KIND_WORDS
from workspace.transitions import CARD, is_legal
from workspace.views.asking import (
    at,
    by,
    is_fragment,
    person_of,
    posted,
    room_facts,
    shown_again,
    signed_in,
)
from workspace.views.attachments import files_given
from workspace.views.rooms import board_facts

MOST_FILES = 40


@needs("room.read")
@signed_in
def card(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    """In the drawer for htmx, else over its board, so that the link opens either way."""
    found = _card(request, room_id, card_id)
    if is_fragment(request):
        return render(request, "parts/drawer.html", _opened(request, found))
    facts = {**board_facts(request, found.room), **_opened(request, found)}
    return render(request, "board.html", facts)


def _card(request: HttpRequest, room_id: str, card_id: str) -> Card:
    found = card_for(person_of(request), card_id)
    if found.room_id != room_id:
        raise NotFound("card", card_id)
    return found


def _opened(request: HttpRequest, found: Card) -> dict[str, object]:
    role = room_role(person_of(request).id, found.room_id)
    me = person_of(request).id
    opened = opened_card(found)
    may = {name.replace(".", "_"): may_in_room(role, name) for name in MAY}
    return {
        **room_facts(request, found.room), "opened": opened, "may": may,
        "attachments": attachments_shown(found.room, found),
        "can_take": may["card_take"] and found.status in ("ready", "working", "waiting")
        and opened.live_run_person != me and not opened.is_blocked,
        "can_submit": may["card_submit"] and opened.live_run_person == me,
        "can_keep": may["card_sort"] and is_legal(CARD, found.status, "keep"),
        "can_cancel": may["card_cancel"] and is_legal(CARD, found.status, "cancel"),
        "can_reopen": may["card_sort"] and (
            found.status == "cancelled" or (found.status == "waiting" and opened.is_handed_over)
        ),
        "can_edit": may["card_edit"] and found.status not in ("done", "cancelled"),
        "editing": bool(request.GET.get("edit")), "most_runs": MOST_INDEPENDENT,
        "people": workers(found.room), "kinds": KIND_WORDS,
        "agents": Agent.objects.filter(seats__room=found.room).exclude(status="revoked"),
        "others": Card.objects.filter(room=found.room).exclude(id=found.id)
        .exclude(status="cancelled").order_by("number")[:200],
    }  # fmt: skip


MAY = (
    "late.offer", "card.take", "card.give", "card.submit", "card.cancel", "card.edit", "card.sort",
    "message.post", "review.accept",
)  # fmt: skip


def _again(request: HttpRequest, found: Card) -> HttpResponse:
    """The card as it is now: the drawer for htmx, else its page."""
    if not is_fragment(request):
        return redirect(f"/rooms/{found.room_id}/cards/{found.id}")
    fresh = card_for(person_of(request), found.id)
    return render(request, "parts/drawer.html", _opened(request, fresh))


def _changed(
    request: HttpRequest, room_id: str, card_id: str, change: Callable[[Card, By], object]
) -> HttpResponse:
    found = _card(request, room_id, card_id)
    change(found, by(request))
    return _again(request, found)


@needs("card.create")
@signed_in
def new_card(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    facts = {**_form_facts(request, room), "given": request.POST}
    template = "parts/new_card.html" if is_fragment(request) else "new_card.html"
    if request.method != "POST":
        return render(request, template, facts)
    status = "triage" if request.POST.get("triage") else "ready"
    try:
        made = create_card_with(
            files=files_given(request),
            room_id=room.id,
            facts=_facts(request),
            by=by(request),
            at=at(),
            status=status,
        )
    except Refused as error:
        return shown_again(request, template, facts, error)
    return redirect(f"/rooms/{room.id}/cards/{made.id}")


def _form_facts(request: HttpRequest, room: Room) -> dict[str, object]:
    others = Card.objects.filter(room=room).exclude(status="cancelled").order_by("number")
    skills = Agent.objects.filter(seats__room=room).values_list("skills", flat=True)
    known = sorted({skill for found in skills for skill in found})
    return {
        **room_facts(request, room), "kinds": KIND_WORDS, "others": others[:200], "skills": known,
        "most_runs": MOST_INDEPENDENT,
        "triage": request.GET.get("triage") or request.POST.get("triage"),
    }  # fmt: skip


def _facts(request: HttpRequest) -> CardFacts:
    given = request.POST
    return CardFacts(
        title=given.get("title", ""), brief=given.get("brief", ""),
        criteria=given.get("criteria", "").splitlines(), skills=_words(given.get("skills", "")),
        kind=given.get("kind", "document"), depends_on=given.getlist("depends_on"),
        independent_runs=_whole(given.get("independent_runs", "1")),
        due_at=_moment(given.get("due_at", "")), repository=_repository(given),
    )  # fmt: skip


def _repository(given: QueryDict) -> RepositoryNamed | None:
    if not given.get("repository", "").strip():
        return None
    return RepositoryNamed(
        url=given.get("repository", ""), commit=given.get("base_commit", ""),
        checks=read_checks(given.get("checks", "")),
    )  # fmt: skip


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        field = _("Independent runs")
        raise Refused("not_a_whole_number", status=422, field=field) from None


def _moment(text: str) -> datetime | None:
    """What a field for a day and a time holds; it is meant in UTC, as it says beside it."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        raise Refused("not_a_time", status=422, field=_("Due")) from None


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


@needs("card.edit")
@signed_in
@posted
def edit(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    facts = _facts(request)
    changes: dict[str, object] = {
        "title": facts.title, "brief": facts.brief, "criteria": facts.criteria,
        "skills": facts.skills, "kind": facts.kind, "depends_on": facts.depends_on,
    }  # fmt: skip
    if "independent_runs" in request.POST:
        changes["independent_runs"] = facts.independent_runs
    if "repository" in request.POST:
        changes["repository"] = facts.repository

    def change(found: Card, who: By) -> object:
        # Left as it was, a time that is over by now is no mistake in the form.
        if "due_at" in request.POST and facts.due_at != _to_the_minute(found.due_at):
            changes["due_at"] = facts.due_at
        return edit_card(card_id=found.id, changes=changes, by=who, at=at())

    return _changed(request, room_id, card_id, change)


def _to_the_minute(due: datetime | None) -> datetime | None:
    return due.replace(second=0, microsecond=0) if due else None


@needs("card.sort")
@signed_in
@posted
def keep(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    return _changed(
        request, room_id, card_id, lambda found, who: keep_card(card_id=found.id, by=who, at=at())
    )


@needs("card.take")
@signed_in
@posted
def take(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    return _changed(
        request, room_id, card_id, lambda found, who: take_card(card_id=found.id, by=who, at=at())
    )


@needs("card.give")
@signed_in
@posted
def give(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    to = request.POST.get("to", "")
    return _changed(
        request, room_id, card_id,
        lambda found, who: give_card(card_id=found.id, to=to, by=who, at=at()),
    )  # fmt: skip


@needs("card.cancel")
@signed_in
@posted
def cancel(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    said = request.POST.get("reason", "")
    return _changed(
        request, room_id, card_id,
        lambda found, who: cancel_card(card_id=found.id, said=said, by=who, at=at()),
    )  # fmt: skip


@needs("card.sort")
@signed_in
@posted
def reopen(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    return _changed(
        request, room_id, card_id, lambda found, who: reopen_card(card_id=found.id, by=who, at=at())
    )


@needs("late.offer")
@signed_in
@posted
def offer(request: HttpRequest, room_id: str, card_id: str, late_id: str) -> HttpResponse:
    """Put what came too late into review."""

    def change(found: Card, who: By) -> object:
        if not LateResult.objects.filter(id=late_id, run__card=found).exists():
            raise NotFound("late result", late_id)
        return offer_late(late_id=late_id, by=who, at=at())

    return _changed(request, room_id, card_id, change)


@needs("message.post")
@signed_in
@posted
def say(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    body = request.POST.get("body", "")
    return _changed(
        request, room_id, card_id,
        lambda found, who: post_message(card_id=found.id, body=body, by=who, at=at()),
    )  # fmt: skip


@needs("card.submit")
@signed_in
@posted
def submit(request: HttpRequest, room_id: str, card_id: str) -> HttpResponse:
    """A person's text and files become a version, and pass the same review."""
    found = _card(request, room_id, card_id)
    try:
        result = _result(request)
        submit_as_person(card_id=found.id, result=result, by=by(request), at=at())
    except Refused as error:
        facts = {**_opened(request, found), "wrong": refusal(error), "given": request.POST}
        template = "parts/drawer.html" if is_fragment(request) else "board.html"
        if not is_fragment(request):
            facts = {**board_facts(request, found.room), **facts}
        # htmx shows what comes with an error like anything else; the text typed stays.
        return render(request, template, facts, status=error.status)
    return _again(request, found)


def _result(request: HttpRequest) -> Result:
    text = request.POST.get("text", "").strip()
    files = [one for one in request.FILES.getlist("files") if isinstance(one, UploadedFile)]
    if not text and not files:
        raise Refused("empty_deliverable", status=422)
    parts = []
    if text:
        parts.append(Inline("answer.md", "text/markdown", text.encode()))
    for one in files[:MOST_FILES]:
        if (one.size or 0) > MOST_BYTES:
            raise Refused("artifact_too_large", status=413, most=MOST_BYTES)
        media_type = one.content_type or "application/octet-stream"
        parts.append(Inline(one.name or "file", media_type, one.read()))
    return Result(summary_md=request.POST.get("summary", "") or text[:2000], artifacts=tuple(parts))


@needs("room.read")
@signed_in
def steps(request: HttpRequest, room_id: str, card_id: str, run_id: str) -> HttpResponse:
    """All steps of a run."""
    found = _card(request, room_id, card_id)
    run = found.runs.filter(id=run_id).first()
    if run is None:
        raise NotFound("run", run_id)
    facts = {**room_facts(request, found.room), "card": found, "steps": all_steps(run)}
    return render(request, "steps.html", facts)
