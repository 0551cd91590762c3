"""How many claims of a version name a source, and how many name one that holds."""

from __future__ import annotations

from dataclasses import dataclass

from workspace.models import Claim, Deliverable, Source
from workspace.models.prepared import Prepared

SOURCES = Prepared(
    lambda deliverable_id: Source.objects.filter(deliverable_id=deliverable_id).values_list(
        "supports", "state"
    )
)
CLAIMS = Prepared(
    lambda deliverable_id: Claim.objects.filter(deliverable_id=deliverable_id).values_list(
        "ref", flat=True
    )
)

# Looked up, and not there: a claim that rests on nothing else rests on nothing.
BAD = ("missing", "dead")


@dataclass(frozen=True, slots=True)
class Coverage:
    claims: int
    named: int
    holding: int

    @property
    def share(self) -> float | None:
        """The share of the claims with a source that holds; None where nothing is claimed."""
        return self.holding / self.claims if self.claims else None


def coverage_of(version: Deliverable) -> Coverage:
    """A source that was not looked up yet, or cannot be, holds until it is known not to."""
    named: set[str] = set()
    holding: set[str] = set()
    for supports, state in SOURCES.all(version.id):
        refs = set(map(str, supports))
        named |= refs
        holding |= set() if state in BAD else refs
    refs = set(CLAIMS.all(version.id))
    return Coverage(len(refs), len(refs & named), len(refs & holding))
