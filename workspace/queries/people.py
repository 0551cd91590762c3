"""People and what they may see: every query here starts from a person."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from workspace.errors import NotFound
from workspace.models import (
    Agent,
    Ask,
    Card,
    Connector,
    Deliverable,
    Member,
    Person,
    Room,
    Workspace,
    WorkspaceMember,
)
from workspace.models.prepared import Prepared
from workspace.permits import CLASSES
from workspace.policy import RoomPolicy
from workspace.timings import DEFAULT, Timings

ROLE = Prepared(
    lambda person_id, room_id: Member.objects.filter(
        person_id=person_id, room_id=room_id
    ).values_list("role", flat=True)
)
ROOM = Prepared(
    lambda person_id, room_id: Room.objects.select_related("workspace").filter(
        id=room_id, members__person_id=person_id, archived_at=None
    )
)
CARD = Prepared(
    lambda person_id, card_id: Card.objects.select_related("room", "room__workspace").filter(
        id=card_id, room__members__person_id=person_id
    )
)
VERSION = Prepared(
    lambda person_id, deliverable_id: Deliverable.objects.select_related(
        "room", "card", "run"
    ).filter(id=deliverable_id, room__members__person_id=person_id)
)


def timings(workspace: Workspace, room: Room | None = None, agent: Agent | None = None) -> Timings:
    """Setting → workspace → room → agent."""
    found = DEFAULT.but(settings.MUSTER_TIMINGS).but(workspace.timings)
    if room is not None:
        found = found.but(room.timings)
    if agent is not None:
        found = found.but(agent.timings)
    return found


def leave_of(room: Room) -> dict[str, str]:
    """By class of actions: `allow` where agents here are given leave at once, `ask` where a person
    is asked; lasting rules of single agents come on top. In an audition a person is asked."""
    policy = room_policy(room)
    may = {"read": policy.reads_without_asking, "write": policy.writes_without_asking}
    return {
        klass: "allow" if may.get(klass) and not room.is_scratch else "ask" for klass in CLASSES
    }


def room_policy(room: Room) -> RoomPolicy:
    return RoomPolicy.of(room.policy)


def workspaces_of(person: Person) -> QuerySet[Workspace]:
    ids = WorkspaceMember.objects.filter(person=person).values("workspace_id")
    return Workspace.objects.filter(id__in=ids)


def workspace_role(person: Person, workspace: Workspace) -> str | None:
    found = WorkspaceMember.objects.filter(person=person, workspace=workspace)
    return found.values_list("role", flat=True).first()


def rooms_of(person: Person) -> QuerySet[Room]:
    """The rooms this person is a member of, newest first; scratch rooms are no one's to list."""
    return _rooms(person).filter(is_scratch=False).order_by("-created_at")


def _rooms(person: Person) -> QuerySet[Room]:
    return Room.objects.filter(members__person=person, archived_at=None)


def room_role(person_id: str, room_id: str) -> str | None:
    role: str | None = ROLE.first(person_id, room_id)
    return role


def room_for(person: Person, room_id: str) -> Room:
    room: Room | None = ROOM.first(person.id, room_id)
    if room is None:
        raise NotFound("room", room_id)
    return room


def card_for(person: Person, card_id: str) -> Card:
    card: Card | None = CARD.first(person.id, card_id)
    if card is None:
        raise NotFound("card", card_id)
    return card


def deliverable_for(person: Person, deliverable_id: str) -> Deliverable:
    deliverable: Deliverable | None = VERSION.first(person.id, deliverable_id)
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


def is_there(agent_id: str, at: datetime) -> bool:
    """Whether an agent behind a connector is connected."""
    return Agent.objects.filter(id=agent_id, door="connector", there_until__gt=at).exists()


def connectors_of(person: Person) -> QuerySet[Connector]:
    """The connectors of this person's workspaces that were not taken away, by name."""
    mine = Connector.objects.filter(workspace__in=workspaces_of(person), revoked_at=None)
    return mine.select_related("owner").order_by("name", "id")


def connector_for(person: Person, connector_id: str) -> Connector:
    found = connectors_of(person).filter(id=connector_id).first()
    if found is None:
        raise NotFound("connector", connector_id)
    return found


def reviews_waiting(person: Person) -> QuerySet[Deliverable]:
    """Submitted versions in rooms where this person may judge."""
    return (
        Deliverable.objects.filter(
            state="submitted",
            card__status="review",
            room__members__person=person,
            room__members__role__in=["owner", "reviewer"],
            room__archived_at=None,
            room__is_scratch=False,
        )
        .select_related("card", "room", "run", "run__agent", "run__person")
        .order_by("submitted_at")
    )


def asks_open(person: Person) -> QuerySet[Ask]:
    return (
        Ask.objects.filter(state="open", room__members__person=person, room__archived_at=None)
        .filter(room__is_scratch=False)
        .exclude(room__members__in=Member.objects.filter(person=person, role="observer"))
        .select_related("card", "room", "run", "run__agent")
        .order_by("opened_at")
    )
