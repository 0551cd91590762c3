"""What the versions that stand claim, and the conflicts among them."""

from __future__ import annotations

from typing import Any, cast

from agents.coordinator.board import Claim, Conflict, Heard
from agents.coordinator.claims.subjects import key_of
from workspace import queries
from workspace.commands.conflicts import LONGEST_KEY

Rows = Any


def standing(room_id: str) -> list[Claim]:
    return [Claim(*row) for row in queries.standing_claims(room_id)]


def conflicts(room_id: str) -> list[Conflict]:
    return [
        Conflict(
            id=row.id,
            key=_key(row),
            status=cast(Any, row.status),
            claim_ids=tuple(one["claim_id"] for one in row.heard),
            heard=tuple(_heard(one) for one in row.heard),
            holds=_holds(row),
            ruled_at=row.ruled_at if row.status == "ruled" else None,
        )
        for row in queries.conflicts_of(room_id)
    ]


def _heard(said: dict[str, Any]) -> Heard:
    return Heard(said["value"], said["unit"], said["text"], said["subject"])


def _holds(row: Rows) -> Heard | None:
    """What was ruled: a claim as it was said, or a value of somebody's own."""
    if row.status != "ruled":
        return None
    chosen = row.ruling.get("claim_id")
    said = next((one for one in row.heard if chosen and one["claim_id"] == chosen), None)
    if said is not None:
        return _heard(said)
    return Heard(row.ruling.get("value"), row.ruling.get("unit", ""), subject=row.subject)


def _key(conflict: Rows) -> str:
    """The whole key, also where the row holds only the beginning of it."""
    is_cut = len(conflict.key) == LONGEST_KEY
    return key_of(conflict.subject) if is_cut else str(conflict.key)
