"""Rooms: made, edited, paused, set to manual; agents seated in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.locks import (
    authorise,
    authorise_workspace,
    lock_room,
    lock_workspace,
    require_may_give,
)
from workspace.commands.people import join_room
from workspace.commands.resting import use_judge
from workspace.commands.runs import supersede_run
from workspace.errors import NotFound, Refused
from workspace.events import (
    AgentSeated,
    AgentUnseated,
    ModeSet,
    RoomCreated,
    RoomEdited,
    RoomPaused,
    RoomResumed,
)
from workspace.models import Agent, Person, Room, Run, Seat, Stream, Tick
from workspace.policy import SETTINGS, why_wrong
from workspace.queries import default_judge
from workspace.record import hint, record
from workspace.timings import DEFAULT
from workspace.transitions import LIVE_RUN

LONGEST_GOAL = 20_000


@transaction.atomic
def create_room(
    *, workspace_id: str, name: str, goal: str, rules: str = "", owner: Person, by: By,
    at: datetime, mode: str = "auto", is_demo: bool = False, judge: str = "",
    agents: Sequence[str] = (), is_scratch: bool = False,
) -> Room:  # fmt: skip
    """A room with its stream, its clockwork, its owner and its agents. The coordinator is woken."""
    workspace = lock_workspace(workspace_id)
    authorise_workspace(workspace, by, "room.create")
    judge = judge or default_judge(workspace)
    room = Room.objects.create(
        workspace=workspace, name=_text("name", name, 160), goal=_text("goal", goal, LONGEST_GOAL),
        rules=_rules(rules), mode=mode, created_by=owner, created_at=at,
        is_demo=is_demo, judge=judge, is_scratch=is_scratch,
    )  # fmt: skip
    Stream.objects.create(id=room.id, workspace=workspace)
    Tick.objects.create(room=room, due_at=at)
    record(room, RoomCreated(name=room.name, mode=mode, judge=judge), by=by, at=at)
    join_room(room, owner, role="owner", by=by, at=at)
    for agent_id in agents:
        _seat(room, agent_id, by=by, at=at)
    return room


def _text(field: str, value: str, most: int) -> str:
    cleaned = value.replace("\x00", "").strip()
    if not cleaned:
        raise Refused("missing", status=422, field=field)
    if len(cleaned) > most:
        raise Refused("too_long", status=422, field=field, most=most)
    return cleaned


def _rules(given: str) -> str:
    return given.replace("\x00", "").strip()[:LONGEST_GOAL]


@transaction.atomic
def edit_room(*, room_id: str, changes: dict[str, Any], by: By, at: datetime) -> Room:
    """Change name, goal, rules, policy or timings. Goal and rules get a new revision."""
    room = lock_room(room_id)
    authorise(room, by, "room.edit")
    if "name" in changes:
        room.name = _text("name", changes["name"], 160)
    if "goal" in changes:
        room.goal = _text("goal", changes["goal"], LONGEST_GOAL)
    if "rules" in changes:
        room.rules = _rules(str(changes["rules"]))
    if "policy" in changes:
        room.policy = {**room.policy, **_policy(changes["policy"])}
    if "timings" in changes:
        room.timings = {**room.timings, **_durations(changes["timings"])}
    if changes.keys() & {"goal", "rules"}:
        room.revision += 1
    room.save()
    changed = sorted(changes)
    record(room, RoomEdited(name=room.name, changed=changed, revision=room.revision), by=by, at=at)
    return room


def _policy(given: dict[str, Any]) -> dict[str, Any]:
    """What a room's policy knows of what was given; a value of another type is refused."""
    known = {name: value for name, value in given.items() if name in SETTINGS}
    for name, value in known.items():
        if wrong := why_wrong(name, value):
            raise Refused(wrong, status=422, field=name)
    return known


def _durations(given: dict[str, Any]) -> dict[str, float]:
    found = {}
    for name, value in given.items():
        if name not in DEFAULT.__dataclass_fields__:
            raise Refused("unknown_timing", status=422, name=name)
        seconds = float(value)
        if not 0 < seconds < 3.2e7:
            raise Refused("not_a_duration", status=422, name=name)
        found[name] = seconds
    return found


@transaction.atomic
def pause_room(*, room_id: str, by: By, at: datetime) -> Room:
    """Stop giving out work. Runs that are under way go on and are watched."""
    room = lock_room(room_id)
    authorise(room, by, "room.pause")
    if not room.paused:
        room.paused = True
        room.save(update_fields=["paused"])
        record(room, RoomPaused(), by=by, at=at)
    return room


@transaction.atomic
def resume_room(*, room_id: str, by: By, at: datetime) -> Room:
    room = lock_room(room_id)
    authorise(room, by, "room.pause")
    if room.is_scratch:
        raise Refused("scratch_room")
    if room.paused:
        room.paused = False
        room.save(update_fields=["paused"])
        record(room, RoomResumed(), by=by, at=at)
    return room


@transaction.atomic
def set_mode(*, room_id: str, mode: str, by: By, at: datetime) -> Room:
    """auto: the coordinator acts; manual: its moves wait to be confirmed."""
    room = lock_room(room_id)
    authorise(room, by, "room.edit")
    if mode not in ("auto", "manual"):
        raise Refused("unknown_mode", status=422, mode=mode)
    if room.mode != mode:
        room.mode = mode
        room.save(update_fields=["mode"])
        record(room, ModeSet(mode=mode), by=by, at=at)
    return room


@transaction.atomic
def set_judge(*, room_id: str, judge: str, note: dict[str, Any], by: By, at: datetime) -> Room:
    """Say which judge is at work and why; called when it changes, by whoever noticed."""
    room = lock_room(room_id)
    if by.is_person:
        authorise(room, by, "room.edit")
    use_judge(room, judge, note, by=by, at=at)
    return room


@transaction.atomic
def wake_room(*, room_id: str, by: By, at: datetime) -> None:
    """Have the coordinator look now; changes nothing else."""
    room = lock_room(room_id)
    authorise(room, by, "room.plan")
    Tick.objects.filter(room=room).update(due_at=at)
    hint("tick", room.id)


@transaction.atomic
def seat_agent(*, room_id: str, agent_id: str, by: By, at: datetime) -> Seat:
    """Let an agent of the workspace work in this room."""
    room = lock_room(room_id)
    if by.actor != "system":
        authorise(room, by, "room.seats")
    return _seat(room, agent_id, by=by, at=at)


def _seat(room: Room, agent_id: str, *, by: By, at: datetime) -> Seat:
    agent = Agent.objects.filter(id=agent_id, workspace=room.workspace).first()
    if agent is None or agent.status == "revoked":
        raise NotFound("agent", agent_id)
    require_may_give(agent, by)
    seat, is_new = Seat.objects.get_or_create(
        workspace=room.workspace, room=room, agent=agent, defaults={"added_at": at}
    )
    if is_new:
        record(room, AgentSeated(agent_id=agent.id), by=by, at=at)
    return seat


@transaction.atomic
def unseat_agent(*, room_id: str, agent_id: str, by: By, at: datetime) -> None:
    """Take an agent out of the room; its runs there are superseded first."""
    room = lock_room(room_id)
    if by.actor != "system":
        authorise(room, by, "room.seats")
    for run_id in Run.objects.filter(room=room, agent_id=agent_id, state__in=LIVE_RUN).values_list(
        "id", flat=True
    ):
        supersede_run(run_id=run_id, code="agent_removed", by=by, at=at)
    gone, _ = Seat.objects.filter(room=room, agent_id=agent_id).delete()
    if gone:
        record(room, AgentUnseated(agent_id=agent_id), by=by, at=at)
