"""Agents: listed, read with how they fare, changed, stopped, seated in rooms."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from workspace.api.agent_shapes import (
    AgentChanges,
    AgentList,
    AgentShape,
    HealthShape,
    WholeAgent,
    agent_said,
    limits,
)
from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.api.joining import WITH_URL, Doors, add_joining
from workspace.api.wall import Given
from workspace.commands.agents import AgentFacts, edit_agent, pause_agent, revoke_agent
from workspace.commands.rooms import seat_agent
from workspace.policy import needs
from workspace.queries import agent_health, agents_of


class ToSeat(Given):
    agent_id: str = Field(max_length=60)


class SeatShape(Schema):
    id: str
    room_id: str
    agent_id: str
    added_at: datetime


def agents_router(doors: Doors) -> Router:
    """The routes of agents, behind these doors."""
    router = Router(tags=["agents"])
    _list(router)
    add_joining(router, doors)
    _change(router, doors)
    _stop(router)
    _seat(router)
    return router


def _list(router: Router) -> None:
    @router.get("/agents", response=AgentList)
    @needs("agent.read")
    def list_agents(request: HttpRequest, paging: Query[Paging]) -> AgentList:
        """The workspace's agents in the order they were registered."""
        who = caller(request)
        mine = agents_of(who.person).filter(workspace=who.workspace_id)
        found, following = page(mine, paging)
        return AgentList(items=[AgentShape(**agent_said(one)) for one in found], next=following)


def _change(router: Router, doors: Doors) -> None:
    @router.get("/agents/{row_id:agent_id}", response=WholeAgent)
    @needs("agent.read")
    def get_agent(request: HttpRequest, agent_id: str) -> WholeAgent:
        """An agent and how it fares, over the last 30 days."""
        who = caller(request)
        agent = who.agent(agent_id)
        health = agent_health(agent, who.at)
        shape = HealthShape(**{**asdict(health), "failures": dict(health.failures)})
        return WholeAgent(**agent_said(agent), health=shape)

    @router.patch("/agents/{row_id:agent_id}", response=AgentShape)
    @needs("agent.manage")
    def change_agent(request: HttpRequest, agent_id: str, body: AgentChanges) -> AgentShape:
        """Change what is named; the rest stays as it is."""
        who = caller(request)
        agent = who.agent(agent_id)
        if body.url is not None and agent.door in WITH_URL:
            doors.check_url(body.url)
        for address in body.confirmed or ():
            doors.check_url(address)
        facts = AgentFacts(
            name=body.name, url=body.url, skills=body.skills, tools=body.tools,
            timings=limits(body) or None, work_from=body.work_from,
            max_concurrency=body.max_concurrency,
            reach=None if body.confirmed is None else {"confirmed": body.confirmed},
        )  # fmt: skip
        edited = edit_agent(agent_id=agent.id, facts=facts, by=who.by, at=who.at)
        return AgentShape(**agent_said(edited))


def _stop(router: Router) -> None:
    @router.post("/agents/{row_id:agent_id}/pause", response=AgentShape)
    @needs("agent.manage")
    def rest_agent(request: HttpRequest, agent_id: str) -> Status[Any]:
        """No new work from now on; what it is at goes on."""
        return _paused(request, agent_id, True)

    @router.post("/agents/{row_id:agent_id}/resume", response=AgentShape)
    @needs("agent.manage")
    def resume_agent(request: HttpRequest, agent_id: str) -> Status[Any]:
        """It is given work again."""
        return _paused(request, agent_id, False)

    @router.post("/agents/{row_id:agent_id}/revoke", response=AgentShape)
    @needs("agent.manage")
    def remove_agent(request: HttpRequest, agent_id: str) -> Status[Any]:
        """Remove it for good: its runs end at once, and it changes nothing from now on."""
        who = caller(request)
        agent = who.agent(agent_id)

        def act() -> AgentShape:
            revoke_agent(agent_id=agent.id, by=who.by, at=who.at)
            agent.refresh_from_db()
            return AgentShape(**agent_said(agent))

        return once(request, act)


def _paused(request: HttpRequest, agent_id: str, paused: bool) -> Status[Any]:
    who = caller(request)
    agent = who.agent(agent_id)

    def act() -> AgentShape:
        changed = pause_agent(agent_id=agent.id, paused=paused, by=who.by, at=who.at)
        return AgentShape(**agent_said(changed))

    return once(request, act)


def _seat(router: Router) -> None:
    @router.post("/rooms/{row_id:room_id}/agents", response={201: SeatShape})
    @needs("room.seats")
    def seat(request: HttpRequest, room_id: str, body: ToSeat) -> Status[Any]:
        """Let an agent work in this room."""
        who = caller(request)
        room = who.room(room_id)

        def act() -> SeatShape:
            made = seat_agent(room_id=room.id, agent_id=body.agent_id, by=who.by, at=who.at)
            return SeatShape(
                id=made.id, room_id=made.room_id, agent_id=made.agent_id, added_at=made.added_at
            )

        return once(request, act, 201)
