"""Agents join: what is at a URL, registering, verifying, a new secret.

How a URL is checked and how an agent is verified is the doors' business; the composition
root hands both over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.responses import Status

from workspace.actors import By
from workspace.api.agent_shapes import AgentShape, NewAgent, RegisteredAgent, agent_said, limits
from workspace.api.answering import once
from workspace.api.calling import caller
from workspace.api.wall import Given
from workspace.commands.agents import AgentFacts, authorise_agent
from workspace.commands.joining import join_agent, rotate_credential
from workspace.models import Verification
from workspace.policy import needs
from workspace.sentences.verification import checked

WITH_URL = ("webhook", "a2a", "model")


@dataclass(frozen=True, slots=True)
class Doors:
    """What the agents' side offers: refuse a URL nobody may be sent to; verify an agent; say what
    is at a URL."""

    check_url: Callable[[str], None]
    verify: Callable[[str, By], Verification]
    probe: Callable[[str], dict[str, Any]]


class ToProbe(Given):
    url: str = Field(max_length=2000)


class FoundShape(Schema):
    """What is at a URL: by which door it would join, what it tells of itself, and what it needs."""

    door: str
    url: str
    code: str
    says: str
    params: dict[str, Any]
    name: str
    version: str
    skills: list[str]
    tools: list[str]
    needs: list[str]
    models: list[str]


class VerificationStep(Schema):
    code: str
    ok: bool
    params: dict[str, Any] = Field(default_factory=dict)


class Verified(Schema):
    agent_id: str
    status: str
    at: datetime
    steps: list[VerificationStep]
    agent: AgentShape


class NewCredential(Given):
    """`key` is for agents of the A2A and model doors: what their endpoint asks for."""

    key: str = Field("", max_length=2000)


class ShownOnce(Schema):
    secret: str


def add_joining(router: Router, doors: Doors) -> None:
    """The routes by which agents join. They share a path with their list, hence its router."""
    _probe(router, doors)
    _register(router, doors)
    _verify(router, doors)
    _rotate(router)


def _probe(router: Router, doors: Doors) -> None:
    @router.post("/agents/probe", response=FoundShape)
    @needs("agent.register")
    def probe(request: HttpRequest, body: ToProbe) -> FoundShape:
        """Ask at a URL who is there. Nothing is kept."""
        doors.check_url(body.url)
        found = doors.probe(body.url)
        return FoundShape(**found, says=checked(found))


def _register(router: Router, doors: Doors) -> None:
    @router.post("/agents", response={201: RegisteredAgent})
    @needs("agent.register")
    def register(request: HttpRequest, body: NewAgent) -> Status[Any]:
        """Register an agent by its door. What is secret is in this answer and nowhere else."""
        who = caller(request)
        if body.door in WITH_URL:
            doors.check_url(body.url)
        told = {"model": body.model, "role": body.role, "prompt": body.prompt}
        facts = AgentFacts(
            name=body.name, url=body.url, skills=body.skills, timings=limits(body),
            tools=body.tools, work_from=body.work_from, max_concurrency=body.max_concurrency,
            reach={name: value for name, value in told.items() if value},
        )  # fmt: skip

        def act() -> RegisteredAgent:
            agent, secret = join_agent(
                workspace_id=who.workspace_id, facts=facts, door=body.door, key=body.key,
                owner=who.person, by=who.by, at=who.at,
            )  # fmt: skip
            return RegisteredAgent(**agent_said(agent), secret=secret)

        return once(request, act, 201)


def _verify(router: Router, doors: Doors) -> None:
    @router.post("/agents/{row_id:agent_id}/verify", response=Verified)
    @needs("agent.manage")
    def verify(request: HttpRequest, agent_id: str) -> Verified:
        """Have its door ask who is there; a webhook is sent a signed challenge and a wrong
        signature. Verifying twice does no harm."""
        who = caller(request)
        agent = who.agent(agent_id)
        authorise_agent(agent, who.by)
        found = doors.verify(agent.id, who.by)
        agent.refresh_from_db()
        steps = [
            VerificationStep(code=step["code"], ok=step["ok"], params=step.get("params", {}))
            for step in found.steps
        ]
        return Verified(
            agent_id=agent.id, status=found.status, at=found.at, steps=steps,
            agent=AgentShape(**agent_said(agent)),
        )  # fmt: skip


def _rotate(router: Router) -> None:
    @router.post("/agents/{row_id:agent_id}/rotate", response=ShownOnce)
    @needs("agent.manage")
    def rotate(request: HttpRequest, agent_id: str, body: NewCredential) -> Status[Any]:
        """A new secret or token, in this answer only; the one before counts for a day more."""
        who = caller(request)
        agent = who.agent(agent_id)

        def act() -> ShownOnce:
            secret = rotate_credential(agent_id=agent.id, key=body.key, by=who.by, at=who.at)
            return ShownOnce(secret=secret)

        return once(request, act)
