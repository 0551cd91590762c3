"""Conflicts as pages show them: both sides with their sources, what waits, what was ruled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from workspace import sentences
from workspace.models import (
    Card,
    Claim,
    Conflict,
    Deliverable,
    Room,
    Source,
)
from workspace.shown.held import conflicts_block, waiting_for
from workspace.shown.places import ShownPlace, place_shown
from workspace.shown.who import People, Who

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
QUIET_STATES = ("submitted", "accepted")  # of a version that still stands


@dataclass(frozen=True, slots=True)
class Speaker:
    """One claim of a side: who said it, in which version, in which words, from where."""

    who: Who
    card_id: str
    number: int
    title: str
    deliverable_id: str
    version: int
    state: str
    text: str
    places: tuple[ShownPlace, ...]
    claim_id: str
    own_words: str  # the value as it was said, where the side shows it in other words

    @property
    def has_gone(self) -> bool:
        """The version it was said in does not stand any more."""
        return self.state not in QUIET_STATES


@dataclass(frozen=True, slots=True)
class Side:
    """One value that is on the table, and everybody who says it."""

    letter: str
    claim_id: str  # of who said it first: ruling for the side names this one
    value: str
    unit: str
    speakers: tuple[Speaker, ...]

    @property
    def claim_ids(self) -> tuple[str, ...]:
        return tuple(one.claim_id for one in self.speakers)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A card that goes no further until somebody has ruled."""

    id: str
    number: int
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The card of a run that belongs to no side; `side` is the one it came to, if it has."""

    card_id: str
    number: int
    title: str
    status: str
    side: str


@dataclass(frozen=True, slots=True)
class Ruling:
    side: str
    value: str
    unit: str
    reason: str
    conflict_id: str
    who: Who
    at: datetime | None
    is_given: bool  # pinned to the room's memory, and so given to every run from now on


@dataclass(frozen=True, slots=True)
class ShownConflict:
    id: str
    room_id: str
    subject: str
    status: str
    opened_at: datetime
    why: str
    sides: tuple[Side, ...]
    waiting: tuple[Waiting, ...]
    proposal: Proposal | None
    ruling: Ruling | None
    withdrawn_at: datetime | None
    against: Ruling | None = None  # what was ruled before, and is contradicted


@dataclass(frozen=True, slots=True)
class RoomConflicts:
    """`doubted`: what a person should look at; nothing waits for it."""

    open: tuple[ShownConflict, ...]
    doubted: tuple[ShownConflict, ...]
    closed: tuple[ShownConflict, ...]

    @property
    def line(self) -> str:
        return conflicts_block(len(self.open), len({w.id for c in self.open for w in c.waiting}))


def room_conflicts(room: Room) -> RoomConflicts:
    """Open and doubted ones first come first, those that were settled newest first.

    Of a doubt that was set aside, or whose claims do not both stand any more, nobody need hear.
    """
    rows = list(Conflict.objects.filter(room=room).order_by("opened_at", "id"))
    shown = dict(zip([row.id for row in rows], conflicts_shown(rows, room), strict=True))
    closed = sorted(
        (row for row in rows if row.status in ("ruled", "withdrawn")),
        key=lambda row: row.ruled_at or row.opened_at, reverse=True,
    )  # fmt: skip
    return RoomConflicts(
        tuple(shown[row.id] for row in rows if row.status == "open"),
        tuple(shown[row.id] for row in rows if row.status == "doubted" and _stands(shown[row.id])),
        tuple(shown[row.id] for row in closed),
    )


def _stands(doubt: ShownConflict) -> bool:
    return not any(one.has_gone for side in doubt.sides for one in side.speakers)


def conflicts_shown(rows: list[Conflict], room: Room) -> tuple[ShownConflict, ...]:
    """A constant number of queries however many conflicts and claims."""
    if not rows:
        return ()
    said = _said([one for row in rows for one in row.heard], room)
    named = [row.reason.get("params", {}).get("ruling") for row in rows]
    rulings = {row.id: row for row in Conflict.objects.filter(id__in=filter(None, named))}
    waiting = waiting_for([row for row in rows if row.status == "open"], room.id)
    return tuple(
        replace(_shown(row, said, waiting.get(row.id, [])), against=_against(row, rulings, said))
        for row in rows
    )


@dataclass(slots=True)
class Said:
    """The rows that claims on the table name."""

    people: People
    versions: dict[str, Deliverable]
    refs: dict[str, str]
    places: dict[tuple[str, str], list[ShownPlace]]
    given: set[str]  # conflicts whose ruling is in the room's memory


def _said(heard: list[dict[str, Any]], room: Room) -> Said:
    ids = {one["deliverable_id"] for one in heard}
    versions = Deliverable.objects.filter(id__in=ids).select_related("card", "run")
    refs = Claim.objects.filter(id__in=[one["claim_id"] for one in heard])
    places: dict[tuple[str, str], list[ShownPlace]] = {}
    for source in Source.objects.filter(deliverable__in=ids).order_by("id"):
        for ref in source.supports:
            key = (source.deliverable_id or "", str(ref))
            places.setdefault(key, []).append(place_shown(source))
    given = room.facts.filter(conflict__isnull=False, unpinned_at=None)
    return Said(
        People.of(room), {row.id: row for row in versions.defer("manifest")},
        dict(refs.values_list("id", "ref")), places, set(given.values_list("conflict", flat=True)),
    )  # fmt: skip


def _shown(row: Conflict, said: Said, waiting: list[Card]) -> ShownConflict:
    sides = _sides(row.heard, said)
    return ShownConflict(
        id=row.id, room_id=row.room_id, subject=row.subject, status=row.status,
        opened_at=row.opened_at, why=sentences.sentence(row.reason), sides=sides,
        waiting=tuple(Waiting(card.id, card.number, card.title, card.status) for card in waiting),
        proposal=_proposal(row, sides), ruling=_ruling(row, sides, said),
        withdrawn_at=row.ruled_at if row.status == "withdrawn" else None,
    )  # fmt: skip


def _sides(heard: list[dict[str, Any]], said: Said) -> tuple[Side, ...]:
    """What was said, one side for each value; more than one claim may be on a side."""
    # In one table by the claim that said it first, and by the words where that is not known.
    first: dict[tuple[str, str], str] = {}
    by_side: dict[str, list[dict[str, Any]]] = {}
    for one in heard:
        alike = first.setdefault(_spoken(one), one["claim_id"])
        side = one.get("side", one["claim_id"])
        by_side.setdefault(side if side in by_side else alike, []).append(one)
    return tuple(
        Side(
            LETTERS[n % len(LETTERS)], claims[0]["claim_id"], *_spoken(claims[0]),
            tuple(_speaker(one, _spoken(claims[0]), said) for one in claims),
        )
        for n, claims in enumerate(by_side.values())
    )  # fmt: skip


def _spoken(one: Mapping[str, Any]) -> tuple[str, str]:
    return value_text(one), str(one.get("unit") or "")


def value_text(one: Mapping[str, Any]) -> str:
    """A value as it is read; a claim without one is its text."""
    value = one.get("value")
    if value is None:
        return str(one.get("text") or "–")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _speaker(one: dict[str, Any], of_side: tuple[str, str], said: Said) -> Speaker:
    version = said.versions.get(one["deliverable_id"])
    key = (one["deliverable_id"], said.refs.get(one["claim_id"], ""))
    worker = version.run.worker_id if version else ""
    own = _spoken(one)
    return Speaker(
        who=said.people.actor(worker), card_id=one["card_id"],
        number=version.card.number if version else 0, title=version.card.title if version else "",
        deliverable_id=one["deliverable_id"], version=version.version if version else 0,
        state=version.state if version else "superseded", text=str(one.get("text") or ""),
        places=tuple(said.places.get(key, ())), claim_id=one["claim_id"],
        own_words="" if own == of_side else " ".join(own).strip(),
    )  # fmt: skip


def _letter(sides: tuple[Side, ...], claim_id: str | None) -> str:
    return next((side.letter for side in sides if claim_id in side.claim_ids), "")


def _proposal(row: Conflict, sides: tuple[Side, ...]) -> Proposal | None:
    card = Card.objects.filter(id=row.proposal.get("card_id", "")).first()
    if card is None or (card.status == "cancelled" and row.status == "open"):
        return None  # another may be asked for
    said = next((one["claim_id"] for one in row.heard if one["card_id"] == card.id), None)
    return Proposal(card.id, card.number, card.title, card.status, _letter(sides, said))


def _ruling(row: Conflict, sides: tuple[Side, ...], said: Said) -> Ruling | None:
    if row.status != "ruled":
        return None
    kept = row.ruling
    return Ruling(
        side=_letter(sides, kept.get("claim_id")), value=value_text(kept),
        unit=str(kept.get("unit") or ""), reason=str(kept.get("reason") or ""),
        conflict_id=row.id,
        who=said.people.actor(row.ruled_by_id or ""), at=row.ruled_at,
        is_given=row.id in said.given,
    )  # fmt: skip


def _against(row: Conflict, rulings: dict[str, Conflict], said: Said) -> Ruling | None:
    earlier = rulings.get(row.reason.get("params", {}).get("ruling") or "")
    return _ruling(earlier, (), said) if earlier else None


def of_claims(claims: Iterable[Claim], room: Room) -> tuple[ShownConflict, ...]:
    """The conflicts that these claims are or were a part of, open ones first."""
    ids = {claim.conflict_id for claim in claims if claim.conflict_id}
    rows = list(Conflict.objects.filter(id__in=ids).exclude(status="withdrawn").order_by("id"))
    rows.sort(key=lambda row: row.status != "open")
    return conflicts_shown(rows, room)
