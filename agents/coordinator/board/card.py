"""Cards, and what they build on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agents.coordinator.board.run import DeliverableState, Run

CardStatus = Literal["triage", "ready", "working", "waiting", "review", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class Dependency:
    """One card another card builds on; `met` by the room's policy (accepted, or submitted)."""

    card_id: str
    met: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the coordinator sees it; `runs` newest first.

    `attempts` and `rounds` are what counts against the limits: the highest attempt begun, and the
    highest round begun (0 before the first run). `assignee` is the agent a person chose: it
    goes first. `kept_for_person` is true when a person is to do it: the coordinator leaves it.
    A higher `priority` goes first. `handed_off` is the reason's code of an open hand-off.
    `independent` is how many runs are to do it apart from one another. `depth` counts how often
    work was split to get to it. `conflicts`: open conflicts among what it builds on.
    `confirming`: an ask is open whether its finished work stands.
    `in_review` are the versions that wait for a verdict, `not_for` agents that may not have it.
    `revision` is that of its words.
    """

    id: str
    number: int
    title: str
    status: CardStatus
    created_at: datetime
    skills: tuple[str, ...] = ()
    kind: str = "other"
    depends_on: tuple[Dependency, ...] = ()
    priority: int = 0
    due: datetime | None = None
    attempts: int = 0
    rounds: int = 0
    assignee: str | None = None
    kept_for_person: bool = False
    runs: tuple[Run, ...] = ()
    deliverable: DeliverableState | None = None
    has_open_ask: bool = False
    handed_off: str | None = None
    independent: int = 1
    parent_id: str | None = None
    depth: int = 0
    conflicts: tuple[str, ...] = ()
    confirming: bool = False
    in_review: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    revision: int = 1
