"""What a question to a judge is made from."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet

from workspace.errors import NotFound
from workspace.models import (
    Attachment,
    Card,
    Claim,
    Deliverable,
    Fact,
    Judgement,
    Message,
    ModelCall,
    Remedy,
    Review,
    Room,
    Run,
    Step,
)

CALL_MAY_RUN = timedelta(minutes=15)  # a gateway ends it by then, whatever its row says
LIMITS_LOOK_BACK = timedelta(minutes=1)


def version(deliverable_id: str) -> Deliverable:
    found = Deliverable.objects.filter(id=deliverable_id).select_related("card", "run").first()
    if found is None:
        raise NotFound("deliverable", deliverable_id)
    return found


def claim(claim_id: str) -> Claim:
    found = Claim.objects.filter(id=claim_id).select_related("deliverable__card").first()
    if found is None:
        raise NotFound("claim", claim_id)
    return found


def message(message_id: str) -> Message:
    found = Message.objects.filter(id=message_id).select_related("person").first()
    if found is None:
        raise NotFound("message", message_id)
    return found


def run_with_card(run_id: str) -> Run:
    found = Run.objects.filter(id=run_id).select_related("card", "agent").first()
    if found is None:
        raise NotFound("run", run_id)
    return found


def card_counts(room_id: str) -> dict[str, int]:
    """How many cards a room has by status, finished ones included."""
    rows = Card.objects.filter(room_id=room_id).values_list("status").annotate(n=Count("id"))
    return dict(rows.order_by("status"))


def newest_closed_cards(room_id: str, most: int) -> QuerySet[Card]:
    """Cards that are done or cancelled, those that came to it last first."""
    found = Card.objects.filter(room_id=room_id, status__in=["done", "cancelled"])
    return found.only("id", "number", "title", "status").order_by("-moved_at", "-number")[:most]


def facts_of(room_id: str) -> QuerySet[Fact]:
    """The room's memory as it stands, oldest first: a new fact moves none of the others."""
    found = Fact.objects.filter(room_id=room_id, unpinned_at=None).select_related("conflict")
    return found.order_by("pinned_at", "id")


def attachments_of(room_id: str, card_id: str | None) -> QuerySet[Attachment]:
    """What was given with a card, or with the room's goal."""
    found = Attachment.objects.filter(room_id=room_id, card_id=card_id, removed_at=None)
    return found.select_related("blob").order_by("added_at", "id")


def attempts_of(card: Card) -> list[tuple[Run, str]]:
    """A card's runs, oldest first, each with what was decided after it."""
    decided = dict(Remedy.objects.filter(run__card=card).values_list("run_id", "remedy"))
    return [(run, decided.get(run.id, "")) for run in card.runs.order_by("fence")]


def newest_answer(room: Room, kind: str, subject_id: str) -> Judgement | None:
    found = room.judgements.filter(kind=kind, subject_id=subject_id, proposal__isnull=False)
    return found.order_by("-asked_at", "-id").first()


def newest_verdict(card: Card) -> str:
    """What a person said of the card's newest version that was judged."""
    found = Review.objects.filter(deliverable__card=card, undone_at=None).exclude(verdict="accept")
    return found.order_by("-at").values_list("reason", flat=True).first() or ""


def last_steps(run: Run, most: int) -> list[Step]:
    return sorted(run.steps.order_by("-n")[:most], key=lambda step: step.n)


def version_of_run(run: Run) -> Deliverable | None:
    return run.deliverables.order_by("-version").first()


def model_calls(account: str, at: datetime) -> QuerySet[ModelCall]:
    """Requests on one account of a model that may count at `at`, in every room of every workspace:
    those of the last minute, and those that may still be under way."""
    since = ModelCall.objects.filter(account=account, at__gte=at - CALL_MAY_RUN)
    is_recent = Q(at__gte=at - LIMITS_LOOK_BACK)
    return since.filter(is_recent | Q(ended_at=None) | Q(ended_at__gt=at))


def held_until(account: str, at: datetime) -> datetime | None:
    """Until when the service wants no call on this account, if that is not over."""
    held = ModelCall.objects.filter(account=account, held_until__gt=at)
    return held.aggregate(until=Max("held_until"))["until"]
