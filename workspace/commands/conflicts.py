"""Conflicts: claims that disagree, put before people, and what a person rules."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.cards import CardFacts, add_card
from workspace.commands.locks import authorise, lock_room
from workspace.commands.memory import pin
from workspace.commands.standings import note_contradicted
from workspace.commands.submitting import kept_value
from workspace.errors import NotAllowed, NotFound, Refused
from workspace.events import ConflictGrown, ConflictOpened, ConflictRuled, ConflictWithdrawn
from workspace.models import Card, Claim, Conflict, Room, Run
from workspace.record import record
from workspace.transitions import CONFLICT, step

LONGEST_VALUE = 500
LONGEST_KEY = 300
STANDS = ("submitted", "accepted")


@transaction.atomic
def open_conflict(
    *, room_id: str, key: str, claim_ids: list[str], reason: dict[str, Any], by: By, at: datetime
) -> Conflict:
    """Put claims on one subject before people; an open conflict on it takes the new ones in.

    Refused unless at least two of them still stand.
    """
    room = lock_room(room_id)
    claims = list(
        Claim.objects.filter(room=room, id__in=claim_ids, deliverable__state__in=STANDS)
        .select_related("deliverable")
        .order_by("id")
    )
    if len(claims) < 2:
        raise Refused("stale_move", state="claims_gone")
    key = kept_key(key)
    known = Conflict.objects.filter(room=room, key=key, status="open").first()
    if known is not None:
        return _grow(room, known, claims, by=by, at=at)
    made = Conflict.objects.create(
        workspace_id=room.workspace_id, room=room, subject=claims[0].subject, key=key,
        reason=reason, heard=[_heard(claim) for claim in claims], opened_at=at,
    )  # fmt: skip
    Claim.objects.filter(id__in=[claim.id for claim in claims]).update(conflict=made)
    what = ConflictOpened(
        conflict_id=made.id, conflict_state=made.status, subject=made.subject,
        claims=[claim.id for claim in claims], cards=_cards(claims), reason=reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return made


def kept_key(key: str) -> str:
    """The key as a row holds it: two that are alike only at the beginning stay two."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return f"{key[: LONGEST_KEY - 65]} {digest}"


def _grow(room: Room, known: Conflict, claims: list[Claim], *, by: By, at: datetime) -> Conflict:
    heard = {one["claim_id"] for one in known.heard}
    new = [claim for claim in claims if claim.id not in heard]
    if not new:
        raise Refused("stale_move", state="heard_already")
    known.status = step(CONFLICT, known.status, "grow")
    known.heard = [*known.heard, *(_heard(claim) for claim in new)]
    known.save(update_fields=["heard"])
    Claim.objects.filter(id__in=[claim.id for claim in new]).update(conflict=known)
    what = ConflictGrown(
        conflict_id=known.id, conflict_state=known.status, claims=[claim.id for claim in new],
        cards=_cards(new),
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return known


def _heard(claim: Claim) -> dict[str, Any]:
    """The claim as it was said, so that a ruling can be read when its version is long gone."""
    return {
        "claim_id": claim.id, "deliverable_id": claim.deliverable_id,
        "card_id": claim.deliverable.card_id, "subject": claim.subject, "value": claim.value,
        "unit": claim.unit, "text": claim.text[:2_000],
    }  # fmt: skip


def _cards(claims: list[Claim]) -> list[str]:
    return sorted({claim.deliverable.card_id for claim in claims})


@transaction.atomic
def withdraw_conflict(*, conflict_id: str, by: By, at: datetime) -> Conflict:
    """What disagreed does not stand any more: a version was replaced, rejected or rolled back."""
    room, conflict = _lock(conflict_id)
    conflict.status = step(CONFLICT, conflict.status, "withdraw")
    conflict.ruled_at = at
    conflict.save(update_fields=["status", "ruled_at"])
    what = ConflictWithdrawn(conflict_id=conflict.id, conflict_state=conflict.status)
    record(room, what, by=by, at=at)
    return conflict


def _lock(conflict_id: str) -> tuple[Room, Conflict]:
    room_id = Conflict.objects.filter(id=conflict_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound("conflict", conflict_id)
    room = lock_room(room_id)
    return room, Conflict.objects.select_for_update(no_key=True).get(id=conflict_id)


@transaction.atomic
def ask_neutral(*, conflict_id: str, by: By, at: datetime) -> Card:
    """A person wants a third opinion: a card that no agent with a side in it may have.

    What it claims joins the conflict as one more side; a person still rules.
    """
    room, conflict = _lock(conflict_id)
    authorise(room, by, "conflict.rule")
    if conflict.status != "open" or conflict.proposal:
        raise Refused("already_asked")
    runs = Run.objects.filter(deliverables__in=[one["deliverable_id"] for one in conflict.heard])
    sides = sorted({run.agent_id for run in runs if run.agent_id})
    facts = CardFacts(
        title=f"Settle: {conflict.subject}"[:200], brief=_neutral_brief(conflict), kind="report",
        criteria=[f"One claim with the subject `{conflict.subject}`.", "The claim names a source."],
        priority=1, labels=["neutral"], not_for=sides,
    )  # fmt: skip
    card = add_card(room, facts, by=by, at=at)
    conflict.proposal = {"card_id": card.id}
    conflict.save(update_fields=["proposal"])
    return card


def _neutral_brief(conflict: Conflict) -> str:
    """Both sides as what was said, never as what to do."""
    lines = [
        f"Findings disagree about `{conflict.subject}`. Find out what holds, from the things "
        "themselves and not from what is said here, and claim it under that subject.",
        "",
        "What was said:",
    ]
    for one in conflict.heard:
        held = one["text"] if one["value"] is None else f"{one['value']} {one['unit']}".strip()
        lines.append(f"> {' '.join(str(held).split())[:300]}")
    return "\n".join(lines)


@transaction.atomic
def rule_conflict(
    *, conflict_id: str, reason: str, by: By, at: datetime, claim_id: str = "",
    value: str | int | float | bool | None = None, unit: str = "",
) -> Conflict:  # fmt: skip
    """A person says what holds: one of the claims, or a value of their own, and why.

    The ruling is pinned to the room's memory and given to every run from now on. Refused for
    anybody who is not a person, without a reason, and for a claim that is not part of it.
    """
    room, conflict = _lock(conflict_id)
    if not by.is_person:
        raise NotAllowed("conflict.rule")
    authorise(room, by, "conflict.rule")
    said = reason.replace("\x00", "").strip()[:10_000]
    if not said:
        raise Refused("reason_needed", status=422)
    conflict.status = step(CONFLICT, conflict.status, "rule")
    holds = _chosen(conflict, claim_id) if claim_id else _own(value, unit)
    conflict.ruling = {"claim_id": claim_id or None, **holds, "reason": said}
    conflict.ruled_by_id, conflict.ruled_at = by.actor, at
    conflict.save(update_fields=["status", "ruling", "ruled_by", "ruled_at"])
    what = ConflictRuled(
        conflict_id=conflict.id, conflict_state=conflict.status, claim_id=claim_id or None,
        value=holds["value"], unit=holds["unit"], said=said[:500],
    )  # fmt: skip
    record(room, what, by=by, at=at)
    pin(
        room, subject=conflict.subject, key=conflict.key, value=holds["value"],
        unit=holds["unit"], text=said, conflict=conflict, by=by, at=at,
    )  # fmt: skip
    note_contradicted(conflict, at=at)
    return conflict


def _chosen(conflict: Conflict, claim_id: str) -> dict[str, Any]:
    found = next((one for one in conflict.heard if one["claim_id"] == claim_id), None)
    if found is None:
        raise Refused("not_a_claim_of_it", status=422, claim=claim_id[:40])
    value = found["value"] if found["value"] is not None else found["text"]
    return {"value": value, "unit": found["unit"]}


def _own(value: str | int | float | bool | None, unit: str) -> dict[str, Any]:
    if isinstance(value, str):
        value = value.replace("\x00", "").strip()
    if value is None or value == "":
        raise Refused("missing", status=422, field="value")
    value = kept_value(value, "value")
    if isinstance(value, str | int) and _length(value) > LONGEST_VALUE:
        raise Refused("too_long", status=422, field="value", most=LONGEST_VALUE)
    return {"value": value, "unit": unit.replace("\x00", "").strip()[:32]}


def _length(value: str | int) -> int:
    """How many characters it takes; of a very long number a little more, without writing it."""
    return len(value) if isinstance(value, str) else value.bit_length() // 3
