"""A small cast: a workspace, its people, a room, an agent, a card, a run. All through commands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from workspace.actors import SYSTEM, By, coordinator
from workspace.commands.agents import AgentFacts, note_verification, register_agent
from workspace.commands.callbacks import receive
from workspace.commands.cards import CardFacts, create_card
from workspace.commands.people import create_workspace, invite, join_by_invite, make_token
from workspace.commands.reviews import accept_deliverable, open_deliverable
from workspace.commands.rooms import create_room, seat_agent
from workspace.commands.runs import offer_run
from workspace.commands.starting import assign_card
from workspace.ids import new_id
from workspace.keys import lease_token, run_token
from workspace.models import Agent, Card, Deliverable, Person, Room, Run, Workspace
from workspace.policy import SCOPES
from workspace.reports import Credentials, InboundEvent, Inline, Result, Said

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def an_owner(name: str = "Owner", workspace: str = "Team") -> Person:
    """Someone who owns a new workspace."""
    return create_workspace(name=workspace, owner_name=name, email=None, at=AT)


def workspace_of(person: Person) -> Workspace:
    return Workspace.objects.get(id=person.workspaces.get().workspace_id)


def a_room(owner: Person, *, name: str = "Release", goal: str = "Ship it.", **more: Any) -> Room:
    return create_room(
        workspace_id=workspace_of(owner).id, name=name, goal=goal, owner=owner, by=By(owner.id),
        at=AT, **more,
    )  # fmt: skip


def a_member(room: Room, role: str = "reviewer", name: str = "") -> Person:
    """Someone who joined the room by an invite of its first owner."""
    owner = room.members.filter(role="owner").order_by("joined_at", "id").first()
    assert owner is not None
    _, token = invite(room_id=room.id, role=role, by=By(owner.person_id), at=AT)
    name = name or role.capitalize()
    return join_by_invite(token=token, name=name, person=None, at=AT).person


def an_agent(
    room: Room, name: str = "Tracer", *, skills: tuple[str, ...] = (), url: str = "", **facts: Any
) -> Agent:
    """A verified agent with a seat in the room, owned by the room's first owner."""
    owner = room.members.get(role="owner").person
    agent, _ = register_agent(
        workspace_id=room.workspace_id, door="webhook", owner=owner, by=By(owner.id), at=AT,
        facts=AgentFacts(
            name=name, url=url or "https://agent.example/hook", skills=list(skills), **facts
        ),
    )  # fmt: skip
    note_verification(agent_id=agent.id, status="verified", steps=[], said={}, by=SYSTEM, at=AT)
    seat_agent(room_id=room.id, agent_id=agent.id, by=By(owner.id), at=AT)
    agent.refresh_from_db()
    return agent


def a_card(room: Room, title: str = "Facts from the code", **facts: Any) -> Card:
    """A ready card made by the room's first owner; `depends_on` may hold cards."""
    owner = room.members.get(role="owner").person
    needed = [other.id for other in facts.pop("depends_on", ())]
    said = CardFacts(title=title, depends_on=needed, **facts)
    return create_card(room_id=room.id, facts=said, by=By(owner.id), at=AT)


def a_run(card: Card, agent: Agent, *, at: datetime = AT) -> Run:
    """The agent was given the card and told so: changes a person asked for are the next round."""
    card.refresh_from_db()
    by = coordinator(rule="best_fit")
    last = card.runs.order_by("-fence").first()
    is_round = last is not None and last.deliverables.filter(state="changes_requested").exists()
    run = assign_card(
        card_id=card.id, agent_id=agent.id, attempt=card.attempts + (not is_round),
        round=card.rounds + 1 if is_round else 1, why={}, by=by, at=at,
    )  # fmt: skip
    return offer_run(run_id=run.id, by=by, at=at)


def credentials(run: Run) -> Credentials:
    return Credentials(run_token(run.id, run.fence), lease_token(run.id, run.fence))


def says(run: Run, said: Said, *, at: datetime = AT) -> dict[str, Any]:
    """The run's agent reports one event."""
    event = InboundEvent(id=new_id("msg"), type=type(said).__name__, said=said)
    return receive(run_id=run.id, credentials=credentials(run), events=[event], at=at)


def a_submission(run: Run, text: str = "timeout is 10", *, at: datetime = AT) -> Deliverable:
    """The run's agent hands in one file; the version waits for a verdict."""
    says(run, a_result(text), at=at)
    return run.deliverables.get()


def a_result(text: str = "timeout is 10", **facts: Any) -> Result:
    """One file, as an agent or a person hands it in."""
    part = Inline(name="facts.md", media_type="text/markdown", content=text.encode())
    return Result(summary_md="Done.", artifacts=(part,), **facts)


def accept(version: Deliverable, person: Person, *, at: datetime = AT) -> Deliverable:
    """The person opens the version in the browser and accepts it."""
    by = By(person.id)
    open_deliverable(deliverable_id=version.id, by=by, at=at)
    return accept_deliverable(deliverable_id=version.id, sha256=version.sha256, by=by, at=at)


def a_token(person: Person, *scopes: str) -> str:
    """A personal API token; with every scope unless some are named."""
    _, token = make_token(
        person=person, name="tests", scopes=list(scopes) or sorted(SCOPES), reauthenticated=True,
        by=By(person.id), at=AT,
    )  # fmt: skip
    return token
