"""What a run is told and handed, row by row: every order reads all of it."""

from __future__ import annotations

from workspace.models import Card, DeliverableFile, Fact, Message, RunInput
from workspace.models.prepared import Prepared

MOST_COMMENTS = 20
COMMENTS = Prepared(
    lambda card_id: (
        Message.objects.select_related("person", "agent")
        .filter(card_id=card_id)
        .order_by("-at")[:MOST_COMMENTS]
    )
)
FACTS = Prepared(
    lambda room_id: Fact.objects.filter(room_id=room_id, unpinned_at=None).order_by(
        "pinned_at", "id"
    )
)
INPUTS = Prepared(
    lambda run_id: (
        RunInput.objects.select_related("deliverable", "deliverable__card")
        .filter(run_id=run_id)
        .order_by("id")
    )
)
FILES = Prepared(
    lambda deliverable_id: (
        DeliverableFile.objects.select_related("blob")
        .filter(deliverable_id=deliverable_id)
        .order_by("name")
    )
)


def comments_on(card: Card) -> list[Message]:
    """The newest on a card, the newest first, each with who wrote it."""
    return COMMENTS.all(card.id)


def facts_pinned(room_id: str) -> list[Fact]:
    """The room's memory as it is now."""
    return FACTS.all(room_id)


def inputs_given(run_id: str) -> list[RunInput]:
    """The versions a run builds on, with their cards."""
    return INPUTS.all(run_id)


def files_in(deliverable_id: str) -> list[DeliverableFile]:
    """The files of a version by name, with their bytes' rows."""
    return FILES.all(deliverable_id)
