"""An A2A agent that is what a test says it is, in a room with one card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from agents.doors import sending
from agents.doors.a2a.looking import look_at_due
from agents.doors.verifying import verify_agent
from tests import cast
from tests.doors_a2a.agents import Scripted
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands.agents import AgentFacts, register_agent
from workspace.commands.rooms import seat_agent
from workspace.commands.starting import assign_card
from workspace.models import Agent, Delivery, Room, Run, Talk
from workspace.verify import verify


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Play:
    """One agent, and what is done with it."""

    room: Room
    agent: Agent
    program: Scripted

    def given(self, title: str = "Facts", **facts: object) -> Run:
        """A card given to the agent, its assignment sent."""
        card = cast.a_card(self.room, title, **facts)
        run = assign_card(
            card_id=card.id, agent_id=self.agent.id, attempt=1, round=1, why={},
            by=coordinator(rule="best_fit"), at=utc_now(),
        )  # fmt: skip
        self.deliver()
        run.refresh_from_db()
        return run

    def deliver(self) -> list[str]:
        """Send what is owed, whenever it is due; the state each is left in."""
        owed = Delivery.objects.filter(state__in=["due", "sending"]).order_by("created_at", "id")
        states = []
        for delivery in owed:
            Delivery.objects.filter(id=delivery.id).update(due_at=utc_now(), claimed_until=None)
            states.append(sending.deliver_one(delivery.id) or "")
        return states

    def look(self, run: Run, times: int = 1) -> Run:
        """Look at its task as if the time for that had come."""
        for _ in range(times):
            Talk.objects.filter(run=run).exclude(due_at=None).update(due_at=utc_now())
            for begun in look_at_due(utc_now() + timedelta(milliseconds=1)):
                begun.result(60)
        run.refresh_from_db()
        run.card.refresh_from_db()
        return run


@pytest.fixture(autouse=True)
def loopback(settings: object) -> None:
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]  # type: ignore[attr-defined]


@pytest.fixture
def room(transactional_db: None) -> Room:
    return cast.a_room(cast.an_owner())


@pytest.fixture
def plays(room: Room) -> Iterator[Callable[..., Play]]:
    """Makes an agent of a script, verified and seated; the board is well afterwards."""
    programs: list[Scripted] = []

    def play(program: Scripted | None = None, *, key: str = "", **answers: object) -> Play:
        program = program or Scripted(**answers)
        programs.append(program)
        agent = registered(room, program, key=key)
        found = verify_agent(agent.id, by=SYSTEM)
        assert found.status == "verified", found.steps
        seat_agent(room_id=room.id, agent_id=agent.id, by=By(agent.owner_id or ""), at=utc_now())
        agent.refresh_from_db()
        return Play(room, agent, program)

    yield play
    for program in programs:
        program.close()
    assert verify(utc_now()) == []


def registered(room: Room, program: Scripted, *, key: str = "") -> Agent:
    owner = room.members.get(role="owner").person
    agent, _ = register_agent(
        workspace_id=room.workspace_id, door="a2a", owner=owner, by=By(owner.id), at=utc_now(),
        facts=AgentFacts(name="Scripted", url=program.url), secret=key,
    )  # fmt: skip
    return agent
