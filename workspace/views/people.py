"""Signing in, joining by invite, one's own name, signing out."""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from workspace.commands.people import join_by_invite, rename_person, use_sign_in_link
from workspace.errors import Refused
from workspace.keys import hashed
from workspace.models import Invite, Person
from workspace.policy import needs
from workspace.sentences import refusal
from workspace.views.asking import at, person_of, posted, signed_in

BACKEND = "django.contrib.auth.backends.ModelBackend"
SIGNED_IN_AT = "signed_in_at"


@needs("public")
def sign_in(request: HttpRequest) -> HttpResponse:
    """How to get in; someone who is in already goes home."""
    if request.user.is_authenticated:
        return redirect("/")
    return render(request, "sign_in.html")


@needs("public")
def use_link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link signs in at once; looking ahead with HEAD does not use it up."""
    if request.method == "HEAD":
        return HttpResponse()
    try:
        person = use_sign_in_link(token=token, at=at())
    except Refused as error:
        if request.user.is_authenticated:
            return redirect("/")
        facts = {"wrong": refusal(error), "code": error.code}
        return render(request, "sign_in.html", facts, status=error.status)
    _let_in(request, person)
    return redirect("/")


def _let_in(request: HttpRequest, person: Person) -> None:
    login(request, person, backend=BACKEND)
    request.session[SIGNED_IN_AT] = timezone.now().timestamp()


@needs("public")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invite: join the room, or join it and bring an agent."""
    invite = (
        Invite.objects.filter(token_sha256=hashed(token)).select_related("room", "made_by").first()
    )
    facts = {"invite": invite, "token": token}
    if request.method != "POST":
        is_over = invite is not None and (
            invite.used_at or invite.revoked_at or invite.expires_at <= at()
        )
        status = 404 if invite is None else 410 if is_over else 200
        return render(request, "join.html", {**facts, "is_over": is_over}, status=status)
    me = request.user if isinstance(request.user, Person) else None
    try:
        member = join_by_invite(token=token, name=request.POST.get("name", ""), person=me, at=at())
    except Refused as error:
        return render(request, "join.html", {**facts, "wrong": refusal(error)}, status=error.status)
    if me is None:
        _let_in(request, member.person)
    if request.POST.get("then") == "agent":
        return redirect(f"/agents?room={member.room_id}")
    return redirect(f"/rooms/{member.room_id}")


@needs("public")
@posted
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("/sign-in")


@needs("workspace.read")
@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """One's own name."""
    if request.method == "POST":
        try:
            rename_person(person_id=person_of(request).id, name=request.POST.get("name", ""))
        except Refused as error:
            return render(request, "me.html", {"wrong": refusal(error)}, status=error.status)
        return redirect("/me?saved=1")
    return render(request, "me.html", {"saved": "saved" in request.GET})
