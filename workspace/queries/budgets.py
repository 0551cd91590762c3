"""Whose budgets are whose to set."""

from __future__ import annotations

from workspace.models import Agent, Person, Room
from workspace.policy import may_in_room
from workspace.queries.people import room_role, workspace_role
from workspace.spending import kind_of


def owns_agent(room: Room, agent_id: str, person_id: str) -> bool:
    """Whether an agent's budgets are this person's to set: it is theirs, or the workspace is."""
    if Agent.objects.filter(id=agent_id, owner_id=person_id).exists():
        return True
    person = Person.objects.filter(id=person_id).first()
    return person is not None and workspace_role(person, room.workspace) == "owner"


def may_set_budget(room: Room, subject_id: str, person_id: str) -> bool:
    """Whether the person may set what this room, card or agent may use."""
    if kind_of(subject_id) == "agent":
        return owns_agent(room, subject_id, person_id)
    return may_in_room(room_role(person_id, room.id), "budget.set")
