"""Cards: made, edited, sorted, given, taken, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.agents import tidy_skills
from workspace.commands.asks import close_asks
from workspace.commands.locks import authorise, lock_card, lock_room, require_may_give
from workspace.commands.moving import move_card
from workspace.commands.owed import owe_revision
from workspace.commands.repositories import RepositoryNamed, repository_fields
from workspace.commands.runs import supersede
from workspace.commands.starting import RunStart, last_run, start_run
from workspace.errors import NotFound, Refused
from workspace.events import (
    CardCancelled,
    CardCreated,
    CardEdited,
    CardGiven,
    CardKept,
    CardReopened,
)
from workspace.models import Agent, Card, Dependency, Member, Person, Room
from workspace.queries import may_work_in, room_policy
from workspace.record import record
from workspace.transitions import DELIVERABLE_KINDS, LIVE_RUN

LONGEST_BRIEF = 100_000
MOST_INDEPENDENT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a new card says. `depends_on` are ids of cards in the same room."""

    title: str
    brief: str = ""
    criteria: list[str] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    kind: str = "document"
    depends_on: list[str] = field(default_factory=list)
    priority: int = 0
    met_when: str = "accepted"
    independent_runs: int = 1
    parent: Card | None = None
    labels: list[str] = field(default_factory=list)
    not_for: list[str] = field(default_factory=list)
    due_at: datetime | None = None
    repository: RepositoryNamed | None = None


@transaction.atomic
def create_card(
    *, room_id: str, facts: CardFacts, by: By, at: datetime, status: str = "ready"
) -> Card:
    """A card in `ready`, or in `triage` where a person still has to keep or drop it."""
    room = lock_room(room_id)
    authorise(room, by, "card.create")
    return add_card(room, facts, by=by, at=at, status=status)


def add_card(room: Room, facts: CardFacts, *, by: By, at: datetime, status: str = "ready") -> Card:
    """The part of making a card that a plan shares; the room is locked."""
    if room.cards_made >= room_policy(room).max_cards:
        raise Refused("too_many_cards", status=422, most=room_policy(room).max_cards)
    if facts.kind not in DELIVERABLE_KINDS:
        raise Refused("unknown_kind", status=422, kind=facts.kind)
    needed = _cards_of(room, facts.depends_on)
    room.cards_made += 1
    room.save(update_fields=["cards_made"])
    card = Card.objects.create(
        workspace_id=room.workspace_id, room=room, number=room.cards_made,
        title=_title(facts.title), brief=tidy_brief(facts.brief),
        criteria=tidy_criteria(facts.criteria),
        kind=facts.kind, skills=tidy_skills(facts.skills), priority=facts.priority, status=status,
        proposed_by={"actor": by.actor, **by.cause}, created_at=at, moved_at=at,
        labels=facts.labels[:20], not_for=facts.not_for, parent=facts.parent,
        depth=facts.parent.depth + 1 if facts.parent else 0,
        independent_runs=_independent(facts.independent_runs), due_at=_due(facts.due_at, at),
        **repository_fields(facts.repository),
    )  # fmt: skip
    Dependency.objects.bulk_create(
        Dependency(workspace_id=room.workspace_id, card=card, needs=other, met_when=facts.met_when)
        for other in needed
    )
    what = CardCreated(
        card_id=card.id, card_status=card.status, number=card.number, title=card.title,
        kind=card.kind, depends_on=[other.id for other in needed],
        parent_id=card.parent_id,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return card


def _independent(given: int) -> int:
    if not 1 <= given <= MOST_INDEPENDENT:
        raise Refused("too_many_independent", status=422, most=MOST_INDEPENDENT)
    return given


def _due(given: datetime | None, at: datetime) -> datetime | None:
    """When it is to be done by; None is any time. One without a zone is meant in UTC."""
    if given is None:
        return None
    due = given if given.tzinfo else given.replace(tzinfo=UTC)
    if due <= at:
        raise Refused("due_in_past", status=422)
    return due


def still_due(card: Card, at: datetime) -> datetime | None:
    """Its due date, for what takes its place, as long as that can be kept."""
    return card.due_at if card.due_at is not None and card.due_at > at else None


def _title(given: str) -> str:
    cleaned = " ".join(given.replace("\x00", "").split())
    if not cleaned:
        raise Refused("missing", status=422, field="title")
    return cleaned[:200]


def tidy_brief(given: str) -> str:
    if len(given) > LONGEST_BRIEF:
        raise Refused("too_long", status=422, field="brief", most=LONGEST_BRIEF)
    return given.replace("\x00", "").strip()


def tidy_criteria(given: list[str]) -> list[str]:
    cleaned = [" ".join(str(criterion).replace("\x00", "").split())[:500] for criterion in given]
    return [criterion for criterion in cleaned if criterion][:50]


def _cards_of(room: Room, ids: list[str]) -> list[Card]:
    found = {card.id: card for card in Card.objects.filter(room=room, id__in=ids)}
    for card_id in ids:
        if card_id not in found:
            raise NotFound("card", card_id)
    return [found[card_id] for card_id in dict.fromkeys(ids)]


@transaction.atomic
def edit_card(*, card_id: str, changes: dict[str, Any], by: By, at: datetime) -> Card:
    """Change what a card says; a live run is told with `card.revised`."""
    room, card = lock_card(card_id)
    authorise(room, by, "card.edit")
    if card.status in ("done", "cancelled"):
        raise Refused("card_closed", state=card.status)
    clean: dict[str, Callable[[Any], Any]] = {
        "title": _title, "brief": tidy_brief, "criteria": tidy_criteria, "skills": tidy_skills,
    }  # fmt: skip
    for name, tidy in clean.items():
        if name in changes:
            setattr(card, name, tidy(changes[name]))
    if "kind" in changes:
        if changes["kind"] not in DELIVERABLE_KINDS:
            raise Refused("unknown_kind", status=422, kind=changes["kind"])
        card.kind = changes["kind"]
    if "independent_runs" in changes:
        card.independent_runs = _independent(int(changes["independent_runs"]))
    if "priority" in changes:
        card.priority = int(changes["priority"])
    if "due_at" in changes and changes["due_at"] != card.due_at:
        card.due_at = _due(changes["due_at"], at)
    if "repository" in changes:
        for name, value in repository_fields(changes["repository"]).items():
            setattr(card, name, value)
    if "depends_on" in changes:
        _set_dependencies(room, card, changes["depends_on"])
    card.revision += 1
    card.save()
    needs = list(card.dependencies.values_list("needs_id", flat=True))
    what = CardEdited(
        card_id=card.id, card_status=card.status, card_reason=card.reason, title=card.title,
        kind=card.kind, revision=card.revision, changed=sorted(changes), depends_on=needs,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    for run in card.runs.filter(state__in=LIVE_RUN):
        data = {"changed": sorted(changes), "reason": "person_edit"}
        if "due_at" in changes:
            run.deadline_at = card.due_at
            run.save(update_fields=["deadline_at"])
        owe_revision(run, data, at=at)
    return card


def _set_dependencies(room: Room, card: Card, ids: list[str]) -> None:
    """Refused if it would close a circle (I9)."""
    needed = _cards_of(room, ids)
    edges: dict[str, list[str]] = {}
    others = Dependency.objects.filter(card__room=room).exclude(card=card)
    for row in others:
        edges.setdefault(row.card_id, []).append(row.needs_id)
    edges[card.id] = [other.id for other in needed]
    seen: set[str] = set()
    waiting = list(edges[card.id])
    while waiting:
        current = waiting.pop()
        if current == card.id:
            raise Refused("cycle", status=422, card=card.number)
        if current not in seen:
            seen.add(current)
            waiting.extend(edges.get(current, []))
    card.dependencies.exclude(needs__in=needed).delete()
    kept = set(card.dependencies.values_list("needs_id", flat=True))
    Dependency.objects.bulk_create(
        Dependency(workspace_id=room.workspace_id, card=card, needs=other)
        for other in needed
        if other.id not in kept
    )


@transaction.atomic
def keep_card(*, card_id: str, by: By, at: datetime) -> Card:
    """Sort a proposed card into the work."""
    room, card = lock_card(card_id)
    authorise(room, by, "card.sort")
    move_card(card, "keep", at=at)
    record(room, CardKept(card_id=card.id, card_status=card.status), by=by, at=at)
    return card


@transaction.atomic
def take_card(*, card_id: str, by: By, at: datetime) -> Card:
    """The person who asks does the card. A live run of an agent is superseded and told."""
    room, card = lock_card(card_id)
    authorise(room, by, "card.take")
    others = card.runs.filter(state__in=LIVE_RUN, person__isnull=False).exclude(person_id=by.actor)
    if others.exists():
        raise Refused("someone_elses_run")  # they can give it away; nobody takes it silently
    _give_to_person(room, card, Person.objects.get(id=by.actor), by=by, at=at)
    return card


def _give_to_person(room: Room, card: Card, person: Person, *, by: By, at: datetime) -> None:
    if card.status not in ("ready", "working", "waiting"):
        raise Refused("card_not_free", state=card.status)
    for run in card.runs.select_for_update().filter(state__in=LIVE_RUN):
        if run.person_id == person.id:
            raise Refused("already_yours")
        supersede(room, card, run, code="taken_over", by=by, at=at)
    if is_handed_over(card):
        begin_anew(card)
    close_asks(card, by=by, at=at)
    card.given_to_person, card.given_to_agent = person, None
    card.save(update_fields=["given_to_person", "given_to_agent"])
    start = RunStart(person=person, attempt=card.attempts + 1, previous=last_run(card))
    start_run(room, card, start, by=by, at=at)


@transaction.atomic
def give_card(*, card_id: str, to: str, by: By, at: datetime) -> Card:
    """Give a card to a person (`usr_…`: theirs at once) or wish for an agent (`agt_…`)."""
    room, card = lock_card(card_id)
    authorise(room, by, "card.give")
    if to.startswith("usr_"):
        member = Member.objects.filter(room=room, person_id=to).exclude(role="observer").first()
        if member is None:
            raise Refused("not_a_member", status=404, person=to)
        _give_to_person(room, card, member.person, by=by, at=at)
        return card
    agent = Agent.objects.filter(id=to, seats__room=room).exclude(status="revoked").first()
    if agent is None:
        raise NotFound("agent", to)
    require_may_give(agent, by)
    if not may_work_in(room, agent):
        raise Refused("needs_audition")
    if card.status not in ("ready", "waiting", "working"):
        raise Refused("card_not_free", state=card.status)
    for run in card.runs.select_for_update().filter(state__in=LIVE_RUN):
        supersede(room, card, run, code="reassigned", by=by, at=at)
    if is_handed_over(card):
        begin_anew(card)
    close_asks(card, by=by, at=at)
    card.given_to_agent, card.given_to_person = agent, None
    card.save(update_fields=["given_to_agent", "given_to_person"])
    if card.status != "ready":
        move_card(card, "free", at=at, reason={"code": "given", "params": {"to": to}})
    what = CardGiven(card_id=card.id, card_status=card.status, card_reason=card.reason, to=to)
    record(room, what, by=by, at=at)
    return card


def is_handed_over(card: Card) -> bool:
    return card.asks.filter(state="open", kind="handoff").exists()


def begin_anew(card: Card) -> None:
    """A person decided that it goes on: no run from before counts against a limit any more."""
    if not is_handed_over(card):
        raise Refused("not_handed_over")
    card.attempts, card.rounds, card.counted_from = 0, 1, card.fence
    card.save(update_fields=["attempts", "rounds", "counted_from"])


@transaction.atomic
def cancel_card(*, card_id: str, by: By, at: datetime, said: str = "") -> Card:
    """Nobody works on it any more; a live run is told to stop."""
    room, card = lock_card(card_id)
    authorise(room, by, "card.cancel")
    for run in card.runs.select_for_update().filter(state__in=LIVE_RUN):
        supersede(room, card, run, code="card_cancelled", by=by, at=at)
    close_asks(card, by=by, at=at)
    reason = {"code": "cancelled", "params": {"said": said[:300]}}
    move_card(card, "cancel", at=at, reason=reason)
    what = CardCancelled(card_id=card.id, card_status=card.status, card_reason=reason)
    record(room, what, by=by, at=at)
    return card


@transaction.atomic
def reopen_card(*, card_id: str, by: By, at: datetime) -> Card:
    """Undo a cancellation, or take a handed-over card back to `ready`."""
    room, card = lock_card(card_id)
    authorise(room, by, "card.sort")
    if card.status not in ("cancelled", "waiting"):
        raise Refused("illegal_move", state=card.status, move="reopen")
    if card.runs.filter(state__in=LIVE_RUN).exists():
        raise Refused("card_not_free", state=card.status)
    if is_handed_over(card):
        begin_anew(card)
    close_asks(card, by=by, at=at)
    move_card(card, "reopen" if card.status == "cancelled" else "free", at=at)
    record(room, CardReopened(card_id=card.id, card_status=card.status), by=by, at=at)
    return card
