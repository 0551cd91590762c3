"""Scorecards of pilots, kept to be looked at and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.locks import authorise_workspace, lock_workspace
from workspace.errors import Refused
from workspace.events import PilotKept
from workspace.models import Pilot
from workspace.record import record

PARTS = {"about": dict, "columns": dict, "figures": dict, "scenarios": list, "passed": bool}
MOST_BYTES = 8_000_000


@transaction.atomic
def keep_pilot(
    *, workspace_id: str, commit: str, facts: Mapping[str, Any], by: By, at: datetime
) -> Pilot:
    """Keep a scorecard as the referee gave it. Never changed afterwards: another run is another.

    Refused if it is none, is too large, or holds what JSON cannot.
    """
    workspace = lock_workspace(workspace_id)
    authorise_workspace(workspace, by, "pilot.keep")
    kept = _scorecard(facts)
    made = Pilot.objects.create(
        workspace=workspace, at=at, commit=commit[:80], facts=kept, who=by.actor
    )
    what = PilotKept(pilot_id=made.id, commit=made.commit, passed=kept["passed"])
    record(workspace, what, by=by, at=at)
    return made


def _scorecard(facts: Mapping[str, Any]) -> dict[str, Any]:
    for name, wanted in PARTS.items():
        if not isinstance(facts.get(name), wanted):
            raise Refused("not_a_scorecard", status=422, missing=name)
    try:
        text = json.dumps(_without_nul(facts), allow_nan=False)
    except (TypeError, ValueError):
        raise Refused("not_a_scorecard", status=422, missing="json") from None
    if len(text) > MOST_BYTES:
        raise Refused("scorecard_too_large", status=413, most=MOST_BYTES)
    kept: dict[str, Any] = json.loads(text)
    return kept


def _without_nul(value: Any) -> Any:
    """PostgreSQL keeps no NUL in JSON, and agents' words may hold some."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Mapping):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(inner) for inner in value]
    return value
