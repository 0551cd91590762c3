"""The package: a room's accepted parts put together."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from workspace.api.answering import once
from workspace.api.calling import caller
from workspace.api.rooms import Planning
from workspace.commands.packages import ask_package
from workspace.policy import needs

router = Router(tags=["rooms"])


@router.post("/rooms/{row_id:room_id}/compose", response={202: Planning})
@needs("room.plan")
def compose(request: HttpRequest, room_id: str) -> Status[Any]:
    """Have the accepted parts put together; the package comes to review like any version."""
    who = caller(request)
    room = who.room(room_id)

    def act() -> Planning:
        asked = ask_package(room_id=room.id, by=who.by, at=who.at)
        return Planning(judgement_id=asked.id, state=asked.state, judge=asked.judge)

    return once(request, act, 202)
