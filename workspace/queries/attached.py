"""Files that people gave: who may see one, and which a card's workers are handed."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from workspace.errors import NotFound
from workspace.models import Attachment, Card, Person


def attachment_for(person: Person, attachment_id: str) -> Attachment:
    """One that was not removed, in a room this person is a member of."""
    mine = Attachment.objects.filter(removed_at=None, room__members__person=person)
    found = mine.select_related("blob", "room").filter(id=attachment_id).first()
    if found is None:
        raise NotFound("attachment", attachment_id)
    return found


def attachments_given(card: Card) -> QuerySet[Attachment]:
    """What whoever works on this card is handed: the goal's files, its own, and those of the
    cards it was split from."""
    ids: list[str] = []
    one: Card | None = card
    while one is not None:
        ids.append(one.id)
        one = one.parent
    given = Attachment.objects.filter(
        Q(card=None) | Q(card_id__in=ids), room_id=card.room_id, removed_at=None
    )
    return given.select_related("blob").order_by("added_at", "id")
