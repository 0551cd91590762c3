"""Specialists of the workspace's own model: enlisted for a room by its coordinator, and let go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from workspace.actors import By
from workspace.commands.agents import AgentFacts, register_agent, set_status
from workspace.commands.locks import lock_agent, lock_room, lock_workspace
from workspace.errors import Refused
from workspace.events import AgentRegistered, AgentSeated, AgentUnseated
from workspace.models import Agent, Person, Room, Run, Seat
from workspace.queries import model_of, room_policy
from workspace.record import record_all
from workspace.transitions import LIVE_RUN


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialistRole:
    """What a specialist is enlisted as. Its prompt stays with the role."""

    name: str
    title: str
    skills: list[str]
    tools: list[str]
    caps: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def enlist_specialists(
    *, room_id: str, role: SpecialistRole, count: int, by: By, at: datetime
) -> list[Agent]:
    """Agents of the workspace's own model, each with a seat; as many as the room's cap leaves.

    Refused where none may be enlisted, or no model is set.
    """
    room = lock_room(room_id)
    if model_of(room.workspace) is None:
        raise Refused("no_model_here", status=409)
    most = room_policy(room).specialists
    left = most - specialists_in(room)
    if left <= 0:
        raise Refused("enough_specialists", most=most)
    made = [
        _specialist(room, role, name, at)
        for name in _names(room.workspace_id, role, min(count, left))
    ]
    Agent.objects.bulk_create(made)
    Seat.objects.bulk_create(
        Seat(workspace_id=room.workspace_id, room=room, agent=agent, added_at=at) for agent in made
    )
    record_all(room, [(AgentSeated(agent_id=agent.id), by) for agent in made], at=at)
    told = [(AgentRegistered(agent_id=agent.id, door=agent.door), by) for agent in made]
    record_all(room.workspace, told, at=at)
    return made


@transaction.atomic
def make_specialist(
    *, workspace_id: str, role: SpecialistRole, owner: Person, by: By, at: datetime
) -> Agent:
    """An agent of the workspace's own model in this role, made by a person; not verified yet."""
    workspace = lock_workspace(workspace_id)
    if model_of(workspace) is None:
        raise Refused("no_model_here", status=409)
    reach = {"of_workspace": True, "role": role.name}
    facts = AgentFacts(
        name=_names(workspace_id, role, 1)[0], skills=role.skills, tools=role.tools, reach=reach
    )
    made, _ = register_agent(
        workspace_id=workspace_id, facts=facts, door="model", owner=owner, by=by, at=at
    )
    return made


def specialists_in(room: Room) -> int:
    enlisted = room.seats.filter(agent__door="model", agent__reach__has_key="enlisted_as")
    return enlisted.count()


def _specialist(room: Room, role: SpecialistRole, name: str, at: datetime) -> Agent:
    reach = {"of_workspace": True, "enlisted_as": role.name, "role": role.name, **role.caps}
    return Agent(
        workspace_id=room.workspace_id, door="model", name=name, reach=reach, skills=role.skills,
        tools=role.tools, status="verified", verified_at=at, created_at=at, owner=room.created_by,
        note={"code": "specialist", "params": {"role": role.title}},
    )  # fmt: skip


def _names(workspace_id: str, role: SpecialistRole, count: int) -> list[str]:
    """Names nobody in the workspace has: “Writer 1”, “Writer 2” and so on."""
    known = Agent.objects.filter(workspace_id=workspace_id, name__startswith=f"{role.title} ")
    taken = set(known.values_list("name", flat=True))
    found: list[str] = []
    number = 1
    while len(found) < count:
        name = f"{role.title} {number}"
        if name not in taken:
            found.append(name)
        number += 1
    return found


@transaction.atomic
def dismiss_specialist(*, room_id: str, agent_id: str, by: By, at: datetime) -> None:
    """Take a specialist out of its room for good. Refused while it has work."""
    room = lock_room(room_id)
    agent = lock_agent(agent_id)
    if "enlisted_as" not in agent.reach:
        raise Refused("not_a_specialist")
    if Run.objects.filter(agent=agent, state__in=LIVE_RUN).exists():
        raise Refused("agent_still_works")
    gone, _ = Seat.objects.filter(room=room, agent=agent).delete()
    if gone:
        record_all(room, [(AgentUnseated(agent_id=agent.id), by)], at=at)
    set_status(agent, "revoked", {"code": "specialist_idle", "params": {}}, by=by, at=at)
