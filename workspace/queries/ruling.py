"""Conflicts and facts that a person may see."""

from __future__ import annotations

from workspace.errors import NotFound
from workspace.models import Card, Conflict, Fact, Person


def conflict_for(person: Person, conflict_id: str) -> Conflict:
    found = Conflict.objects.filter(id=conflict_id, room__members__person=person)
    conflict = found.select_related("room", "room__workspace").first()
    if conflict is None:
        raise NotFound("conflict", conflict_id)
    return conflict


def fact_for(person: Person, fact_id: str) -> Fact:
    found = Fact.objects.filter(id=fact_id, room__members__person=person)
    fact = found.select_related("room").first()
    if fact is None:
        raise NotFound("fact", fact_id)
    return fact


def conflict_number(conflict: Conflict) -> int:
    """Which conflict of its room it is, counted as they were opened: a name nobody wrote."""
    return Conflict.objects.filter(room_id=conflict.room_id, id__lte=conflict.id).count()


def disputed_by(card: Card) -> Conflict | None:
    """The conflict that this card is a neutral opinion on."""
    return Conflict.objects.filter(room_id=card.room_id, proposal__card_id=card.id).first()
