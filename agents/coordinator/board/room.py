"""The room as a whole: its limits, its calls, and everything on its board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from agents.coordinator.board.budget import BudgetLine
from agents.coordinator.board.card import Card
from agents.coordinator.board.claim import Claim, Conflict
from agents.coordinator.board.judgement import Judgement, Rest
from agents.coordinator.board.seat import Role, Seat

Mode = Literal["auto", "manual"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the coordinator goes by itself before it asks a person.

    `same_steps`, `alternating_steps`, `steps_without_news`: how many make a loop (0: never).
    `reviews_each`: how many reviews may wait for each reviewer before dispatch slows (0: any).
    `checks`: whether a judge looks at versions before people do. `course_every`: how often
    it is asked whether the board still serves the goal.
    """

    attempts: int = 4
    rounds: int = 3
    cards: int = 20
    depth: int = 3
    same_steps: int = 5
    alternating_steps: int = 8
    steps_without_news: int = 60
    reviews_each: int = 20
    checks: bool = True
    course_every: timedelta = timedelta(hours=24)
    specialists: int = 0  # of the workspace's own model, that may be enlisted


@dataclass(frozen=True, slots=True)
class Call:
    """A message to the coordinator that has no reply yet."""

    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """One room at `now`.

    `revision` is that of goal and rules. `planned` is true once a plan was taken or a person wants
    none; cards on the board count as a plan too. `judge` is who answers here now; `rest` is set
    while that is the rules only because the model is in trouble.
    `course_at` is when it was last asked whether the board serves the goal. `asked_about`: codes
    of the room's own open asks.
    """

    room_id: str
    now: datetime
    mode: Mode = "auto"
    paused: bool = False
    goal: str = ""
    rules: str = ""
    revision: int = 1
    planned: bool = False
    cards: tuple[Card, ...] = ()
    seats: tuple[Seat, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    limits: Limits = Limits()
    judge: str = "rules"
    rest: Rest | None = None
    claims: tuple[Claim, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    budgets: tuple[BudgetLine, ...] = ()
    calls: tuple[Call, ...] = ()
    reviews_waiting: int = 0
    reviewers: int = 1
    course_at: datetime | None = None
    created_at: datetime | None = None
    asked_about: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
