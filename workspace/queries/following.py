"""What builds on what: inputs that changed, conflicts among what a card needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from workspace.models import (
    Card,
    Claim,
    Conflict,
    Deliverable,
    Dependency,
    Run,
    RunInput,
)
from workspace.models.prepared import Prepared
from workspace.transitions import LIVE_RUN

OPEN_CONFLICTS = Prepared(
    lambda room_id: Conflict.objects.filter(room_id=room_id, status="open").order_by("id")
)


@dataclass(frozen=True, slots=True)
class Changed:
    """An input that is no longer what the work should build on, and what took its place."""

    was: Deliverable
    now: Deliverable | None


def changed_inputs(runs: Iterable[Run]) -> dict[str, list[Changed]]:
    """Per run its inputs that have changed and that nobody has settled yet.

    One that was replaced by a version still in review is left out, as it is not decided, unless
    the run's card takes what is submitted.
    """
    card_of = {run.id: run.card_id for run in runs}
    rows = list(
        RunInput.objects.filter(run__in=card_of, settled={})
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
    early = _taken_early({card_of[row.run_id] for row in rows})
    found: dict[str, list[Changed]] = {}
    for row in rows:
        known = newest.get(row.deliverable.card_id, {})
        is_early = (card_of[row.run_id], row.deliverable.card_id) in early
        now = known.get("accepted") or (known.get("submitted") if is_early else None)
        if now is not None or not known:
            found.setdefault(row.run_id, []).append(Changed(row.deliverable, now))
    return found


def _taken_early(card_ids: set[str]) -> set[tuple[str, str]]:
    """(card, card it needs) where a version that is submitted is enough."""
    rows = Dependency.objects.filter(card_id__in=card_ids, met_when="submitted")
    return set(rows.values_list("card_id", "needs_id"))


def built_on_changed(room_id: str) -> dict[str, set[str]]:
    """Per card the cards whose versions have changed and that it builds on, however far back.

    What people confirmed, or what a run was given since, has been settled and counts no more.
    """
    unsettled = RunInput.objects.filter(run__room_id=room_id, settled={}).exclude(
        deliverable__state__in=["accepted", "submitted"]
    )
    stands = Q(deliverables__state__in=["accepted", "submitted"]) | Q(state__in=LIVE_RUN)
    runs = list(Run.objects.filter(stands, id__in=unsettled.values("run_id")).distinct())
    if not runs:
        return {}
    changed = changed_inputs(runs)
    onwards = _onwards(room_id)
    found: dict[str, set[str]] = {}
    for run in runs:
        roots = {one.was.card_id for one in changed.get(run.id, ())}
        for card_id in _reached([run.card_id], onwards) if roots else ():
            found.setdefault(card_id, set()).update(roots)
    return found


def conflicts_before(card: Card) -> list[str]:
    """Open conflicts among everything this card builds on, however far back, its parts included."""
    disputed = _disputed(card.room_id)
    if not disputed:
        return []
    edges: dict[str, list[str]] = {}
    parts = Card.objects.filter(room_id=card.room_id, parent__isnull=False)
    for card_id, needed in [*_dependencies(card.room_id), *parts.values_list("parent_id", "id")]:
        edges.setdefault(card_id, []).append(needed)
    before = _reached(edges.get(card.id, ()), edges)
    return [conflict_id for conflict_id, cards in disputed.items() if before & cards]


def conflicts_below(room_id: str) -> dict[str, tuple[str, ...]]:
    """`conflicts_before`, for every card of a room that has some."""
    disputed = _disputed(room_id)
    if not disputed:
        return {}
    edges: dict[str, list[str]] = {}
    for card_id, needed in _dependencies(room_id):
        edges.setdefault(needed, []).append(card_id)
    found: dict[str, tuple[str, ...]] = {}
    for conflict_id, cards in disputed.items():
        direct = [after for card_id in cards for after in edges.get(card_id, ())]
        for card_id in _reached(direct, edges):
            found[card_id] = (*found.get(card_id, ()), conflict_id)
    return found


def done_and_disputed(room_id: str) -> set[str]:
    """Done cards that an open conflict is about, and those that build on them."""
    disputed = _disputed(room_id)
    if not disputed:
        return set()
    after = cards_after(room_id, {id for cards in disputed.values() for id in cards})
    found = Card.objects.filter(room_id=room_id, id__in=after, status="done")
    return set(found.values_list("id", flat=True))


def cards_after(room_id: str, card_ids: Iterable[str]) -> set[str]:
    """These cards and everything that builds on them, however far."""
    return _reached(card_ids, _onwards(room_id))


def _onwards(room_id: str) -> dict[str, list[str]]:
    """Per card those that need it."""
    edges: dict[str, list[str]] = {}
    for card_id, needed in _dependencies(room_id):
        edges.setdefault(needed, []).append(card_id)
    return edges


def _disputed(room_id: str) -> dict[str, set[str]]:
    """Per open conflict the cards whose claims in it still stand."""
    conflicts: list[Conflict] = OPEN_CONFLICTS.all(room_id)
    heard = {one.id: [said["claim_id"] for said in one.heard] for one in conflicts}
    if not heard:
        return {}
    standing = Claim.objects.filter(
        id__in=[id for ids in heard.values() for id in ids],
        deliverable__state__in=["submitted", "accepted"],
    )
    card_of = dict(standing.values_list("id", "deliverable__card_id"))
    return {
        conflict_id: {card_of[id] for id in ids if id in card_of}
        for conflict_id, ids in heard.items()
    }


def _dependencies(room_id: str) -> Iterable[tuple[str, str]]:
    return Dependency.objects.filter(card__room_id=room_id).values_list("card_id", "needs_id")


def _reached(start: Iterable[str], edges: Mapping[str, Sequence[str]]) -> set[str]:
    """Everything the edges lead to from there, what it starts from included."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(edges.get(current, ()))
    return found
