"""The board: what meets a dependency, who blocks whom, and the board as fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from workspace.models import (
    Agent,
    Card,
    Deliverable,
    Dependency,
    Person,
    Review,
    Room,
    Run,
    Stream,
)
from workspace.models.prepared import Prepared
from workspace.transitions import LIVE_RUN

SEQ = Prepared(lambda stream_id: Stream.objects.filter(id=stream_id).values_list("seq", flat=True))
LIVE_OF_AGENT = Prepared(
    lambda agent_id: Run.objects.filter(agent_id=agent_id, state__in=LIVE_RUN).values_list(
        "id", flat=True
    )
)
ACCEPTED = Prepared(
    lambda card_id: Deliverable.objects.filter(card_id=card_id, state="accepted").order_by(
        "-version"
    )[:1]
)
ACCEPTS = Prepared(
    lambda deliverable_id, sha256: Review.objects.filter(
        deliverable_id=deliverable_id, verdict="accept", sha256=sha256, undone_at=None
    ).values_list("id", flat=True)
)


def dependency_is_met(dependency: Dependency) -> bool:
    return met_by(dependency.needs, dependency.met_when) is not None


def met_by(needed: Card, met_when: str) -> Deliverable | None:
    """The version that meets a dependency on `needed`, if one does."""
    found: Deliverable | None = ACCEPTED.first(needed.id)
    if found is None and met_when == "submitted":
        found = needed.deliverables.filter(state="submitted").order_by("-version").first()
    return found


def blockers(cards: Iterable[Card]) -> dict[str, list[Card]]:
    """Per card the cards whose deliverables it still waits for; two queries however many."""
    wanted = Dependency.objects.filter(card__in=[card.id for card in cards])
    rows = list(wanted.select_related("needs"))
    needed = {row.needs_id for row in rows}
    states = Deliverable.objects.filter(card_id__in=needed, state__in=["accepted", "submitted"])
    have: dict[str, set[str]] = {}
    for card_id, state in states.values_list("card_id", "state"):
        have.setdefault(card_id, set()).add(state)
    found: dict[str, list[Card]] = {}
    for row in rows:
        enough = {"accepted", row.met_when}
        if not have.get(row.needs_id, set()) & enough:
            found.setdefault(row.card_id, []).append(row.needs)
    return found


def live_runs(agent: Agent) -> int:
    return len(LIVE_OF_AGENT.all(agent.id))


def reviewers(room: Room) -> QuerySet[Person]:
    return Person.objects.filter(
        memberships__room=room, memberships__role__in=["owner", "reviewer"], is_active=True
    ).order_by("id")


def workers(room: Room) -> QuerySet[Person]:
    return Person.objects.filter(
        memberships__room=room, memberships__role__in=["owner", "reviewer", "contributor"],
        is_active=True,
    ).order_by("id")  # fmt: skip


def accepts(deliverable: Deliverable) -> int:
    return len(ACCEPTS.all(deliverable.id, deliverable.sha256))


def head_seq(stream_id: str) -> int:
    return SEQ.first(stream_id) or 0


def board_facts(room: Room) -> dict[str, Any]:
    """The board as fetched, in the shape of `fold`: the two must always be equal (I5)."""
    return {name: part(room) for name, part in BOARD.items()}


def _room(room: Room) -> dict[str, Any]:
    return {"name": room.name, "mode": room.mode, "judge": room.judge, "paused": room.paused}


def _cards(room: Room) -> dict[str, Any]:
    needs: dict[str, list[str]] = {}
    rows = Dependency.objects.filter(card__room=room)
    for card_id, needed in rows.values_list("card_id", "needs_id"):
        needs.setdefault(card_id, []).append(needed)
    said = ("number", "title", "kind", "revision", "status")
    return {
        card["id"]: {name: card[name] for name in said}
        | {
            "reason": card["reason"].get("code", ""),
            "depends_on": sorted(needs.get(card["id"], [])),
        }
        for card in room.cards.values("id", "reason", *said)
    }


def _runs(room: Room) -> dict[str, Any]:
    said = ("card_id", "attempt", "round", "fence", "failure", "state")
    return {
        run["id"]: {name: run[name] for name in said}
        | {"worker": run["agent_id"] or run["person_id"] or "coordinator"}
        for run in room.runs.values("id", "agent_id", "person_id", *said)
    }


def _deliverables(room: Room) -> dict[str, Any]:
    said = ("card_id", "version", "sha256", "state")
    return {
        found["id"]: {name: found[name] for name in said}
        for found in room.deliverables.values("id", *said)
    }


# Part by part, each with its own queries.
BOARD: dict[str, Callable[[Room], Any]] = {
    "room": _room,
    "members": lambda room: dict(room.members.values_list("person_id", "role")),
    "seats": lambda room: sorted(room.seats.values_list("agent_id", flat=True)),
    "cards": _cards,
    "runs": _runs,
    "deliverables": _deliverables,
    "conflicts": lambda room: dict(room.conflicts.values_list("id", "status")),
    "facts": lambda room: sorted(room.facts.filter(unpinned_at=None).values_list("id", flat=True)),
    "asks": lambda room: sorted(room.asks.filter(state="open").values_list("id", flat=True)),
}


def agent_record(agent_ids: Iterable[str], since: datetime) -> dict[str, tuple[int, int]]:
    """Per agent (accepted, failed or sent back) runs since then."""
    rows = (
        Run.objects.filter(
            agent_id__in=list(agent_ids), ended_at__gte=since, room__is_scratch=False
        )
        .values("agent_id")
        .annotate(
            good=Count("id", filter=Q(deliverables__state="accepted"), distinct=True),
            bad=Count(
                "id",
                filter=Q(state__in=["failed", "declined"]) | Q(deliverables__state="rejected"),
                distinct=True,
            ),
        )
    )
    return {row["agent_id"]: (row["good"], row["bad"]) for row in rows}


MONTH = timedelta(days=30)
