"""Who is asking, and when: read once, at the edge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from workspace.actors import By
from workspace.errors import Refused
from workspace.models import Person, Room
from workspace.queries import room_role
from workspace.sentences import refusal

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def person_of(request: HttpRequest) -> Person:
    """The person signed in; views behind `signed_in` always have one."""
    person = request.user
    assert isinstance(person, Person)
    return person


def by(request: HttpRequest) -> By:
    return By(person_of(request).id)


def at() -> datetime:
    return timezone.now()


def signed_in(view: View) -> View:
    """Sends whoever is not signed in to the page that says how."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return back_to(request, "/sign-in")
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def posted(view: View) -> View:
    """Only for POST: the view changes something."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return view(request, *args, **kwargs)

    return guarded  # type: ignore[return-value]


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; a reload after Back wants all of it."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not headers.get("HX-History-Restore-Request")


def back_to(request: HttpRequest, url: str) -> HttpResponse:
    """After a change: on to `url`, whether the browser or htmx asked."""
    if is_fragment(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return redirect(url)


def room_facts(request: HttpRequest, room: Room) -> dict[str, Any]:
    """What every page of a room is given."""
    return {"room": room, "my_role": room_role(person_of(request).id, room.id), "section": "rooms"}


def wire(room: Room, seq: int) -> dict[str, Any]:
    """The socket a room's page follows, from the number it was read at."""
    return {"url": f"/live/rooms/{room.id}", "seq": seq}


def shown_again(
    request: HttpRequest, template: str, facts: dict[str, Any], error: Refused
) -> HttpResponse:
    """The form again with what was typed, and why it was refused."""
    return render(request, template, {**facts, "wrong": refusal(error)}, status=error.status)
