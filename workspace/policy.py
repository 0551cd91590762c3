"""Who may do what, in one table, and the mark every route, message and tool carries.

Agents and the coordinator hold none of these permissions: they come in through run
tokens and moves, whose commands are not in this table. In particular nobody but a
person can hold `review.accept`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from workspace.errors import NotAllowed

ROLES = ("owner", "reviewer", "contributor", "observer")
ALL, WORK, JUDGE, OWN = ROLES, ROLES[:3], ROLES[:2], ROLES[:1]

# What a member of a room may do there.
IN_ROOM: dict[str, tuple[str, ...]] = {
    "room.read": ALL,
    "message.post": WORK,
    "card.create": WORK,
    "card.edit": WORK,
    "card.take": WORK,
    "card.give": WORK,
    "card.submit": WORK,
    "card.cancel": WORK,
    "card.sort": WORK,
    "ask.answer": WORK,
    "review.open": ALL,
    "review.accept": JUDGE,
    "review.request_changes": JUDGE,
    "review.reject": JUDGE,
    "deliverable.roll_back": JUDGE,
    "conflict.rule": JUDGE,
    "room.plan": WORK,
    "room.pause": JUDGE,
    "room.edit": OWN,
    "room.invite": OWN,
    "room.members": OWN,
    "room.seats": OWN,
    "room.export": JUDGE,
}
# What a person of a workspace may do outside rooms.
IN_WORKSPACE: dict[str, tuple[str, ...]] = {
    "workspace.read": ("owner", "member"),
    "room.create": ("owner", "member"),
    "agent.read": ("owner", "member"),
    "agent.register": ("owner", "member"),
    "agent.manage": ("owner", "member"),  # and theirs, or the workspace's owner: commands check
    "token.manage": ("owner", "member"),
    "model.set": ("owner",),
    "demo.freeze": ("owner",),
    "metrics.read": ("owner",),
}
# What needs no person: signing in, health, static; and what a run token opens.
WITHOUT_PERSON = ("public", "run.token", "agent.token")
PERMISSIONS = frozenset(IN_ROOM) | frozenset(IN_WORKSPACE) | frozenset(WITHOUT_PERSON)

# A personal token's scope → the permissions it may use, within what its person may do.
SCOPES: dict[str, frozenset[str]] = {
    "read": frozenset({"room.read", "room.export", "workspace.read", "agent.read", "review.open"}),
    "write": frozenset(IN_ROOM)
    - {"review.accept", "review.request_changes", "review.reject", "room.export"}
    | {"room.create"},
    "agents": frozenset({"agent.read", "agent.register", "agent.manage", "room.seats"}),
    "review": frozenset({"review.open", "review.request_changes", "review.reject"}),
    # Granted only after signing in again, or by the console.
    "review:accept": frozenset({"review.open", "review.accept"}),
}


@dataclass(frozen=True, slots=True)
class RoomPolicy:
    """What a room demands beyond roles."""

    accepts_needed: int = 1
    browser_only: bool = False  # no acceptance by token
    exclude_producers_owner: bool = False  # who owns the agent may not accept its work
    max_cards: int = 1_000

    @classmethod
    def of(cls, kept: dict[str, Any]) -> RoomPolicy:
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})


def may_in_room(role: str | None, permission: str) -> bool:
    return role is not None and role in IN_ROOM.get(permission, ())


def may_in_workspace(role: str | None, permission: str) -> bool:
    return role is not None and role in IN_WORKSPACE.get(permission, ())


def require_role(role: str | None, permission: str) -> None:
    """`NotAllowed` unless this role holds the permission in a room."""
    if not may_in_room(role, permission):
        raise NotAllowed(permission)


def require_scope(scopes: list[str] | None, permission: str) -> None:
    """`NotAllowed` unless the token's scopes cover it; None means a browser session."""
    if scopes is None:
        return
    if not any(permission in SCOPES.get(scope, frozenset()) for scope in scopes):
        raise NotAllowed(permission)


Marked = TypeVar("Marked", bound=Callable[..., Any])


def needs(permission: str) -> Callable[[Marked], Marked]:
    """Declare the permission of a view, consumer message or tool; a system check reads it."""
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission}")

    def mark(function: Marked) -> Marked:
        function.permission = permission  # type: ignore[attr-defined]
        return function

    return mark
