"""What a version holds and what people said of it, row by row: whoever opens it reads all of it."""

from __future__ import annotations

from workspace.models import Claim, Review, Source
from workspace.models.prepared import Prepared

CLAIMS = Prepared(
    lambda deliverable_id: Claim.objects.filter(deliverable_id=deliverable_id).order_by("id")
)
SOURCES = Prepared(
    lambda deliverable_id: Source.objects.filter(deliverable_id=deliverable_id).order_by("id")
)
REVIEWS = Prepared(
    lambda deliverable_id: Review.objects.filter(deliverable_id=deliverable_id).order_by("at", "id")
)


def claims_in(deliverable_id: str) -> list[Claim]:
    """Its statements, in the order in which they were made."""
    return CLAIMS.all(deliverable_id)


def sources_in(deliverable_id: str) -> list[Source]:
    """What it rests on, in the order in which it was named."""
    return SOURCES.all(deliverable_id)


def reviews_of(deliverable_id: str) -> list[Review]:
    """The verdicts on it, the first one first."""
    return REVIEWS.all(deliverable_id)
