"""Home: what needs me, my rooms, and what was settled without me."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workspace.policy import needs
from workspace.queries import rooms_of
from workspace.shown.home import needs_of, settled_for
from workspace.shown.rooms import room_rows
from workspace.views.asking import person_of, signed_in


@needs("workspace.read")
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    rooms = list(rooms_of(person))
    facts = {
        "section": "home", "needs": needs_of(person), "rooms": room_rows(rooms),
        "settled": settled_for(person, rooms), "wire": {"url": "/live/me", "seq": 0},
    }  # fmt: skip
    return render(request, "home.html", facts)
