"""Files that people gave or a run left: who may see one, and which a card's workers are handed."""

from __future__ import annotations

from workspace.errors import NotFound
from workspace.models import Artifact, Attachment, Card, Person, Run
from workspace.models.prepared import Prepared

ATTACHED = Prepared(
    lambda room_id: (
        Attachment.objects.select_related("blob")
        .filter(room_id=room_id, removed_at=None)
        .order_by("added_at", "id")
    )
)


def attachment_for(person: Person, attachment_id: str) -> Attachment:
    """One that was not removed, in a room this person is a member of."""
    mine = Attachment.objects.filter(removed_at=None, room__members__person=person)
    found = mine.select_related("blob", "room").filter(id=attachment_id).first()
    if found is None:
        raise NotFound("attachment", attachment_id)
    return found


def attachments_given(card: Card) -> list[Attachment]:
    """What whoever works on this card is handed: the goal's files, its own, and those of the
    cards it was split from."""
    given: list[Attachment] = ATTACHED.all(card.room_id)
    if not given:
        return given
    whose: set[str | None] = {None}
    one: Card | None = card
    while one is not None:
        whose.add(one.id)
        one = one.parent
    return [each for each in given if each.card_id in whose]


def artifact_left(run: Run, artifact_id: str) -> Artifact | None:
    """A file sent in this run, or one of an earlier run that its checkpoint names."""
    if own := run.artifacts.select_related("blob").filter(id=artifact_id).first():
        return own
    if artifact_id not in (run.checkpoint or {}).get("artifact_ids", []):
        return None
    # A checkpoint is handed on as long as nobody keeps a newer one: its run may lie far back.
    earlier = Artifact.objects.filter(run__card_id=run.card_id, run__fence__lt=run.fence)
    return earlier.select_related("blob").filter(id=artifact_id).first()
