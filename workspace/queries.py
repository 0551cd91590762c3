"""Facts, as they are now. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from workspace.errors import NotFound
from workspace.keys import decrypted
from workspace.models import (
    Agent,
    Ask,
    Card,
    Deliverable,
    Dependency,
    Judgement,
    Member,
    Person,
    Review,
    Room,
    Run,
    Stream,
    Workspace,
    WorkspaceMember,
)
from workspace.policy import RoomPolicy
from workspace.timings import DEFAULT, Timings
from workspace.transitions import LIVE_RUN, OPEN_CARD


def timings(workspace: Workspace, room: Room | None = None, agent: Agent | None = None) -> Timings:
    """Setting → workspace → room → agent."""
    found = DEFAULT.but(settings.MUSTER_TIMINGS).but(workspace.timings)
    if room is not None:
        found = found.but(room.timings)
    if agent is not None:
        found = found.but(agent.timings)
    return found


def room_policy(room: Room) -> RoomPolicy:
    return RoomPolicy.of(room.policy)


# --- starting from the person ------------------------------------------------------------


def workspaces_of(person: Person) -> QuerySet[Workspace]:
    ids = WorkspaceMember.objects.filter(person=person).values("workspace_id")
    return Workspace.objects.filter(id__in=ids)


def workspace_role(person: Person, workspace: Workspace) -> str | None:
    found = WorkspaceMember.objects.filter(person=person, workspace=workspace)
    return found.values_list("role", flat=True).first()


def rooms_of(person: Person) -> QuerySet[Room]:
    """The rooms this person is a member of, newest first."""
    return Room.objects.filter(members__person=person, archived_at=None).order_by("-created_at")


def room_role(person_id: str, room_id: str) -> str | None:
    found = Member.objects.filter(person_id=person_id, room_id=room_id)
    return found.values_list("role", flat=True).first()


def room_for(person: Person, room_id: str) -> Room:
    room = rooms_of(person).filter(id=room_id).select_related("workspace").first()
    if room is None:
        raise NotFound("room", room_id)
    return room


def card_for(person: Person, card_id: str) -> Card:
    found = Card.objects.filter(id=card_id, room__members__person=person)
    card = found.select_related("room", "room__workspace").first()
    if card is None:
        raise NotFound("card", card_id)
    return card


def deliverable_for(person: Person, deliverable_id: str) -> Deliverable:
    found = Deliverable.objects.filter(id=deliverable_id, room__members__person=person)
    deliverable = found.select_related("room", "card", "run").first()
    if deliverable is None:
        raise NotFound("deliverable", deliverable_id)
    return deliverable


def ask_for(person: Person, ask_id: str) -> Ask:
    ask = Ask.objects.filter(id=ask_id, room__members__person=person).select_related("room").first()
    if ask is None:
        raise NotFound("ask", ask_id)
    return ask


def agents_of(person: Person) -> QuerySet[Agent]:
    """Agents of the workspaces this person belongs to."""
    ids = WorkspaceMember.objects.filter(person=person).values("workspace_id")
    return Agent.objects.filter(workspace_id__in=ids).exclude(status="revoked").order_by("id")


def usable_ids(person: Person) -> QuerySet[Agent, str]:
    """The agents that could work now, those built to fail for show left out."""
    usable = agents_of(person).filter(status__in=["verified", "verified_insecure"], paused=False)
    return usable.exclude(note__params__fails=True).values_list("id", flat=True)


def agent_for(person: Person, agent_id: str) -> Agent:
    agent = agents_of(person).filter(id=agent_id).select_related("workspace", "owner").first()
    if agent is None:
        raise NotFound("agent", agent_id)
    return agent


def reviews_waiting(person: Person) -> QuerySet[Deliverable]:
    """Submitted versions in rooms where this person may judge."""
    return (
        Deliverable.objects.filter(
            state="submitted",
            card__status="review",
            room__members__person=person,
            room__members__role__in=["owner", "reviewer"],
            room__archived_at=None,
        )
        .select_related("card", "room", "run", "run__agent", "run__person")
        .order_by("submitted_at")
    )


def asks_open(person: Person) -> QuerySet[Ask]:
    return (
        Ask.objects.filter(state="open", room__members__person=person, room__archived_at=None)
        .exclude(room__members__in=Member.objects.filter(person=person, role="observer"))
        .select_related("card", "room", "run", "run__agent")
        .order_by("opened_at")
    )


# --- the board ---------------------------------------------------------------------------


def dependency_is_met(dependency: Dependency) -> bool:
    return met_by(dependency.needs, dependency.met_when) is not None


def met_by(needed: Card, met_when: str) -> Deliverable | None:
    """The version that meets a dependency on `needed`, if one does."""
    found = needed.deliverables.filter(state="accepted").order_by("-version").first()
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
    return Run.objects.filter(agent=agent, state__in=LIVE_RUN).count()


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
    return Review.objects.filter(
        deliverable=deliverable, verdict="accept", sha256=deliverable.sha256, undone_at=None
    ).count()


def head_seq(stream_id: str) -> int:
    return Stream.objects.filter(id=stream_id).values_list("seq", flat=True).first() or 0


def board_facts(room: Room) -> dict[str, Any]:
    """The board as fetched, in the shape of `fold`: the two must always be equal (I5)."""
    needs: dict[str, list[str]] = {}
    for card_id, needed in Dependency.objects.filter(card__room=room).values_list(
        "card_id", "needs_id"
    ):
        needs.setdefault(card_id, []).append(needed)
    return {
        "room": {
            "name": room.name, "mode": room.mode, "judge": room.judge, "paused": room.paused,
        },
        "members": dict(room.members.values_list("person_id", "role")),
        "seats": sorted(room.seats.values_list("agent_id", flat=True)),
        "cards": {
            card.id: {
                "number": card.number, "title": card.title, "kind": card.kind,
                "revision": card.revision, "status": card.status,
                "reason": card.reason.get("code", ""), "depends_on": sorted(needs.get(card.id, [])),
            }
            for card in room.cards.all()
        },
        "runs": {
            run.id: {
                "card_id": run.card_id, "worker": run.agent_id or run.person_id,
                "attempt": run.attempt, "round": run.round, "fence": run.fence,
                "failure": run.failure, "state": run.state,
            }
            for run in room.runs.all()
        },
        "deliverables": {
            found.id: {
                "card_id": found.card_id, "version": found.version, "sha256": found.sha256,
                "state": found.state,
            }
            for found in room.deliverables.all()
        },
        "asks": sorted(room.asks.filter(state="open").values_list("id", flat=True)),
    }  # fmt: skip


def agent_record(agent_ids: Iterable[str], since: datetime) -> dict[str, tuple[int, int]]:
    """Per agent (accepted, failed or sent back) runs since then."""
    rows = (
        Run.objects.filter(agent_id__in=list(agent_ids), ended_at__gte=since)
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


# --- what the coordinator looks at -------------------------------------------------------


def room_with_workspace(room_id: str) -> Room | None:
    return Room.objects.select_related("workspace").filter(id=room_id, archived_at=None).first()


def open_cards(room_id: str) -> QuerySet[Card]:
    return Card.objects.filter(room_id=room_id, status__in=OPEN_CARD).order_by("number")


def runs_of_open_cards(room_id: str) -> QuerySet[Run]:
    found = Run.objects.filter(room_id=room_id, card__status__in=OPEN_CARD)
    return found.defer("checkpoint", "feedback", "note").order_by("-fence", "-id")


def runs_asking(room_id: str, now: datetime) -> frozenset[str]:
    """Runs with a blocking ask open: their clock rests until the ask's own time is over."""
    found = Ask.objects.filter(
        room_id=room_id, state="open", blocking=True, run__isnull=False, expires_at__gt=now
    )
    return frozenset(found.values_list("run_id", flat=True))


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


def newest_versions(card_ids: list[str]) -> dict[str, str]:
    """Per card the state of its newest deliverable version."""
    found = Deliverable.objects.filter(card_id__in=card_ids).order_by("version")
    return dict(found.values_list("card_id", "state"))


def judgement(judgement_id: str) -> Judgement | None:
    return (
        Judgement.objects.select_related("room", "room__workspace").filter(id=judgement_id).first()
    )


def first_owner() -> Person | None:
    return Person.objects.filter(workspaces__role="owner").order_by("id").first()


def demo_room(workspace: Workspace) -> Room | None:
    return Room.objects.filter(workspace=workspace, is_demo=True).first()


def agent_named(workspace_id: str, name: str) -> Agent | None:
    found = Agent.objects.filter(workspace_id=workspace_id, name=name)
    return found.exclude(status="revoked").first()


def model_of(workspace: Workspace) -> dict[str, str] | None:
    """The endpoint its coordinator asks: set by a person, else by the environment; None without
    a key. `api_key` is in the clear: for the caller's one request, never for a page."""
    kept = workspace.settings.get("model")
    if kept:
        shown = {name: kept[name] for name in ("base_url", "model", "profile")}
        return {**shown, "api_key": decrypted(kept["key"].encode())}
    if settings.MUSTER_MODEL_API_KEY:
        return {
            "base_url": settings.MUSTER_MODEL_BASE_URL, "model": settings.MUSTER_MODEL,
            "profile": settings.MUSTER_MODEL_PROFILE, "api_key": settings.MUSTER_MODEL_API_KEY,
        }  # fmt: skip
    return None


def default_judge(workspace: Workspace) -> str:
    return "kimi" if workspace.settings.get("model") or settings.MUSTER_MODEL_API_KEY else "rules"


def newest_judgement(room: Room, kind: str) -> Judgement | None:
    return room.judgements.filter(kind=kind).order_by("-asked_at").first()


def card_named(card_id: str) -> Card | None:
    return Card.objects.filter(id=card_id).first()


def agent_name(agent_id: str) -> str:
    return Agent.objects.filter(id=agent_id).values_list("name", flat=True).first() or ""
