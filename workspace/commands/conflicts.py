"""Conflicts: claims that disagree, put before people, and what a person rules."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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
from workspace.queries import conflict_number
from workspace.record import record
from workspace.transitions import CONFLICT, step

LONGEST_VALUE = 500
LONGEST_KEY = 300
Sides = Sequence[Sequence[str]]
STANDS = ("submitted", "accepted")
NEUTRAL_BRIEF = (
    "Findings disagree. Find out what holds, from the things themselves and not from what was "
    "said, and claim it under the subject that is in dispute."
)


@transaction.atomic
def open_conflict(
    *, room_id: str, key: str, claim_ids: list[str], reason: dict[str, Any], by: By, at: datetime,
    against: str | None = None, sides: Sides = (),
) -> Conflict:  # fmt: skip
    """Put claims on one subject before people; an open conflict on it takes the new ones in.

    Refused unless at least two of them still stand; one, if it contradicts the ruling `against`.
    `sides`: the ids of those that say the same, together.
    """
    room = lock_room(room_id)
    claims = standing(room, claim_ids)
    key = kept_key(key)
    is_ruled = bool(against) and room.conflicts.filter(id=against, key=key, status="ruled").exists()
    if len(claims) < (1 if is_ruled else 2):
        raise Refused("stale_move", state="claims_gone")
    known = Conflict.objects.filter(room=room, key=key, status="open").first()
    if known is not None:
        return grow(room, known, claims, by=by, at=at, sides=sides)
    made = Conflict.objects.create(
        workspace_id=room.workspace_id, room=room, subject=claims[0].subject, key=key,
        reason=reason, heard=on_sides([heard(claim) for claim in claims], sides), opened_at=at,
    )  # fmt: skip
    note_open(room, made, claims, by=by, at=at)
    return made


def standing(room: Room, claim_ids: list[str]) -> list[Claim]:
    """Those of the claims whose version is submitted or accepted."""
    found = Claim.objects.filter(room=room, id__in=claim_ids, deliverable__state__in=STANDS)
    return list(found.select_related("deliverable").order_by("id"))


def note_open(room: Room, opened: Conflict, claims: list[Claim], *, by: By, at: datetime) -> None:
    """The claims are a part of it from now on, and everybody is told."""
    Claim.objects.filter(id__in=[claim.id for claim in claims]).update(conflict=opened)
    what = ConflictOpened(
        conflict_id=opened.id, conflict_state=opened.status, subject=opened.subject,
        claims=[claim.id for claim in claims], cards=cards_of(claims), reason=opened.reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)


def kept_key(key: str) -> str:
    """The key as a row holds it: two that are alike only at the beginning stay two."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return f"{key[: LONGEST_KEY - 65]} {digest}"


def grow(
    room: Room, known: Conflict, claims: list[Claim], *, by: By, at: datetime, sides: Sides = ()
) -> Conflict:
    """Take what was not heard yet into an open conflict. Refused where nothing of it is new."""
    known_ids = {one["claim_id"] for one in known.heard}
    new = [claim for claim in claims if claim.id not in known_ids]
    if not new:
        raise Refused("stale_move", state="heard_already")
    known.status = step(CONFLICT, known.status, "grow")
    known.heard = on_sides([*known.heard, *(heard(claim) for claim in new)], sides)
    known.save(update_fields=["heard"])
    Claim.objects.filter(id__in=[claim.id for claim in new]).update(conflict=known)
    what = ConflictGrown(
        conflict_id=known.id, conflict_state=known.status, claims=[claim.id for claim in new],
        cards=cards_of(new),
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return known


def heard(claim: Claim) -> dict[str, Any]:
    """The claim as it was said, so that a ruling can be read when its version is long gone."""
    return {
        "claim_id": claim.id, "deliverable_id": claim.deliverable_id,
        "card_id": claim.deliverable.card_id, "subject": claim.subject, "value": claim.value,
        "unit": claim.unit, "text": claim.text[:2_000],
    }  # fmt: skip


def on_sides(said: list[dict[str, Any]], sides: Sides) -> list[dict[str, Any]]:
    """Each claim with the first one that says the same; those that are not named keep theirs."""
    first_of = {claim_id: side[0] for side in sides for claim_id in side}
    return [
        {**one, "side": first_of.get(one["claim_id"], one.get("side", one["claim_id"]))}
        for one in said
    ]


def cards_of(claims: list[Claim]) -> list[str]:
    return sorted({claim.deliverable.card_id for claim in claims})


@transaction.atomic
def withdraw_conflict(*, conflict_id: str, by: By, at: datetime) -> Conflict:
    """What disagreed does not stand any more: a version was replaced, rejected or rolled back."""
    room, conflict = lock_conflict(conflict_id)
    conflict.status = step(CONFLICT, conflict.status, "withdraw")
    conflict.ruled_at = at
    conflict.save(update_fields=["status", "ruled_at"])
    what = ConflictWithdrawn(conflict_id=conflict.id, conflict_state=conflict.status)
    record(room, what, by=by, at=at)
    return conflict


def lock_conflict(conflict_id: str) -> tuple[Room, Conflict]:
    room_id = Conflict.objects.filter(id=conflict_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound("conflict", conflict_id)
    room = lock_room(room_id)
    return room, Conflict.objects.select_for_update(no_key=True).get(id=conflict_id)


@transaction.atomic
def ask_neutral(*, conflict_id: str, by: By, at: datetime) -> Card:
    """A person wants a third opinion: a card that no agent with a side in it may have.

    What it claims joins the conflict as one more side; a person still rules. It can be asked for
    again once the card it was asked of was cancelled.
    """
    room, conflict = lock_conflict(conflict_id)
    authorise(room, by, "conflict.rule")
    if conflict.status != "open" or is_looked_into(conflict):
        raise Refused("already_asked")
    runs = Run.objects.filter(deliverables__in=[one["deliverable_id"] for one in conflict.heard])
    sides = sorted({run.agent_id for run in runs if run.agent_id})
    # What agents claimed stays out of the card, which the coordinator's model reads: see
    # `queries.disputed_by`, which only the card's worker is given.
    facts = CardFacts(
        title=f"Settle conflict {conflict_number(conflict)}", brief=NEUTRAL_BRIEF, kind="report",
        criteria=["One claim with the subject that is in dispute.", "The claim names a source."],
        priority=1, labels=["neutral"], not_for=sides,
    )  # fmt: skip
    card = add_card(room, facts, by=by, at=at)
    conflict.proposal = {"card_id": card.id}
    conflict.save(update_fields=["proposal"])
    return card


def is_looked_into(conflict: Conflict) -> bool:
    """Whether there is a card for a third opinion that was not cancelled."""
    found = Card.objects.filter(id=conflict.proposal.get("card_id", ""))
    return found.exclude(status="cancelled").exists()


@transaction.atomic
def rule_conflict(
    *, conflict_id: str, reason: str, by: By, at: datetime, claim_id: str = "",
    value: str | int | float | bool | None = None, unit: str = "",
) -> Conflict:  # fmt: skip
    """A person says what holds: one of the claims, or a value of their own, and why.

    The ruling is pinned to the room's memory and given to every run from now on. Refused for
    anybody who is not a person, without a reason, and for a claim that is not part of it.
    """
    room, conflict = lock_conflict(conflict_id)
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
