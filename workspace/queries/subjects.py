"""The card that an id is about, whatever kind of row it names, and who could have it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from workspace.models import Agent, Card, Deliverable, Run


def card_of(subject_id: str) -> Card | None:
    """The card itself, or the one of a run or version; None for everything else."""
    return cards_of([subject_id]).get(subject_id)


def cards_of(subject_ids: Iterable[str]) -> dict[str, Card]:
    """Per id of a card, run or version its card; five queries however many."""
    wanted = set(subject_ids)
    found = {card.id: card for card in Card.objects.filter(id__in=wanted)}
    for model in (Run, Deliverable):
        rows = dict(model.objects.filter(id__in=wanted).values_list("id", "card_id"))
        cards = {card.id: card for card in Card.objects.filter(id__in=set(rows.values()))}
        found.update({id: cards[card_id] for id, card_id in rows.items()})
    return found


def agents_in(room_id: str) -> QuerySet[Agent]:
    """The agents with a seat in a room that a person can choose from, by name."""
    seated = Agent.objects.filter(seats__room=room_id).exclude(status="revoked")
    return seated.order_by("name", "id")
