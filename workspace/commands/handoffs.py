"""What people decide about a card that was handed over: go on, give it, or split it by hand.

With a person's decision its attempts and rounds are counted anew; else the coordinator would hand
it over again at once, past the same limit.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.cards import (
    CardFacts,
    add_card,
    begin_anew,
    edit_card,
    give_card,
    reopen_card,
    still_due,
)
from workspace.commands.locks import authorise, lock_card
from workspace.errors import Refused
from workspace.events import CardSplit
from workspace.models import Card, Dependency, Room
from workspace.record import record

MOST_PARTS = 20


@transaction.atomic
def go_on(*, card_id: str, changes: dict[str, Any], by: By, at: datetime) -> Card:
    """Let the coordinator try again, with what a person changed about the card."""
    _room, card = lock_card(card_id)
    begin_anew(card)
    if changes:
        edit_card(card_id=card_id, changes=changes, by=by, at=at)
    return reopen_card(card_id=card_id, by=by, at=at)


@transaction.atomic
def give_on(*, card_id: str, to: str, by: By, at: datetime) -> Card:
    """Give it to a person, who has it at once, or to an agent."""
    _room, card = lock_card(card_id)
    begin_anew(card)
    return give_card(card_id=card_id, to=to, by=by, at=at)


@transaction.atomic
def split_by_hand(*, card_id: str, titles: list[str], by: By, at: datetime) -> list[Card]:
    """Smaller cards that a person names; the card then builds on them.

    Each wants what the card wants and builds on what the card builds on.
    """
    room, card = lock_card(card_id)
    authorise(room, by, "card.edit")
    wanted = [title for title in (" ".join(one.split()) for one in titles) if title]
    if not 2 <= len(wanted) <= MOST_PARTS:
        raise Refused("bad_split", status=422, parts=len(wanted), most=MOST_PARTS)
    begin_anew(card)
    inherited = list(card.dependencies.values_list("needs_id", flat=True))
    made = [_part(room, card, title, inherited, by=by, at=at) for title in wanted]
    Dependency.objects.bulk_create(
        Dependency(workspace_id=room.workspace_id, card=card, needs=child) for child in made
    )
    card.revision += 1
    card.save(update_fields=["revision"])
    what = CardSplit(
        card_id=card.id, card_status=card.status, card_reason=card.reason,
        children=[child.id for child in made], revision=card.revision,
        depends_on=[*inherited, *(child.id for child in made)],
    )  # fmt: skip
    record(room, what, by=by, at=at)
    reopen_card(card_id=card_id, by=by, at=at)
    return made


def _part(
    room: Room, card: Card, title: str, inherited: list[str], *, by: By, at: datetime
) -> Card:
    facts = CardFacts(
        title=title, brief=f"Part of #{card.number} {card.title}.\n\n{card.brief}".strip(),
        skills=list(card.skills), kind=card.kind, depends_on=inherited, priority=card.priority,
        parent=card, due_at=still_due(card, at),
    )  # fmt: skip
    return add_card(room, facts, by=by, at=at)
