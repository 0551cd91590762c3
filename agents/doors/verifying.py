"""Verifying an agent at its door; the finding is kept."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from agents.doors.registry import door_of
from workspace.actors import SYSTEM, By
from workspace.commands.agents import note_verification
from workspace.commands.locks import lock_agent

if TYPE_CHECKING:
    from workspace.models import Verification


def verify_agent(agent_id: str, *, by: By = SYSTEM) -> "Verification":
    """Have the agent's door ask who is there. Refused where only the agent itself can come."""
    with transaction.atomic():
        agent = lock_agent(agent_id)
    found = door_of(agent.door).verify(agent)
    return note_verification(
        agent_id=agent.id,
        status=found.status,
        steps=found.steps,
        said=found.said,
        by=by,
        at=datetime.now(UTC),
    )
