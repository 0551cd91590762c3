"""A room's model that rests after trouble: rules are at work until it is tried again.

What waiting may mend ends by itself, each rest in a row twice as long; what only people can mend
ends when they say so. Either way the room says why.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.asks import close_ask
from workspace.commands.locks import lock_room
from workspace.errors import Refused
from workspace.events import JudgeChanged
from workspace.models import Room
from workspace.queries import timings
from workspace.record import record

RULES, MODEL = "rules", "kimi"
TROUBLE, KEEPS_FAILING = "judge_trouble", "judge_keeps_failing"
# Trouble that waiting does not mend.
NEEDS_A_PERSON = frozenset({"configuration", "quota"})
# Trouble with one question, which says nothing about the next.
OF_ONE_QUESTION = frozenset({"over_budget", "subject_gone", "too_large"})


def rest_model(room: Room, judge: str, failure: str, *, by: By, at: datetime) -> None:
    """`judge` could not answer, and why; the room is locked. Nothing if it rests already."""
    if judge == RULES or room.judge != judge or failure in OF_ONE_QUESTION:
        return
    room.model_rests += 1
    room.model_back_at = None if failure in NEEDS_A_PERSON else at + rest_for(room)
    code = "judge_late" if failure == "late" else "judge_failed"
    note = {"code": code, "params": {"judge": judge, "failure": failure}}
    _change(room, RULES, note, by=by, at=at)


def rest_for(room: Room) -> timedelta:
    """How long this rest is; `room.model_rests` counts it already."""
    known = timings(room.workspace, room)
    doubled = 2 ** min(room.model_rests - 1, 20)
    return timedelta(seconds=min(known.model_rests * doubled, known.rests_at_most))


@transaction.atomic
def wake_model(*, room_id: str, by: By, at: datetime) -> Room:
    """The rest is over: the model is asked again. How often it rested in a row is kept."""
    room = lock_room(room_id)
    if room.model_back_at is None or room.model_back_at > at:
        raise Refused("stale_move", state=room.judge)
    room.model_back_at = None
    _change(room, MODEL, {}, by=by, at=at)
    return room


def note_answer(room: Room, judge: str, *, by: By, at: datetime) -> None:
    """A model has answered, so what waiting could mend is mended; the room is locked."""
    is_for_people = room.judge == RULES and room.model_back_at is None
    if judge == RULES or not room.model_rests or is_for_people:
        return
    room.model_rests = 0
    if room.model_back_at is None:
        room.save(update_fields=["model_rests"])
    else:  # it was asked before its rest began
        room.model_back_at = None
        _change(room, MODEL, {}, by=by, at=at)
    for ask in room.asks.filter(state="open", card=None, body__code=KEEPS_FAILING):
        close_ask(room, ask, "cancel", by=by, at=at)


def use_judge(room: Room, judge: str, note: dict[str, Any], *, by: By, at: datetime) -> None:
    """People say which judge is at work; the room is locked. A rest is over with that."""
    if (room.judge, room.judge_note, room.model_rests) != (judge, note, 0):
        room.model_rests, room.model_back_at = 0, None
        _change(room, judge, note, by=by, at=at)


def _change(room: Room, judge: str, note: dict[str, Any], *, by: By, at: datetime) -> None:
    room.judge, room.judge_note = judge, note
    room.save(update_fields=["judge", "judge_note", "model_rests", "model_back_at"])
    record(room, JudgeChanged(judge=judge, note=note), by=by, at=at)
