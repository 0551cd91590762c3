"""A room's budgets: how much is left, who used it, and a form for owners."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workspace.commands.budgets import remove_budget, set_budget
from workspace.errors import Refused
from workspace.models import Room
from workspace.policy import needs
from workspace.queries import head_seq, room_for
from workspace.shown.budgets import budgets_page
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
def budgets(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    return render(request, "budgets.html", _facts(request, room))


def _facts(request: HttpRequest, room: Room) -> dict[str, object]:
    seq = head_seq(room.id)
    return {
        **room_facts(request, room), "tab": "settings", "head": room_head(room, at()),
        "page": budgets_page(room, person_of(request), at()), "given": request.POST,
        "wire": wire(room, seq),
    }  # fmt: skip


@needs("budget.set")
@signed_in
@posted
def put(request: HttpRequest, room_id: str) -> HttpResponse:
    """Set a cap, or change one; what was typed stays where it is refused."""
    room, given = room_for(person_of(request), room_id), request.POST
    try:
        set_budget(
            room_id=room.id, subject_id=given.get("subject", room.id), what=given.get("what", ""),
            period=given.get("period", ""), cap=given.get("cap", ""), by=by(request), at=at(),
        )  # fmt: skip
    except Refused as error:
        if error.status != 422:
            raise
        return shown_again(request, "budgets.html", _facts(request, room), error)
    return back_to(request, f"/rooms/{room.id}/budgets")


@needs("budget.set")
@signed_in
@posted
def remove(request: HttpRequest, room_id: str, budget_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    remove_budget(room_id=room.id, budget_id=budget_id, by=by(request), at=at())
    return back_to(request, f"/rooms/{room.id}/budgets")
