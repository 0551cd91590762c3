"""Claims that may disagree: no rule can tell, so a person looks. Nothing waits for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.conflicts import (
    cards_of,
    grow,
    heard,
    kept_key,
    lock_conflict,
    note_open,
    standing,
)
from workspace.commands.locks import authorise, lock_room
from workspace.errors import NotAllowed, Refused
from workspace.events import ConflictDoubted, ConflictSetAside, ConflictWithdrawn
from workspace.models import Conflict, Room
from workspace.record import record
from workspace.transitions import CONFLICT, step


@transaction.atomic
def doubt_claims(
    *, room_id: str, key: str, claim_ids: list[str], reason: dict[str, Any], by: By, at: datetime
) -> Conflict:
    """Have people look at two claims. Refused unless both stand, and where the subject has a
    doubt or an open conflict already."""
    room = lock_room(room_id)
    claims = standing(room, claim_ids)
    if len(claims) != 2:
        raise Refused("stale_move", state="claims_gone")
    key = kept_key(key)
    if room.conflicts.filter(key=key, status__in=["doubted", "open"]).exists():
        raise Refused("stale_move", state="heard_already")
    made = Conflict.objects.create(
        workspace_id=room.workspace_id, room=room, subject=claims[0].subject, key=key,
        status="doubted", reason=reason, heard=[heard(claim) for claim in claims], opened_at=at,
    )  # fmt: skip
    what = ConflictDoubted(
        conflict_id=made.id, conflict_state=made.status, subject=made.subject,
        claims=[claim.id for claim in claims], cards=cards_of(claims), reason=reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return made


@transaction.atomic
def confirm_doubt(*, conflict_id: str, by: By, at: datetime) -> Conflict:
    """A person says that the claims disagree: from now on it is an open conflict.

    If there is one on the subject by now, they join that. Refused where one does not stand.
    """
    room, doubt = _lock(conflict_id, by)
    step(CONFLICT, doubt.status, "confirm")
    claims = standing(room, [one["claim_id"] for one in doubt.heard])
    if len(claims) < 2:
        raise Refused("claims_gone")
    known = room.conflicts.filter(key=doubt.key, status="open").first()
    if known is not None:
        _end(room, doubt, by=by, at=at)
        said = {one["claim_id"] for one in known.heard}
        is_new = any(claim.id not in said for claim in claims)
        return grow(room, known, claims, by=by, at=at) if is_new else known
    doubt.status = step(CONFLICT, doubt.status, "confirm")
    doubt.reason, doubt.opened_at = {"code": "person_told_apart", "params": {}}, at
    doubt.save(update_fields=["status", "reason", "opened_at"])
    note_open(room, doubt, claims, by=by, at=at)
    return doubt


def _end(room: Room, doubt: Conflict, *, by: By, at: datetime) -> None:
    doubt.status, doubt.ruled_at = step(CONFLICT, doubt.status, "withdraw"), at
    doubt.save(update_fields=["status", "ruled_at"])
    what = ConflictWithdrawn(conflict_id=doubt.id, conflict_state=doubt.status)
    record(room, what, by=by, at=at)


@transaction.atomic
def set_doubt_aside(*, conflict_id: str, by: By, at: datetime) -> Conflict:
    """A person says that the claims agree, or are about different things.

    It is remembered for what they say, so that the same is not asked again of a later version.
    """
    room, doubt = _lock(conflict_id, by)
    doubt.status = step(CONFLICT, doubt.status, "set_aside")
    doubt.ruled_by_id, doubt.ruled_at = by.actor, at
    doubt.save(update_fields=["status", "ruled_by", "ruled_at"])
    what = ConflictSetAside(conflict_id=doubt.id, conflict_state=doubt.status)
    record(room, what, by=by, at=at)
    return doubt


def _lock(conflict_id: str, by: By) -> tuple[Room, Conflict]:
    room, doubt = lock_conflict(conflict_id)
    if not by.is_person:
        raise NotAllowed("conflict.settle_doubt")
    authorise(room, by, "conflict.settle_doubt")
    return room, doubt
