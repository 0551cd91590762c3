"""Room memory: facts that people pin for every run to know."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workspace.commands.memory import pin_fact, unpin_fact
from workspace.errors import Refused
from workspace.models import Room
from workspace.policy import needs
from workspace.queries import head_seq, room_for
from workspace.queries.ruling import fact_for
from workspace.shown.memory import memory_of
from workspace.shown.rooms import room_head
from workspace.views.asking import (
    at,
    back_to,
    by,
    person_of,
    posted,
    room_facts,
    shown_again,
    signed_in,
    wire,
)


@needs("room.read")
@signed_in
def memory(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    return render(request, "memory.html", _facts(request, room))


def _facts(request: HttpRequest, room: Room) -> dict[str, Any]:
    seq = head_seq(room.id)
    return {
        **room_facts(request, room), "tab": "memory", "head": room_head(room, at()),
        "memory": memory_of(room), "wire": wire(room, seq),
    }  # fmt: skip


@needs("fact.pin")
@signed_in
@posted
def pin(request: HttpRequest, room_id: str) -> HttpResponse:
    room, given = room_for(person_of(request), room_id), request.POST
    subject, text = given.get("subject", ""), given.get("text", "")
    try:
        pin_fact(room_id=room.id, subject=subject, text=text, by=by(request), at=at())
    except Refused as error:
        facts = {**_facts(request, room), "given": given}
        return shown_again(request, "memory.html", facts, error)
    return back_to(request, f"/rooms/{room.id}/memory")


@needs("fact.pin")
@signed_in
@posted
def unpin(request: HttpRequest, fact_id: str) -> HttpResponse:
    fact = fact_for(person_of(request), fact_id)
    unpin_fact(fact_id=fact.id, by=by(request), at=at())
    return back_to(request, f"/rooms/{fact.room_id}/memory")
