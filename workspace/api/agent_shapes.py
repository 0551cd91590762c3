"""What the API answers about agents, and what it is told of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema

from workspace.api.wall import Given
from workspace.models import Agent

Seconds = Annotated[float, Field(gt=0, lt=3.2e7)]
Skill = Annotated[str, Field(max_length=200)]
DURATIONS = ("ack_within", "silent_after", "lease")


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


def agent_said(agent: Agent) -> dict[str, Any]:
    return {name: getattr(agent, name) for name in AgentShape.model_fields}


def limits(body: NewAgent | AgentChanges) -> dict[str, float]:
    """The durations that were named; the others stay the workspace's."""
    return {name: value for name in DURATIONS if (value := getattr(body, name)) is not None}
