"""The facts a plan is made from: one room at one moment, copied out of the database.

Nothing here reads a clock; `Board.now` is the only time there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Mode = Literal["auto", "manual"]
CardStatus = Literal["triage", "ready", "working", "waiting", "review", "done", "cancelled"]
RunState = Literal[
    "queued",
    "offered",
    "working",
    "waiting",
    "stale",
    "submitted",
    "failed",
    "declined",
    "cancelling",
    "cancelled",
    "superseded",
]
DeliverableState = Literal[
    "submitted",
    "accepted",
    "changes_requested",
    "rejected",
    "superseded",
    "rolled_back",
]
JudgementState = Literal["open", "answered", "taken", "discarded", "failed"]

LIVE_STATES: frozenset[str] = frozenset(
    {"queued", "offered", "working", "waiting", "stale", "cancelling"}
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the coordinator goes by itself before it asks a person."""

    attempts: int = 4
    rounds: int = 3
    cards: int = 20
    depth: int = 3


@dataclass(frozen=True, slots=True)
class Dependency:
    """One card another card builds on; `met` by the room's policy (accepted, or submitted)."""

    card_id: str
    met: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One worker's attempt, with every limit of time that applies to it.

    `clock_rests` is true while a blocking ask is open; no limit of time counts then.
    """

    id: str
    worker: Literal["agent", "person"]
    agent_id: str | None
    state: RunState
    attempt: int
    round: int
    silent_after: timedelta
    lease: timedelta
    failure: str | None = None
    offered_at: datetime | None = None
    ack_by: datetime | None = None
    last_sign_at: datetime | None = None
    deadline_at: datetime | None = None
    clock_rests: bool = False
    cancel_by: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the coordinator sees it; `runs` newest first.

    `attempts` and `rounds` are what counts against the limits: the highest attempt begun, and the
    highest round begun (0 before the first run). `assignee` is the agent a person chose: it
    goes first. `kept_for_person` is true when a person is to do it: the coordinator leaves it.
    A higher `priority` goes first. `handed_off` is the reason's code of an open hand-off.
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


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent in the room; the first of its skills is what it is best at.

    `usable` means verified and neither revoked nor paused, its breaker closed. Where it is not,
    `unusable_because` is a code, and `back_at` the time it will be usable again, if that is known.
    `load` counts its live runs in every room. `order` is the order of joining.
    """

    agent_id: str
    name: str
    skills: tuple[str, ...]
    capacity: int
    load: int = 0
    order: int = 0
    usable: bool = True
    unusable_because: str | None = None
    back_at: datetime | None = None
    successes: int = 0
    failures: int = 0
    last_failure_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One question put to a judge, and what became of it.

    `taken`: its proposal has been carried out. `abstained`: it was answered with "I cannot".
    After `answer_by` an open one counts as failed.
    """

    id: str
    kind: str
    subject_id: str
    revision: int
    state: JudgementState
    judge: str
    answer_by: datetime | None = None
    abstained: bool = False
    abstain_code: str | None = None
    cards: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """One room at `now`.

    `revision` is that of goal and rules. `planned` is true once a plan was taken or a person wants
    none; cards on the board count as a plan too.
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
