"""What a command owes to an agent: a delivery row in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workspace.models import Agent, Delivery, Run
from workspace.models.prepared import Prepared
from workspace.record import hint
from workspace.trail import begun_anew

LAST_SEQ = Prepared(
    lambda run_id: (
        Delivery.objects.filter(run_id=run_id, inbox_seq__isnull=False)
        .order_by("-inbox_seq")
        .values_list("inbox_seq", flat=True)[:1]
    )
)


def owe_run(run: Run, type: str, data: dict[str, Any], *, at: datetime) -> Delivery | None:
    """An event about a run, owed to its agent; people have the page."""
    if run.agent_id is None:
        return None
    last = LAST_SEQ.first(run.id) or 0
    made = Delivery.objects.create(
        workspace_id=run.workspace_id, agent_id=run.agent_id, room_id=run.room_id, run=run,
        type=type, data=data, inbox_seq=last + 1, due_at=at, created_at=at,
    )  # fmt: skip
    hint("owed", run.agent_id)
    return made


def owe_revision(run: Run, data: dict[str, Any], *, at: datetime) -> None:
    """`card.revised`: what the run does again because of it is no loop."""
    run.trail = begun_anew(run.trail)
    run.save(update_fields=["trail"])
    owe_run(run, "card.revised", data, at=at)


def owe_agent(agent: Agent, type: str, data: dict[str, Any], *, at: datetime) -> Delivery:
    made = Delivery.objects.create(
        workspace_id=agent.workspace_id, agent=agent, type=type, data=data, due_at=at, created_at=at
    )
    hint("owed", agent.id)
    return made


def withdraw_assignment(run: Run, *, at: datetime) -> None:
    """Nothing about giving this run needs to be sent any more."""
    Delivery.objects.filter(
        run=run, type__in=["card.assigned", "card.revised"], state__in=["due", "sending"]
    ).update(state="cancelled", due_at=None, ended_at=at)
