"""What people say in rooms and on cards, and whom it wakes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.judgements import plan_again, take
from workspace.commands.locks import authorise, lock_card, lock_room
from workspace.commands.owed import owe_run
from workspace.errors import NotFound, Refused
from workspace.events import MessagePosted
from workspace.models import Agent, Card, Message, Room, Tick
from workspace.policy import may_in_room
from workspace.queries import room_role
from workspace.record import hint, record
from workspace.transitions import LIVE_RUN

LONGEST = 20_000
MENTION = re.compile(r"(?:^|\s)@([\w-]{1,80})")


@transaction.atomic
def post_message(
    *, body: str, by: By, at: datetime, room_id: str = "", card_id: str = ""
) -> Message:
    """Say something in a room or on a card.

    `@agent` sends it to that agent, if it has a live run on the card; `@coordinator` has the
    coordinator look now; without either nobody is woken.
    """
    card: Card | None = None
    if card_id:
        room, card = lock_card(card_id)
    else:
        room = lock_room(room_id)
    authorise(room, by, "message.post")
    text = body.replace("\x00", "").strip()
    if not text:
        raise Refused("missing", status=422, field="body")
    if len(text) > LONGEST:
        raise Refused("too_long", status=422, field="body", most=LONGEST)
    agent = mentioned_agent(room, text)
    names = {name.lower() for name in MENTION.findall(text)}
    message = Message.objects.create(
        workspace_id=room.workspace_id, room=room, card=card,
        person_id=by.actor if by.is_person else None, to_agent=agent, body=text, at=at,
        for_coordinator=by.is_person and "coordinator" in names,
    )  # fmt: skip
    what = MessagePosted(
        message_id=message.id, card_id=card.id if card else None,
        to_agent=agent.id if agent else None,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    if agent is not None and card is not None:
        for run in card.runs.filter(agent=agent, state__in=LIVE_RUN):
            owe_run(run, "message.posted", {"message_id": message.id}, at=at)
    if "coordinator" in names:
        Tick.objects.filter(room=room).update(due_at=at)
        hint("tick", room.id)
    return message


@transaction.atomic
def reply(
    *, message_id: str, body: str, judgement_id: str, by: By, at: datetime,
    note: dict[str, Any] | None = None, wants_plan: bool = False,
) -> Message:  # fmt: skip
    """The coordinator answers a message that was meant for it; once. Wakes nobody.

    `note` says in a code why there are no words. A fresh plan is made only if whoever wrote
    may ask for one.
    """
    asked = Message.objects.filter(id=message_id).first()
    if asked is None:
        raise NotFound("message", message_id)
    room = lock_room(asked.room_id)
    take(room, judgement_id, "plan" if wants_plan else "said", by=by, at=at)
    if asked.replies.exists():
        raise Refused("already_answered")
    made = Message.objects.create(
        workspace_id=room.workspace_id, room=room, card=asked.card, answers=asked,
        by_coordinator=True, body=body.replace("\x00", "").strip()[:LONGEST], note=note or {},
        at=at,
    )  # fmt: skip
    what = MessagePosted(message_id=made.id, card_id=asked.card_id, to_agent=None)
    record(room, what, by=by, at=at)
    is_open = room.judgements.filter(kind="plan", state__in=["wanted", "asking"]).exists()
    role = room_role(asked.person_id or "", room.id)
    if wants_plan and not is_open and may_in_room(role, "room.plan"):
        plan_again(room, by=by, at=at)
    return made


def mentioned_agent(room: Room, text: str) -> Agent | None:
    """The first seated agent the text mentions by name."""
    names = {name.lower() for name in MENTION.findall(text)}
    for agent in Agent.objects.filter(seats__room=room).order_by("id"):
        if agent.name.lower().replace(" ", "-") in names:
            return agent
    return None
