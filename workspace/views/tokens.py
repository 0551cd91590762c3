"""Personal tokens for the people's API."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from workspace.commands.people import make_token, revoke_token
from workspace.errors import Refused
from workspace.models import ApiToken
from workspace.policy import SCOPES, needs
from workspace.views.asking import at, by, person_of, posted, shown_again, signed_in
from workspace.views.people import SIGNED_IN_AT

FRESH = 15 * 60  # a sign-in this young counts as signing in again


@needs("token.manage")
@signed_in
def tokens(request: HttpRequest) -> HttpResponse:
    """All tokens, and a form for a new one; the new one's text is on the answer, this once."""
    if request.method != "POST":
        return render(request, "tokens.html", _facts(request))
    try:
        _made, token = make_token(
            person=person_of(request), name=request.POST.get("name", ""),
            scopes=request.POST.getlist("scopes"), reauthenticated=_is_fresh(request),
            by=by(request), at=at(),
        )  # fmt: skip
    except Refused as error:
        return shown_again(request, "tokens.html", _facts(request), error)
    return render(request, "tokens.html", {**_facts(request), "token": token})


def _facts(request: HttpRequest) -> dict[str, object]:
    mine = ApiToken.objects.filter(person=person_of(request), revoked_at=None).order_by("-made_at")
    return {
        "section": "api", "tokens": mine, "scopes": list(SCOPES), "base": settings.MUSTER_URL,
        "is_fresh": _is_fresh(request), "given": request.POST,
    }  # fmt: skip


def _is_fresh(request: HttpRequest) -> bool:
    signed_in_at = float(request.session.get(SIGNED_IN_AT, 0))
    return timezone.now().timestamp() - signed_in_at < FRESH


@needs("token.manage")
@signed_in
@posted
def revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    revoke_token(token_id=token_id, by=by(request), at=at())
    return redirect("/tokens")
