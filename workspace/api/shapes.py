"""What the API answers about rooms, cards and runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ninja import Schema

from workspace.mast import mode_of
from workspace.models import Card, Deliverable, Dependency, LateResult, Message, Remedy, Room, Run
from workspace.ownership import Owner, next_owners

Reason = dict[str, Any]  # {"code", "params"}, or {} where there is none


class NextOwner(Schema):
    """Who owns the next action: agents or people by `ids`, and on which other cards."""

    kind: str
    ids: list[str]
    what: str
    cards: list[str]


class RunShape(Schema):
    id: str
    state: str
    failure: str | None
    agent_id: str | None
    person_id: str | None
    attempt: int
    round: int
    reason: Reason
    slot: int
    why: Reason  # why this worker, with the numbers
    remedy: str | None  # what was decided after it did not succeed
    mast: str | None  # the failure's code in the taxonomy of multi-agent failures
    percent: float | None
    note: str
    queued_at: datetime
    ended_at: datetime | None


class VersionShape(Schema):
    """A deliverable in a few words; `GET /deliverables/{id}` has the rest."""

    id: str
    version: int
    state: str
    sha256: str
    submitted_at: datetime


class CardShape(Schema):
    id: str
    room_id: str
    number: int
    title: str
    brief: str
    criteria: list[str]
    kind: str
    skills: list[str]
    priority: int
    independent_runs: int
    due_at: datetime | None
    depends_on: list[str]
    status: str
    reason: Reason
    next_owner: NextOwner | None
    run: RunShape | None
    deliverable: VersionShape | None
    revision: int
    created_at: datetime
    moved_at: datetime


class RepositoryShape(Schema):
    url: str
    commit: str
    checks: list[list[str]]


class LateShape(Schema):
    """What came after a run's time; `deliverable_id` once a person has put it into review."""

    id: str
    run_id: str
    at: datetime
    summary: str
    files: list[str]
    deliverable_id: str | None


class WholeCard(CardShape):
    repository: RepositoryShape | None
    runs: list[RunShape]
    deliverables: list[VersionShape]
    late_results: list[LateShape]


class CardList(Schema):
    items: list[CardShape]
    next: str | None


class MessageShape(Schema):
    id: str
    room_id: str
    card_id: str | None
    person_id: str | None
    agent_id: str | None
    to_agent: str | None
    body: str
    at: datetime


def owner_shape(owner: Owner | None) -> NextOwner | None:
    if owner is None:
        return None
    return NextOwner(kind=owner.kind, ids=list(owner.ids), what=owner.what, cards=list(owner.cards))


def run_shape(run: Run) -> RunShape:
    """With its remedy, which the caller brings along."""
    remedy: Remedy | None = getattr(run, "remedy", None)
    mode = mode_of(run.failure)
    return RunShape(
        id=run.id, state=run.state, failure=run.failure or None, agent_id=run.agent_id,
        person_id=run.person_id, attempt=run.attempt, round=run.round, reason=run.reason,
        slot=run.slot, why=run.why, remedy=remedy.remedy if remedy else None,
        mast=mode.code if mode else None, percent=run.percent, note=run.note,
        queued_at=run.queued_at, ended_at=run.ended_at,
    )  # fmt: skip


def version_shape(version: Deliverable) -> VersionShape:
    return VersionShape(
        id=version.id, version=version.version, state=version.state, sha256=version.sha256,
        submitted_at=version.submitted_at,
    )  # fmt: skip


def card_shapes(cards: Sequence[Card]) -> list[CardShape]:
    """The cards as they stand; as many queries for one as for all."""
    ids = [card.id for card in cards]
    owners = next_owners(cards)
    runs, versions = _newest_runs(ids), _newest_versions(ids)
    needs: dict[str, list[str]] = {}
    for card_id, needed in Dependency.objects.filter(card__in=ids).values_list("card", "needs"):
        needs.setdefault(card_id, []).append(needed)
    return [
        CardShape(
            **_said(card), depends_on=sorted(needs.get(card.id, ())),
            next_owner=owner_shape(owners[card.id]),
            run=run_shape(runs[card.id]) if card.id in runs else None,
            deliverable=version_shape(versions[card.id]) if card.id in versions else None,
        )
        for card in cards
    ]  # fmt: skip


def _said(card: Card) -> dict[str, Any]:
    return {
        "id": card.id, "room_id": card.room_id, "number": card.number, "title": card.title,
        "brief": card.brief, "criteria": card.criteria, "kind": card.kind, "skills": card.skills,
        "priority": card.priority, "independent_runs": card.independent_runs,
        "due_at": card.due_at, "status": card.status, "reason": card.reason,
        "revision": card.revision, "created_at": card.created_at, "moved_at": card.moved_at,
    }  # fmt: skip


def _newest_runs(card_ids: list[str]) -> dict[str, Run]:
    found = Run.objects.filter(card__in=card_ids).select_related("remedy")
    found = found.defer("checkpoint", "feedback", "asked", "trail")
    return {run.card_id: run for run in found.order_by("fence")}


def _newest_versions(card_ids: list[str]) -> dict[str, Deliverable]:
    found = Deliverable.objects.filter(card__in=card_ids).defer("manifest", "summary")
    return {version.card_id: version for version in found.order_by("version")}


def whole_card(card: Card) -> WholeCard:
    card = Card.objects.select_related("room").get(id=card.id)
    shape = card_shapes([card])[0]
    return WholeCard(
        **shape.model_dump(),
        repository=_repository(card),
        runs=[run_shape(run) for run in card.runs.select_related("remedy").order_by("-fence")],
        deliverables=[
            version_shape(version)
            for version in card.deliverables.defer("manifest").order_by("-version")
        ],
        late_results=[
            LateShape(
                id=late.id,
                run_id=late.run_id,
                at=late.at,
                summary=late.summary,
                files=late.payload.get("files") or [],
                deliverable_id=late.became_id,
            )
            for late in LateResult.objects.filter(run__card=card).order_by("at", "id")
        ],
    )


def _repository(card: Card) -> RepositoryShape | None:
    if not card.repository:
        return None
    return RepositoryShape(url=card.repository, commit=card.base_commit, checks=card.checks)


def message_shape(message: Message) -> MessageShape:
    return MessageShape(
        id=message.id, room_id=message.room_id, card_id=message.card_id,
        person_id=message.person_id, agent_id=message.agent_id, to_agent=message.to_agent_id,
        body=message.body, at=message.at,
    )  # fmt: skip


class RoomShape(Schema):
    id: str
    workspace_id: str
    name: str
    goal: str
    rules: str
    mode: str
    paused: bool
    judge: str
    judge_note: Reason
    policy: dict[str, Any]
    timings: dict[str, float]
    revision: int
    is_demo: bool
    created_at: datetime


class Membership(Schema):
    person_id: str
    name: str
    role: str


class Seated(Schema):
    agent_id: str
    name: str
    status: str
    paused: bool
    skills: list[str]


class WholeRoom(RoomShape):
    """With who is in it, how its cards stand, and its newest event's number."""

    members: list[Membership]
    agents: list[Seated]
    cards: dict[str, int]
    head: int


class RoomList(Schema):
    items: list[RoomShape]
    next: str | None


def room_said(room: Room) -> dict[str, Any]:
    return {name: getattr(room, name) for name in RoomShape.model_fields}
