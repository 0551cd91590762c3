"""Conflicts: what disagrees in a room, and a person's ruling on what holds."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from workspace.commands.conflicts import ask_neutral, rule_conflict
from workspace.commands.doubts import confirm_doubt, set_doubt_aside
from workspace.errors import Refused
from workspace.models import Room
from workspace.policy import needs
from workspace.queries import head_seq, room_for
from workspace.queries.ruling import conflict_for
from workspace.sentences import refusal
from workspace.shown.conflicts import room_conflicts
from workspace.shown.rooms import room_head
from workspace.views.asking import (
    at,
    back_to,
    by,
    person_of,
    posted,
    room_facts,
    signed_in,
    wire,
)

INTEGER = re.compile(r"[-+]?\d{1,15}")
DECIMAL = re.compile(r"[-+]?\d{1,15}\.\d{1,15}")
OWN = "own"


@needs("room.read")
@signed_in
def room(request: HttpRequest, room_id: str) -> HttpResponse:
    """Open ones above, ruled ones below."""
    found = room_for(person_of(request), room_id)
    return render(request, "conflicts.html", _facts(request, found))


@needs("room.read")
@signed_in
def conflict(request: HttpRequest, conflict_id: str) -> HttpResponse:
    """The deep link of one conflict: its place on its room's page."""
    found = conflict_for(person_of(request), conflict_id)
    return redirect(f"/rooms/{found.room_id}/conflicts#conflict-{found.id}")


def _facts(request: HttpRequest, found: Room) -> dict[str, Any]:
    seq = head_seq(found.id)
    return {
        **room_facts(request, found), "tab": "conflicts", "head": room_head(found, at()),
        "conflicts": room_conflicts(found), "wire": wire(found, seq),
    }  # fmt: skip


@needs("conflict.rule")
@signed_in
@posted
def rule(request: HttpRequest, conflict_id: str) -> HttpResponse:
    """A side or a value of one's own, and why; refused, the form again with what was typed."""
    found = conflict_for(person_of(request), conflict_id)
    given = request.POST
    holds: dict[str, Any] = {"claim_id": given.get("holds", "")}
    if given.get("holds", OWN) == OWN:
        holds = {"value": typed(given.get("value", "")), "unit": given.get("unit", "")}
    try:
        rule_conflict(
            conflict_id=found.id, reason=given.get("reason", ""), **holds, by=by(request), at=at()
        )
    except Refused as error:
        facts = {
            **_facts(request, found.room), "wrong": refusal(error), "wrong_id": found.id,
            "given": given,
        }  # fmt: skip
        return render(request, "conflicts.html", facts, status=error.status)
    return back_to(request, _after(request, f"/rooms/{found.room_id}/conflicts"))


@needs("conflict.settle_doubt")
@signed_in
@posted
def confirm(request: HttpRequest, conflict_id: str) -> HttpResponse:
    """Claims in doubt do disagree; where they stand from now on."""
    found = conflict_for(person_of(request), conflict_id)
    opened = confirm_doubt(conflict_id=found.id, by=by(request), at=at())
    return back_to(request, f"/rooms/{found.room_id}/conflicts#conflict-{opened.id}")


@needs("conflict.settle_doubt")
@signed_in
@posted
def set_aside(request: HttpRequest, conflict_id: str) -> HttpResponse:
    """Claims in doubt agree, or are about different things."""
    found = conflict_for(person_of(request), conflict_id)
    set_doubt_aside(conflict_id=found.id, by=by(request), at=at())
    return back_to(request, f"/rooms/{found.room_id}/conflicts")


@needs("conflict.rule")
@signed_in
@posted
def neutral(request: HttpRequest, conflict_id: str) -> HttpResponse:
    """Have an agent that belongs to no side look into it."""
    found = conflict_for(person_of(request), conflict_id)
    ask_neutral(conflict_id=found.id, by=by(request), at=at())
    return back_to(request, f"/rooms/{found.room_id}/conflicts")


def _after(request: HttpRequest, url: str) -> str:
    """Where the form stood: a review or the room's conflicts. Never another site."""
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else url


def typed(text: str) -> str | int | float:
    """A number as a number, so that later claims are compared with it; else the text."""
    plain = text.strip()
    if INTEGER.fullmatch(plain):
        return int(plain)
    return float(plain) if DECIMAL.fullmatch(plain) else plain
