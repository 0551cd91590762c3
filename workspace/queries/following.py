"""What builds on what: inputs that changed, conflicts among what a card needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workspace.models import (
    Card,
    Conflict,
    Deliverable,
    Dependency,
    Run,
    RunInput,
)


@dataclass(frozen=True, slots=True)
class Changed:
    """An input that is no longer what the work should build on, and what took its place."""

    was: Deliverable
    now: Deliverable | None


def changed_inputs(runs: Iterable[Run]) -> dict[str, list[Changed]]:
    """Per run its inputs that have changed and that nobody has settled yet.

    One that was replaced by a version still in review is left out: it is not decided.
    """
    rows = list(
        RunInput.objects.filter(run__in=[run.id for run in runs], settled={})
        .exclude(deliverable__state__in=["accepted", "submitted"])
        .select_related("deliverable")
        .order_by("id")
    )
    cards = {row.deliverable.card_id for row in rows}
    newest: dict[str, dict[str, Deliverable]] = {}
    for version in Deliverable.objects.filter(
        card_id__in=cards, state__in=["accepted", "submitted"]
    ).order_by("version"):
        newest.setdefault(version.card_id, {})[version.state] = version
    found: dict[str, list[Changed]] = {}
    for row in rows:
        known = newest.get(row.deliverable.card_id, {})
        if "accepted" in known or "submitted" not in known:
            found.setdefault(row.run_id, []).append(Changed(row.deliverable, known.get("accepted")))
    return found


def conflicts_before(card: Card) -> list[str]:
    """Open conflicts among everything this card builds on, however far back."""
    conflicts = list(Conflict.objects.filter(room_id=card.room_id, status="open"))
    if not conflicts:
        return []
    edges: dict[str, list[str]] = {}
    for card_id, needed in Dependency.objects.filter(card__room_id=card.room_id).values_list(
        "card_id", "needs_id"
    ):
        edges.setdefault(card_id, []).append(needed)
    before: set[str] = set()
    waiting = list(edges.get(card.id, ()))
    while waiting:
        current = waiting.pop()
        if current not in before:
            before.add(current)
            waiting.extend(edges.get(current, ()))
    return [one.id for one in conflicts if before & {claim["card_id"] for claim in one.heard}]
