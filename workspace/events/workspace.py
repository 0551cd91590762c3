"""What happens outside rooms: people, agents, tokens, the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workspace.events.base import Facts, Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceCreated(Happened):
    TYPE: ClassVar[str] = "workspace.created"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonJoined(Happened):
    TYPE: ClassVar[str] = "person.joined"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRegistered(Happened):
    TYPE: ClassVar[str] = "agent.registered"
    agent_id: str
    door: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEdited(Happened):
    TYPE: ClassVar[str] = "agent.edited"
    agent_id: str
    changed: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatusSet(Happened):
    """verified, verified_insecure, unverified, disabled or revoked; and paused or not."""

    TYPE: ClassVar[str] = "agent.status_set"
    agent_id: str
    status: str
    paused: bool
    reason: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSecretRotated(Happened):
    TYPE: ClassVar[str] = "agent.secret_rotated"
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorPaired(Happened):
    TYPE: ClassVar[str] = "connector.paired"
    connector_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRevoked(Happened):
    TYPE: ClassVar[str] = "connector.revoked"
    connector_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionStarted(Happened):
    TYPE: ClassVar[str] = "audition.started"
    audition_id: str
    agent_id: str
    room_id: str
    reason: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionEnded(Happened):
    """passed, failed or stopped; `failed` names the items that were."""

    TYPE: ClassVar[str] = "audition.ended"
    audition_id: str
    agent_id: str
    state: str
    version: str
    passed: list[str]
    failed: list[str]
    reason: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMade(Happened):
    TYPE: ClassVar[str] = "token.made"
    token_id: str
    scopes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Happened):
    TYPE: ClassVar[str] = "token.revoked"
    token_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotKept(Happened):
    """A pilot's scorecard was kept; whether everything ended as its scenarios say."""

    TYPE: ClassVar[str] = "pilot.kept"
    pilot_id: str
    commit: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSet(Happened):
    TYPE: ClassVar[str] = "model.set"
    model: str
    base_url: str
