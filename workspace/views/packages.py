"""The package of a room: its accepted parts put together."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from workspace.commands.packages import ask_package
from workspace.policy import needs
from workspace.queries import room_for
from workspace.views.asking import at, by, person_of, posted, signed_in
from workspace.views.rooms import head_again


@needs("room.plan")
@signed_in
@posted
def compose(request: HttpRequest, room_id: str) -> HttpResponse:
    """Ask for it; the package comes to review like any other version."""
    ask_package(room_id=room_for(person_of(request), room_id).id, by=by(request), at=at())
    return head_again(request, room_id)
