"""What only the agents' side knows of a room: what is held back now, and its board as one file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from agents.coordinator.saved import board_to_json
from agents.observe import observe
from agents.tick import held_now
from workspace import queries
from workspace.commands.locks import authorise
from workspace.errors import NotFound
from workspace.policy import needs
from workspace.views.asking import at, by, person_of, signed_in
from workspace.views.coordinator import coordinator_page


@needs("room.read")
@signed_in
def coordinator(request: HttpRequest, room_id: str) -> HttpResponse:
    """Who judges, the last moves and their reasons, what is held back, and what it costs."""
    room = queries.room_for(person_of(request), room_id)
    held = [
        (one.card_id, {"code": one.reason.code, "params": dict(one.reason.params)})
        for one in held_now(room.id, at())
    ]
    return coordinator_page(request, room, held)


@needs("room.export")
@signed_in
def board_file(request: HttpRequest, room_id: str) -> HttpResponse:
    """The board as the coordinator sees it now; `manage.py replay` makes its moves again."""
    room = queries.room_for(person_of(request), room_id)
    authorise(room, by(request), "room.export")
    board = observe(room.id, at())
    if board is None:
        raise NotFound("room", room_id)
    response = HttpResponse(board_to_json(board), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="board-{room.id}.json"'
    return response


urlpatterns = [
    path("rooms/<str:room_id>/coordinator", coordinator),
    path("rooms/<str:room_id>/board.json", board_file),
]
