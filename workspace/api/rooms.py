"""Rooms: made, read, changed, planned, paused; what is said and what happened in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import Count
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.api.shapes import (
    Membership,
    MessageShape,
    RoomList,
    RoomShape,
    Seated,
    WholeRoom,
    message_shape,
    room_said,
)
from workspace.api.wall import Given
from workspace.commands.judgements import plan_room
from workspace.commands.messages import post_message
from workspace.commands.rooms import create_room, edit_room, pause_room, resume_room, set_mode
from workspace.models import Event, Room
from workspace.policy import needs
from workspace.queries import head_seq, rooms_of

router = Router(tags=["rooms"])
MOST_EVENTS = 500


class NewRoom(Given):
    name: str = Field(max_length=500)
    goal: str
    rules: str = ""
    mode: Literal["auto", "manual"] = "auto"
    agents: list[str] = Field(default_factory=list, max_length=300)


class PolicyChanges(Given):
    accepts_needed: int | None = Field(None, ge=1, le=20)
    browser_only: bool | None = None
    exclude_producers_owner: bool | None = None
    max_cards: int | None = Field(None, ge=1, le=10_000)
    attempts: int | None = Field(None, ge=1, le=100)
    rounds: int | None = Field(None, ge=1, le=100)
    depth: int | None = Field(None, ge=0, le=10)
    same_steps: int | None = Field(None, ge=0, le=10_000)
    alternating_steps: int | None = Field(None, ge=0, le=10_000)
    steps_without_news: int | None = Field(None, ge=0, le=100_000)
    reviews_each: int | None = Field(None, ge=0, le=100_000)
    coverage_needed: float | None = Field(None, ge=0, le=1)
    prompt_tokens: int | None = Field(None, ge=4_000, le=2_000_000)
    course_every: float | None = Field(None, ge=0, le=10_000_000)
    redo_changed: bool | None = None
    checks: bool | None = None
    needs_audition: bool | None = None
    specialists: int | None = Field(None, ge=0, le=300)


class RoomChanges(Given):
    name: str | None = Field(None, max_length=500)
    goal: str | None = None
    rules: str | None = None
    mode: Literal["auto", "manual"] | None = None
    policy: PolicyChanges | None = None
    timings: dict[str, float] | None = None


class Said(Given):
    body: str


class Planning(Schema):
    """The judgement that was asked for; its cards follow as events."""

    judgement_id: str
    state: str
    judge: str


class EventShape(Schema):
    id: str
    seq: int
    type: str
    version: int
    at: datetime
    actor: str
    on_behalf_of: str
    request_id: str
    cause: dict[str, Any]
    data: dict[str, Any]
    prev_hash: str
    hash: str


class EventList(Schema):
    items: list[EventShape]
    head: int
    next: int | None


def whole_room(room: Room) -> WholeRoom:
    counted = room.cards.values_list("status").annotate(n=Count("id")).order_by("status")
    members = room.members.select_related("person").order_by("joined_at", "id")
    seats = room.seats.select_related("agent").order_by("added_at", "id")
    return WholeRoom(
        **room_said(room), cards=dict(counted), head=head_seq(room.id),
        members=[
            Membership(person_id=member.person_id, name=member.person.name, role=member.role)
            for member in members
        ],
        agents=[
            Seated(
                agent_id=seat.agent_id, name=seat.agent.name, status=seat.agent.status,
                paused=seat.agent.paused, skills=seat.agent.skills,
            )
            for seat in seats
        ],
    )  # fmt: skip


@router.get("/rooms", response=RoomList)
@needs("workspace.read")
def list_rooms(request: HttpRequest, paging: Query[Paging]) -> RoomList:
    """The rooms you are a member of, newest first."""
    who = caller(request)
    mine = rooms_of(who.person).filter(workspace=who.workspace_id)
    rooms, following = page(mine, paging, newest_first=True)
    return RoomList(items=[RoomShape(**room_said(room)) for room in rooms], next=following)


@router.post("/rooms", response={201: WholeRoom})
@needs("room.create")
def make_room(request: HttpRequest, body: NewRoom) -> Status[Any]:
    """A room with you as its owner; the coordinator begins with its goal."""
    who = caller(request)

    def act() -> WholeRoom:
        room = create_room(
            workspace_id=who.workspace_id, name=body.name, goal=body.goal, rules=body.rules,
            mode=body.mode, agents=body.agents, owner=who.person, by=who.by, at=who.at,
        )  # fmt: skip
        return whole_room(room)

    return once(request, act, 201)


@router.get("/rooms/{row_id:room_id}", response=WholeRoom)
@needs("room.read")
def get_room(request: HttpRequest, room_id: str) -> WholeRoom:
    return whole_room(caller(request).room(room_id))


@router.patch("/rooms/{row_id:room_id}", response=WholeRoom)
@needs("room.edit")
def change_room(request: HttpRequest, room_id: str, body: RoomChanges) -> WholeRoom:
    """Change what is named; a new goal or new rules are a new revision."""
    who = caller(request)
    room = who.room(room_id, "room.edit")
    changes = body.model_dump(exclude_none=True)
    mode = changes.pop("mode", None)
    if changes:
        room = edit_room(room_id=room.id, changes=changes, by=who.by, at=who.at)
    if mode is not None:
        room = set_mode(room_id=room.id, mode=mode, by=who.by, at=who.at)
    return whole_room(room)


@router.post("/rooms/{row_id:room_id}/plan", response={202: Planning})
@needs("room.plan")
def plan(request: HttpRequest, room_id: str) -> Status[Any]:
    """Have the goal broken into cards, again."""
    who = caller(request)
    room = who.room(room_id)

    def act() -> Planning:
        asked = plan_room(room_id=room.id, by=who.by, at=who.at)
        return Planning(judgement_id=asked.id, state=asked.state, judge=asked.judge)

    return once(request, act, 202)


@router.post("/rooms/{row_id:room_id}/pause", response=WholeRoom)
@needs("room.pause")
def pause(request: HttpRequest, room_id: str) -> Status[Any]:
    """Stop giving out work; runs under way go on."""
    who = caller(request)
    room = who.room(room_id)
    return once(request, lambda: whole_room(pause_room(room_id=room.id, by=who.by, at=who.at)))


@router.post("/rooms/{row_id:room_id}/resume", response=WholeRoom)
@needs("room.pause")
def resume(request: HttpRequest, room_id: str) -> Status[Any]:
    who = caller(request)
    room = who.room(room_id)
    return once(request, lambda: whole_room(resume_room(room_id=room.id, by=who.by, at=who.at)))


@router.post("/rooms/{row_id:room_id}/messages", response={201: MessageShape})
@needs("message.post")
def say_in_room(request: HttpRequest, room_id: str, body: Said) -> Status[Any]:
    """Say something in the room; `@coordinator` has the coordinator look."""
    who = caller(request)
    room = who.room(room_id)

    def act() -> MessageShape:
        return message_shape(post_message(room_id=room.id, body=body.body, by=who.by, at=who.at))

    return once(request, act, 201)


@router.get("/rooms/{row_id:room_id}/events", response=EventList)
@needs("room.read")
def list_events(
    request: HttpRequest, room_id: str, after: int = Query(0, ge=0, le=2**62),
    limit: int = Query(MOST_EVENTS, ge=1, le=MOST_EVENTS),
) -> EventList:  # fmt: skip
    """What happened after number `after`, without gaps; `head` is the newest number."""
    room = caller(request).room(room_id)
    head = head_seq(room.id)
    events = Event.objects.filter(stream=room.id, seq__gt=after, seq__lte=head).order_by("seq")
    items = [
        EventShape(**{name: getattr(event, name) for name in EventShape.model_fields})
        for event in events[:limit]
    ]
    more = bool(items) and items[-1].seq < head
    return EventList(items=items, head=head, next=items[-1].seq if more else None)
