"""What the coordinator looks at, in a constant number of queries a room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from workspace.models import (
    Ask,
    Card,
    Claim,
    Conflict,
    Deliverable,
    Dependency,
    Judgement,
    Message,
    Remedy,
    Room,
    Run,
    RunInput,
    Seat,
    Standing,
)
from workspace.models.prepared import Prepared
from workspace.transitions import LIVE_RUN, OPEN_CARD


def _waiting_judgements(room_id: str) -> QuerySet[Judgement]:
    in_review = Deliverable.objects.filter(room_id=room_id, state="submitted").values("id")
    undecided = Run.objects.filter(room_id=room_id, card__status="ready", remedy=None).values("id")
    unanswered = Message.objects.filter(
        room_id=room_id, for_coordinator=True, replies=None
    ).values("id")  # fmt: skip
    standing = Claim.objects.filter(
        room_id=room_id, deliverable__state__in=["submitted", "accepted"]
    ).values("id")
    return Judgement.objects.filter(
        Q(state__in=["wanted", "asking", "answered"])
        | Q(kind="check", subject_id__in=in_review)
        | Q(kind__in=["read", "diagnose"], subject_id__in=undecided)
        | Q(kind="reply", subject_id__in=unanswered)
        | Q(kind="reconcile", subject_id__in=standing),
        room_id=room_id,
    )


WAITING_JUDGEMENTS = Prepared(_waiting_judgements)
NEWEST = Prepared(
    lambda room_id: Judgement.objects.filter(room_id=room_id).order_by("-asked_at", "-id")[:100]
)
SEATS = Prepared(
    lambda room_id: Seat.objects.filter(room_id=room_id)
    .select_related("agent")
    .only(
        "id", "room_id", "added_at", "agent__id", "agent__name", "agent__skills", "agent__door",
        "agent__max_concurrency", "agent__degraded_until", "agent__reach", "agent__status",
        "agent__paused", "agent__there_until", "agent__version",
    )
    .order_by("added_at", "id")
)  # fmt: skip


def room_with_workspace(room_id: str) -> Room | None:
    return Room.objects.select_related("workspace").filter(id=room_id, archived_at=None).first()


def is_planned(room: Room) -> bool:
    """Whether its goal has been planned as it is now, or work towards it has been finished."""
    taken = room.judgements.filter(kind="plan", state="taken", revision=room.revision)
    return taken.exists() or room.cards.filter(status="done").exists()


def cards_to_look_at(room_id: str, finished: Iterable[str]) -> QuerySet[Card]:
    """The open cards of a room, and those `finished` ones."""
    meant = Q(status__in=OPEN_CARD) | Q(id__in=finished)
    unread = ("brief", "criteria", "checks", "proposed_by", "reason")
    return Card.objects.filter(meant, room_id=room_id).defer(*unread).order_by("number")


def seats_to_look_at(room_id: str) -> list[Seat]:
    """The seats of a room in the order of joining, with as much of each agent as a look needs."""
    return SEATS.all(room_id)


RUN_SEEN = (
    "id", "card_id", "agent_id", "state", "attempt", "round", "timings", "failure", "offered_at",
    "ack_by", "last_sign_at", "deadline_at", "cancel_by", "slot", "fence", "reason", "trail",
    "card__counted_from",
)  # fmt: skip


def runs_of_cards(room_id: str, finished: Iterable[str]) -> QuerySet[Run, dict[str, Any]]:
    """What a look takes in of their runs, newest first; rows would cost it several times as much
    where there are hundreds."""
    meant = Q(card__status__in=OPEN_CARD) | Q(card__in=finished)
    found = Run.objects.filter(meant, room_id=room_id).order_by("-fence", "-id")
    return found.values(*RUN_SEEN)


def remedies_of(room_id: str) -> dict[str, str]:
    """Per run of an open card what was decided after it."""
    found = Remedy.objects.filter(run__room_id=room_id, run__card__status__in=OPEN_CARD)
    return dict(found.values_list("run_id", "remedy"))


def runs_with_changed_inputs(room_id: str) -> list[Run]:
    """Live runs, and those whose accepted version made a card done, with an unsettled input."""
    at_work = Q(state__in=LIVE_RUN)
    in_force = Q(state="submitted", card__status="done", deliverables__state="accepted")
    changed = RunInput.objects.filter(run__room_id=room_id, settled={}).exclude(
        deliverable__state__in=["accepted", "submitted"]
    )
    found = Run.objects.filter(at_work | in_force, id__in=changed.values("run_id"))
    return list(found.select_related("card").distinct())


def cards_being_confirmed(room_id: str) -> frozenset[str]:
    """Cards with an open ask whether their finished work stands."""
    found = Ask.objects.filter(room_id=room_id, state="open", kind="choice", card__isnull=False)
    return frozenset(found.values_list("card_id", flat=True))


def room_asks(room_id: str) -> tuple[str, ...]:
    """Codes of the open asks about the room itself; and `code:judgement` of every one that was
    about a judgement, also when it is closed."""
    found: set[str] = set()
    for state, body in Ask.objects.filter(room_id=room_id, card=None).values_list("state", "body"):
        code = body.get("code", "")
        if state == "open":
            found.add(code)
        if about := (body.get("params") or {}).get("judgement_id"):
            found.add(f"{code}:{about}")
    return tuple(sorted(found))


def judgements_to_look_at(room: Room) -> list[Judgement]:
    """What is open or not taken yet, what was asked about work that still waits for it, and the
    newest of the rest; newest first."""
    rows = {row.id: row for row in [*WAITING_JUDGEMENTS.all(room.id), *NEWEST.all(room.id)]}
    for row in rows.values():
        row.room = room
    return sorted(rows.values(), key=lambda row: (row.asked_at, row.id), reverse=True)


def standing_claims(room_id: str) -> list[tuple[Any, ...]]:
    """(id, version, card, subject, value, unit, text, when) of what versions that stand say.

    In the order in which they were said.
    """
    found = Claim.objects.filter(room_id=room_id, deliverable__state__in=["submitted", "accepted"])
    return list(
        found.order_by("id").values_list(
            "id",
            "deliverable_id",
            "deliverable__card_id",
            "subject",
            "value",
            "unit",
            "text",
            "deliverable__submitted_at",
        )
    )


def conflicts_of(room_id: str) -> QuerySet[Conflict]:
    found = Conflict.objects.filter(room_id=room_id)
    return found.exclude(status__in=["withdrawn", "dropped"]).order_by("id")


def loads(agent_ids: list[str]) -> dict[str, int]:
    """Per agent how many live runs it has, in every room."""
    found = Run.objects.filter(agent_id__in=agent_ids, state__in=LIVE_RUN).values("agent_id")
    return {row["agent_id"]: row["n"] for row in found.annotate(n=Count("id"))}


def standings(agent_ids: list[str]) -> QuerySet[Standing, Any]:
    return Standing.objects.filter(agent_id__in=agent_ids).values_list(
        "agent_id", "skill", "kind", "good", "bad", "latency_s", "cost_usd", "at"
    )


def messages_without_reply(room_id: str) -> QuerySet[Message]:
    """What was said to the coordinator and not answered yet, oldest first."""
    found = Message.objects.filter(room_id=room_id, for_coordinator=True, replies=None)
    return found.order_by("at", "id")[:20]


def runs_asking(room_id: str) -> dict[str, list[tuple[str, datetime]]]:
    """Per run its open blocking asks, each with the end of its time, the first to end first.

    The run's clock rests until all of them are answered or over.
    """
    asked = Ask.objects.filter(
        room_id=room_id, state="open", blocking=True, run__isnull=False, expires_at__isnull=False
    )
    found: dict[str, list[tuple[str, datetime]]] = {}
    for run_id, ask_id, until in asked.order_by("expires_at", "id").values_list(
        "run_id", "id", "expires_at"
    ):
        if run_id is not None and until is not None:
            found.setdefault(run_id, []).append((ask_id, until))
    return found


def handed_over(room_id: str) -> dict[str, str]:
    """Cards handed over to people, and the code of why."""
    found = Ask.objects.filter(room_id=room_id, state="open", kind="handoff")
    return {ask.card_id: ask.body.get("code", "") for ask in found if ask.card_id}


def unmet_dependencies(card_ids: list[str]) -> dict[str, list[tuple[str, bool]]]:
    """Per card, each card it needs and whether that is met."""
    rows = list(Dependency.objects.filter(card_id__in=card_ids))
    states = Deliverable.objects.filter(
        card_id__in={row.needs_id for row in rows}, state__in=["accepted", "submitted"]
    )
    have: dict[str, set[str]] = {}
    for card_id, state in states.values_list("card_id", "state"):
        have.setdefault(card_id, set()).add(state)
    found: dict[str, list[tuple[str, bool]]] = {}
    for row in rows:
        met = bool(have.get(row.needs_id, set()) & {"accepted", row.met_when})
        found.setdefault(row.card_id, []).append((row.needs_id, met))
    return found


def version_states(room_id: str, finished: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Per card, and per run, the state of its newest deliverable version."""
    meant = Q(card__status__in=OPEN_CARD) | Q(card__in=finished)
    found = Deliverable.objects.filter(meant, room_id=room_id).order_by("version")
    rows = list(found.values_list("card_id", "run_id", "state"))
    return (
        {card_id: state for card_id, _, state in rows},
        {run_id: state for _, run_id, state in rows},
    )


def versions_in_review(room_id: str) -> dict[str, list[str]]:
    """Per card the versions that wait for a verdict, oldest first."""
    found: dict[str, list[str]] = {}
    rows = Deliverable.objects.filter(room_id=room_id, state="submitted").order_by("version")
    for card_id, deliverable_id in rows.values_list("card_id", "id"):
        found.setdefault(card_id, []).append(deliverable_id)
    return found


def judgement(judgement_id: str) -> Judgement | None:
    return (
        Judgement.objects.select_related("room", "room__workspace").filter(id=judgement_id).first()
    )
