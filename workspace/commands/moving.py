"""Stepping cards and runs through their tables; the caller records what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workspace.models import Card, Run, Seat
from workspace.models.prepared import Prepared
from workspace.record import hint
from workspace.transitions import CARD, RUN, TERMINAL_RUN, step

ROOMS_OF = Prepared(
    lambda agent_id: Seat.objects.filter(agent_id=agent_id).values_list("room_id", flat=True)
)


def move_card(card: Card, move: str, *, at: datetime, reason: dict[str, Any] | None = None) -> None:
    """Step the card and save it; the caller records what happened."""
    card.status = step(CARD, card.status, move)
    card.reason, card.moved_at = reason or {}, at
    card.save(update_fields=["status", "reason", "moved_at", "attempts", "rounds", "fence",
                             "versions"])  # fmt: skip


def move_run(run: Run, move: str, *, at: datetime, reason: dict[str, Any] | None = None) -> None:
    """Step the run and save it whole: a terminal run is never saved again (I8).

    Its agent has room for more then, in every room it works in.
    """
    run.state = step(RUN, run.state, move)
    if reason is not None:
        run.reason = reason
    if run.state in TERMINAL_RUN:
        run.ended_at = at
    run.save()
    if run.ended_at is not None and run.agent_id is not None:
        for room_id in ROOMS_OF.all(run.agent_id):
            if room_id != run.room_id:
                hint("tick", room_id)
