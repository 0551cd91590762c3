"""Agents: registered by URL, listed, verified, seated in rooms.

How a URL is checked and how an agent is verified is the doors' business; the composition
root hands both over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from workspace.actors import By
from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.api.wall import Given
from workspace.commands.agents import (
    AgentFacts,
    authorise_agent,
    edit_agent,
    pause_agent,
    revoke_agent,
)
from workspace.commands.auditions import start_audition, stop_audition
from workspace.commands.joining import join_agent, rotate_credential
from workspace.commands.rooms import seat_agent
from workspace.errors import NotFound
from workspace.models import Agent, Audition, Verification
from workspace.policy import needs
from workspace.queries import agent_health, agents_of, audition_of, auditions_for
from workspace.sentences.auditions import evidence
from workspace.sentences.verification import checked

Seconds = Annotated[float, Field(gt=0, lt=3.2e7)]
Skill = Annotated[str, Field(max_length=200)]
DURATIONS = ("ack_within", "silent_after", "lease")
WITH_URL = ("webhook", "a2a", "model")


@dataclass(frozen=True, slots=True)
class Doors:
    """What the agents' side offers: refuse a URL nobody may be sent to; verify an agent; say what
    is at a URL."""

    check_url: Callable[[str], None]
    verify: Callable[[str, By], Verification]
    probe: Callable[[str], dict[str, Any]]


class NewAgent(Given):
    """Durations are in seconds; what is left out is the workspace's.

    `key` is what an A2A or model endpoint asks for; `model`, `role` and `prompt` are a model's.
    """

    name: str = Field(max_length=200)
    url: str = Field("", max_length=2000)
    door: str = Field("webhook", max_length=32)
    skills: list[Skill] = Field(default_factory=list, max_length=40)
    tools: list[Skill] = Field(default_factory=list, max_length=40)
    key: str = Field("", max_length=2000)
    model: str = Field("", max_length=200)
    role: str = Field("", max_length=80)
    prompt: str = Field("", max_length=20_000)
    work_from: str = Field("rooms", max_length=16)
    ack_within: Seconds | None = None
    silent_after: Seconds | None = None
    lease: Seconds | None = None
    max_concurrency: int | None = Field(None, ge=1, le=1000)


class AgentShape(Schema):
    id: str
    name: str
    door: str
    url: str
    status: str
    status_reason: dict[str, Any]
    paused: bool
    skills: list[str]
    tools: list[str]
    work_from: str
    max_concurrency: int
    timings: dict[str, float]
    version: str
    owner_id: str | None
    last_seen_at: datetime | None
    verified_at: datetime | None
    created_at: datetime


class RegisteredAgent(AgentShape):
    """`secret`: a webhook's signing secret, or the token of an agent that calls us; shown once."""

    secret: str


class AgentChanges(Given):
    """What is left out stays as it is. A new URL has to be verified again.

    `confirmed` are addresses beside its URL at which an A2A agent lives too.
    """

    name: str | None = Field(None, max_length=200)
    url: str | None = Field(None, max_length=2000)
    skills: list[Skill] | None = Field(None, max_length=40)
    tools: list[Skill] | None = Field(None, max_length=40)
    work_from: str | None = Field(None, max_length=16)
    confirmed: list[Annotated[str, Field(max_length=300)]] | None = Field(None, max_length=10)
    ack_within: Seconds | None = None
    silent_after: Seconds | None = None
    lease: Seconds | None = None
    max_concurrency: int | None = Field(None, ge=1, le=1000)


class NewCredential(Given):
    """`key` is for agents of the A2A and model doors: what their endpoint asks for."""

    key: str = Field("", max_length=2000)


class ShownOnce(Schema):
    secret: str


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


class LatencyShape(Schema):
    median_ms: int
    slow_ms: int
    of: int


class KindShape(Schema):
    kind: str
    accepted: int
    ended: int


class HealthShape(Schema):
    last_seen_at: datetime | None
    latency: LatencyShape | None
    failures: dict[str, int]
    by_kind: list[KindShape]
    failures_in_a_row: int
    degraded_until: datetime | None


class WholeAgent(AgentShape):
    health: HealthShape


class AgentList(Schema):
    items: list[AgentShape]
    next: str | None


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


class AuditionItem(Schema):
    """`evidence` is a code with its figures, `says` the same in words."""

    code: str
    state: Literal["waiting", "running", "passed", "failed", "not_applicable", "not_tried"]
    evidence: dict[str, Any]
    says: str
    took_s: float | None
    card_id: str | None


class AuditionShape(Schema):
    id: str
    agent_id: str
    room_id: str
    state: Literal["running", "passed", "failed", "stopped"]
    version: str
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    passed: int
    failed: int
    items: list[AuditionItem]


class AuditionList(Schema):
    """`standing`: how the agent stands by them with the version it runs now."""

    items: list[AuditionShape]
    next: str | None
    standing: Literal["never", "passed", "failed", "outdated"]


class ToSeat(Given):
    agent_id: str = Field(max_length=60)


class SeatShape(Schema):
    id: str
    room_id: str
    agent_id: str
    added_at: datetime


def agent_said(agent: Agent) -> dict[str, Any]:
    return {name: getattr(agent, name) for name in AgentShape.model_fields}


def agents_router(doors: Doors) -> Router:
    """The routes of agents, behind these doors."""
    router = Router(tags=["agents"])
    _list(router)
    _probe(router, doors)
    _register(router, doors)
    _verify(router, doors)
    _change(router, doors)
    _stop(router)
    _seat(router)
    _audition(router)
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
            name=body.name, url=body.url, skills=body.skills, timings=_limits(body),
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


def _limits(body: NewAgent | AgentChanges) -> dict[str, float]:
    return {name: value for name in DURATIONS if (value := getattr(body, name)) is not None}


def _probe(router: Router, doors: Doors) -> None:
    @router.post("/agents/probe", response=FoundShape)
    @needs("agent.register")
    def probe(request: HttpRequest, body: ToProbe) -> FoundShape:
        """Ask at a URL who is there. Nothing is kept."""
        doors.check_url(body.url)
        found = doors.probe(body.url)
        return FoundShape(**found, says=checked(found))


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
            timings=_limits(body) or None, work_from=body.work_from,
            max_concurrency=body.max_concurrency,
            reach=None if body.confirmed is None else {"confirmed": body.confirmed},
        )  # fmt: skip
        edited = edit_agent(agent_id=agent.id, facts=facts, by=who.by, at=who.at)
        return AgentShape(**agent_said(edited))

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


def audition_said(audition: Audition) -> AuditionShape:
    states = [item["state"] for item in audition.items]
    return AuditionShape(
        id=audition.id, agent_id=audition.agent_id, room_id=audition.room_id,
        state=cast(Any, audition.state), version=audition.version,
        started_by=audition.started_by_id, started_at=audition.started_at,
        ended_at=audition.ended_at,
        passed=states.count("passed"), failed=states.count("failed"),
        items=[
            AuditionItem(
                code=item["code"], state=item["state"], evidence=item.get("evidence", {}),
                says=evidence(item.get("evidence")), took_s=item.get("took_s"),
                card_id=item.get("card_id"),
            )
            for item in audition.items
        ],
    )  # fmt: skip


def _audition(router: Router) -> None:
    @router.post("/agents/{row_id:agent_id}/audition", response={202: AuditionShape})
    @needs("agent.manage")
    def audition(request: HttpRequest, agent_id: str) -> Status[Any]:
        """Try the agent in a scratch room. It goes on by itself; look at its auditions."""
        who = caller(request)
        agent = who.agent(agent_id)

        def act() -> AuditionShape:
            return audition_said(start_audition(agent_id=agent.id, by=who.by, at=who.at))

        return once(request, act, 202)

    @router.post("/agents/{row_id:agent_id}/audition/stop", response=AuditionShape)
    @needs("agent.manage")
    def stop(request: HttpRequest, agent_id: str) -> AuditionShape:
        """Stop the one under way: what it found by then says nothing about the agent."""
        who = caller(request)
        running = auditions_for(who.agent(agent_id)).filter(state="running").first()
        if running is None:
            raise NotFound("audition", agent_id)
        return audition_said(stop_audition(audition_id=running.id, by=who.by, at=who.at))

    @router.get("/agents/{row_id:agent_id}/auditions", response=AuditionList)
    @needs("agent.read")
    def list_auditions(request: HttpRequest, agent_id: str, paging: Query[Paging]) -> AuditionList:
        """The agent's auditions, the newest first."""
        agent = caller(request).agent(agent_id)
        found, following = page(auditions_for(agent), paging, newest_first=True)
        return AuditionList(
            items=[audition_said(one) for one in found], next=following,
            standing=cast(Any, audition_of(agent).code),
        )  # fmt: skip
