"""What the versions that stand claim, and the conflicts among them."""

from __future__ import annotations

from typing import Any, cast

from agents.coordinator.board import Claim, Conflict, Heard
from workspace import queries


def standing(room_id: str) -> list[Claim]:
    return [Claim(*row) for row in queries.standing_claims(room_id)]


def conflicts(room_id: str) -> list[Conflict]:
    return [
        Conflict(
            id=row.id,
            key=row.key,
            status=cast(Any, row.status),
            claim_ids=tuple(one["claim_id"] for one in row.heard),
            heard=tuple(Heard(one["value"], one["unit"]) for one in row.heard),
            value=row.ruling.get("value"),
            unit=row.ruling.get("unit", ""),
        )
        for row in queries.conflicts_of(room_id)
    ]
