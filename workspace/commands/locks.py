"""Rows under lock, in the one order, and who may touch them."""

from __future__ import annotations

from workspace.actors import By
from workspace.errors import NotAllowed, NotFound, Refused
from workspace.models import Agent, Ask, Card, Deliverable, Person, Room, Run, Workspace
from workspace.models.prepared import Prepared
from workspace.policy import may_in_room, may_in_workspace, require_scope
from workspace.queries import room_role, workspace_role

# What the coordinator may do of what people may; everything else it does has commands of its own.
COORDINATOR_MAY = frozenset({"card.create", "card.give", "card.cancel", "message.post"})


# `no_key`: a row under lock may still be pointed at. Else whoever adds a row that names this
# workspace while holding its stream, and whoever holds the workspace and wants the stream,
# would wait for one another for ever.

ROOM = Prepared(
    lambda room_id: (
        Room.objects.select_for_update(of=("self",), no_key=True)
        .select_related("workspace")
        .filter(id=room_id)
    )
)
CARD = Prepared(lambda card_id: Card.objects.select_for_update(no_key=True).filter(id=card_id))
RUN = Prepared(lambda run_id: Run.objects.select_for_update(no_key=True).filter(id=run_id))
VERSION = Prepared(
    lambda deliverable_id: Deliverable.objects.select_for_update(no_key=True).filter(
        id=deliverable_id
    )
)
AGENT = Prepared(
    lambda agent_id: (
        Agent.objects.select_for_update(of=("self",), no_key=True)
        .select_related("workspace")
        .filter(id=agent_id)
    )
)
# Where a row belongs, read before anything is locked: its room comes first.
ROOM_OF_CARD = Prepared(
    lambda card_id: Card.objects.filter(id=card_id).values_list("room_id", flat=True)
)
PLACE_OF_RUN = Prepared(
    lambda run_id: Run.objects.filter(id=run_id).values_list("room_id", "card_id")
)
CARD_OF_VERSION = Prepared(
    lambda deliverable_id: Deliverable.objects.filter(id=deliverable_id).values_list(
        "card_id", flat=True
    )
)


def lock_room(room_id: str) -> Room:
    found: Room | None = ROOM.first(room_id)
    if found is None:
        raise NotFound("room", room_id)
    return found


def lock_card(card_id: str) -> tuple[Room, Card]:
    room_id = ROOM_OF_CARD.first(card_id)
    if room_id is None:
        raise NotFound("card", card_id)
    return _in_room(room_id, card_id)


def _in_room(room_id: str, card_id: str) -> tuple[Room, Card]:
    room = lock_room(room_id)
    card = CARD.one(card_id)
    card.room = room
    return room, card


def lock_run(run_id: str) -> tuple[Room, Card, Run]:
    ids = PLACE_OF_RUN.first(run_id)
    if ids is None:
        raise NotFound("run", run_id)
    room, card = _in_room(*ids)
    run = RUN.one(run_id)
    run.card, run.room = card, room
    return room, card, run


def lock_deliverable(deliverable_id: str) -> tuple[Room, Card, Deliverable]:
    card_id = CARD_OF_VERSION.first(deliverable_id)
    if card_id is None:
        raise NotFound("deliverable", deliverable_id)
    room, card = lock_card(card_id)
    return room, card, VERSION.one(deliverable_id)


def lock_ask(ask_id: str) -> tuple[Room, Card | None, Run | None, Ask]:
    ids = Ask.objects.filter(id=ask_id).values_list("room_id", "card_id", "run_id").first()
    if ids is None:
        raise NotFound("ask", ask_id)
    room_id, card_id, run_id = ids
    card: Card | None = None
    run: Run | None = None
    if run_id:
        room, card, run = lock_run(run_id)
    elif card_id:
        room, card = lock_card(card_id)
    else:
        room = lock_room(room_id)
    return room, card, run, Ask.objects.select_for_update(no_key=True).get(id=ask_id)


def lock_agent(agent_id: str) -> Agent:
    found: Agent | None = AGENT.first(agent_id)
    if found is None:
        raise NotFound("agent", agent_id)
    return found


def lock_workspace(workspace_id: str) -> Workspace:
    found = Workspace.objects.select_for_update(no_key=True).filter(id=workspace_id).first()
    if found is None:
        raise NotFound("workspace", workspace_id)
    return found


def authorise(room: Room, by: By, permission: str) -> None:
    """`NotAllowed` unless whoever does it holds the permission in this room.

    People by their role and, with a token, its scopes; the coordinator by a short list;
    an agent never. Someone who is no member is told there is no such room.
    """
    if by.is_person:
        role = room_role(by.actor, room.id)
        if role is None:
            raise NotFound("room", room.id)
        if not may_in_room(role, permission):
            raise NotAllowed(permission)
        require_scope(list(by.scopes) if by.scopes is not None else None, permission)
    elif by.actor not in ("coordinator", "system") or permission not in COORDINATOR_MAY:
        raise NotAllowed(permission)


def authorise_workspace(workspace: Workspace, by: By, permission: str) -> None:
    """The same for what lies outside rooms. The system (console, set-up) may."""
    if by.actor == "system":
        return
    person = Person.objects.filter(id=by.actor).first()
    role = workspace_role(person, workspace) if person else None
    if role is None:
        raise NotFound("workspace", workspace.id)
    if not may_in_workspace(role, permission):
        raise NotAllowed(permission)
    require_scope(list(by.scopes) if by.scopes is not None else None, permission)


def require_may_give(agent: Agent, by: By) -> None:
    """Its owner may have kept it: then nobody else gives it work or lets it into a room."""
    if agent.work_from == "owner" and by.is_person and by.actor != agent.owner_id:
        raise Refused("owner_gives_work", status=403)
