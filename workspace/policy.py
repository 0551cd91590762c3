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
    "late.offer": WORK,
    "review.open": ALL,
    "review.accept": JUDGE,
    "review.request_changes": JUDGE,
    "review.reject": JUDGE,
    "deliverable.roll_back": JUDGE,
    "conflict.rule": JUDGE,
    "conflict.settle_doubt": JUDGE,
    "fact.pin": WORK,
    "file.attach": WORK,
    "budget.set": OWN,
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
    "pilot.keep": ("owner", "member"),
    "metrics.read": ("owner",),
}
# What needs no person: signing in, health, static; and what a run token opens.
WITHOUT_PERSON = ("public", "run.token", "agent.token")
PERMISSIONS = frozenset(IN_ROOM) | frozenset(IN_WORKSPACE) | frozenset(WITHOUT_PERSON)

# A personal token's scope → the permissions it may use, within what its person may do.
SCOPES: dict[str, frozenset[str]] = {
    "read": frozenset({"room.read", "room.export", "workspace.read", "agent.read", "review.open"}),
    "write": frozenset(IN_ROOM)
    - {
        "review.accept",
        "review.request_changes",
        "review.reject",
        "deliverable.roll_back",
        "room.export",
    }
    | {"room.create"},
    "agents": frozenset({"agent.read", "agent.register", "agent.manage", "room.seats"}),
    "review": frozenset(
        {"review.open", "review.request_changes", "review.reject", "deliverable.roll_back"}
    ),
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
    # How far the coordinator goes by itself before it asks a person.
    attempts: int = 4
    rounds: int = 3
    depth: int = 3
    # What makes a loop of a run's steps; 0 is never.
    same_steps: int = 5
    alternating_steps: int = 8
    steps_without_news: int = 60
    # How many versions may wait for each reviewer before less is given out; 0 is any number.
    reviews_each: int = 20
    # The share of a version's claims that must name a source, or it is not taken.
    coverage_needed: float = 0.0
    # Tokens one question to the model may hold.
    prompt_tokens: int = 200_000
    # How often it is asked whether the board still serves the goal, in seconds.
    course_every: float = 86_400.0
    # Finished work whose inputs changed: ask a person (the default), or do it again.
    redo_changed: bool = False
    # Ask the judge to check every version against its criteria before people do.
    checks: bool = True
    # Actions agents may take without asking: reading, or also writing, in their work directory.
    reads_without_asking: bool = True
    writes_without_asking: bool = False
    # No agent works here until it has passed its audition with its present version.
    needs_audition: bool = False
    # How many specialists of the workspace's own model the coordinator may enlist here.
    specialists: int = 0

    @classmethod
    def of(cls, kept: dict[str, Any]) -> RoomPolicy:
        """The policy a room keeps; what is unknown or of another type is left at its default."""
        return cls(**{name: kept[name] for name in kept if not why_wrong(name, kept[name])})


def why_wrong(name: str, value: Any) -> str:
    """Why this is no value for that setting of a room's policy; empty if it is one."""
    if name not in SETTINGS:
        return "unknown_setting"
    wanted = SETTINGS[name]
    if wanted is bool:
        return "" if isinstance(value, bool) else "not_yes_or_no"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MOST_OF_ANYTHING:
        return "not_a_number"
    if wanted is int and value != int(value):
        return "not_a_whole_number"
    if name == "specialists" and value > MOST_SPECIALISTS:
        return "too_many_specialists"
    if name in LOOP_LIMITS and value == 1:
        return "one_is_no_loop"
    return "over_one" if name == "coverage_needed" and value > 1 else ""


SETTINGS: dict[str, type] = {field.name: type(field.default) for field in fields(RoomPolicy)}
# What one step does is no loop yet: 0 is never, anything else begins at two.
LOOP_LIMITS = frozenset({"same_steps", "alternating_steps", "steps_without_news"})
MOST_SPECIALISTS = 300
MOST_OF_ANYTHING = 10_000_000


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
