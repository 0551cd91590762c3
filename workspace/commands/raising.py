"""Asks that no run waits for: about the room itself, or about finished work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.locks import lock_room
from workspace.errors import Refused
from workspace.events import PeopleAsked
from workspace.models import Ask, Card, Room
from workspace.record import record


@transaction.atomic
def ask_people(
    *, room_id: str, code: str, params: dict[str, Any], options: list[str], by: By, at: datetime
) -> Ask:
    """Ask the people of a room about the room: one open ask a code."""
    room = lock_room(room_id)
    if room.asks.filter(state="open", card=None, body__code=code).exists():
        raise Refused("already_asked")
    body = {"code": code, "params": params, "options": options}
    return raise_ask(room, kind="choice", body=body, by=by, at=at)


def raise_ask(
    room: Room, *, kind: str, body: dict[str, Any], by: By, at: datetime, card: Card | None = None
) -> Ask:
    """The part of asking that needs no run; the room is locked. Nothing waits for it."""
    made = Ask.objects.create(
        workspace_id=room.workspace_id, room=room, card=card, kind=kind, body=body,
        blocking=False, opened_at=at,
    )  # fmt: skip
    what = PeopleAsked(
        ask_id=made.id, kind=kind, code=str(body.get("code", "")),
        card_id=card.id if card else None,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return made
