"""What happens to a room and to who is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workspace.events.base import Facts, Happened


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCreated(Happened):
    TYPE: ClassVar[str] = "room.created"
    name: str
    mode: str
    judge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEdited(Happened):
    TYPE: ClassVar[str] = "room.edited"
    name: str
    changed: list[str]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPaused(Happened):
    TYPE: ClassVar[str] = "room.paused"
    paused: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomResumed(Happened):
    TYPE: ClassVar[str] = "room.resumed"
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSet(Happened):
    TYPE: ClassVar[str] = "room.mode_set"
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeChanged(Happened):
    TYPE: ClassVar[str] = "room.judge_changed"
    judge: str
    note: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Happened):
    TYPE: ClassVar[str] = "member.joined"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleSet(Happened):
    TYPE: ClassVar[str] = "member.role_set"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Happened):
    TYPE: ClassVar[str] = "member.removed"
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteMade(Happened):
    TYPE: ClassVar[str] = "invite.made"
    invite_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteRevoked(Happened):
    TYPE: ClassVar[str] = "invite.revoked"
    invite_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSeated(Happened):
    TYPE: ClassVar[str] = "agent.seated"
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUnseated(Happened):
    TYPE: ClassVar[str] = "agent.unseated"
    agent_id: str
