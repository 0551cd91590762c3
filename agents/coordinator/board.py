"""The facts a plan is made from: one room at one moment, copied out of the database.

Nothing here reads a clock; `Board.now` is the only time there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None

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
class Dependency:
    """One card another card builds on; `met` by the room's policy (accepted, or submitted)."""

    card_id: str
    met: bool


@dataclass(frozen=True, slots=True)
class Trail:
    """What a run's steps look like so far, kept as they come in.

    `same`: how often the newest step was reported in a row. `alternating`: how many steps at the
    end are two steps taking turns. `without_news`: how many steps ago something was reported that
    had not been reported before, or the percentage grew. `last`: the newest step, in short.
    """

    steps: int = 0
    same: int = 0
    alternating: int = 0
    without_news: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class ChangedInput:
    """An input a run was given that is no longer what its card should build on.

    `now_id` is the version that has taken its place; None while there is none.
    `settled`: the run was told, or a person confirmed that the work stands.
    """

    deliverable_id: str
    card_id: str
    now_id: str | None = None
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One worker's attempt, with every limit of time that applies to it.

    `clock_rests` is true while a blocking ask is open, until `rests_until` at most; no limit of
    time counts then. `unanswered` is a blocking ask whose own time is over. `slot` tells
    independent runs of one card apart. `remedy` is what was decided after it failed: retry,
    reassign, rewrite, split or ask; None until something was. `budget_of`: whose budget of ours
    ended it (room, card, agent), if one did. `counts` is false for a run from
    before a person decided that the card goes on: no limit and no diagnosis looks at it any more.
    `version` is how the newest version it handed in stands; None where it handed in none.
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
    rests_until: datetime | None = None
    unanswered: str | None = None
    cancel_by: datetime | None = None
    slot: int = 1
    remedy: str | None = None
    budget_of: str | None = None
    counts: bool = True
    version: DeliverableState | None = None
    trail: Trail = Trail()
    changed_inputs: tuple[ChangedInput, ...] = ()

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def was_cut_off(self) -> bool:
        """A budget of ours ended it, which says nothing about the work: its attempt goes on."""
        return self.state == "failed" and self.budget_of is not None


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


@dataclass(frozen=True, slots=True)
class Record:
    """What an agent has shown in one skill (or, as "", overall) for one kind of deliverable.

    `good` and `bad` are counts that fade with time and with every newer outcome.
    """

    skill: str
    kind: str
    good: float
    bad: float


@dataclass(frozen=True, slots=True)
class Role:
    """What a specialist of the workspace's own model can be enlisted as."""

    name: str
    title: str
    skills: tuple[str, ...]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent in the room; the first of its skills is what it is best at.

    `usable` means verified and neither revoked nor paused, its breaker closed. Where it is not,
    `unusable_because` is a code, and `back_at` the time it will be usable again, if that is known.
    `load` counts its live runs in every room. `order` is the order of joining. `latency_s` and
    `cost_usd` are what one of its runs took lately; None where unknown. `auditioned` are the good
    and bad outcomes that its audition is worth now, as a prior to what it has shown at work.
    `role` is what a specialist was enlisted as, empty for everybody else; `idle_since` when its
    last run ended.
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
    records: tuple[Record, ...] = ()
    latency_s: float | None = None
    cost_usd: float | None = None
    auditioned: tuple[float, ...] = (0.0, 0.0)
    role: str = ""
    idle_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of a version that stands: submitted or accepted, not superseded or rejected.

    `said_at` is when its version was submitted.
    """

    id: str
    deliverable_id: str
    card_id: str
    subject: str
    value: str | int | float | bool | None = None
    unit: str = ""
    text: str = ""
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one claim in a conflict said, or what was ruled; `subject` as it was written there."""

    value: str | int | float | bool | None
    unit: str = ""
    text: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims on one subject that disagree. `key` is the normalised subject.

    Of a `doubted` one only people can say whether they do; they may have `set_aside` that it does.
    `heard`: everything that was on the table, so that what people decided is not raised again.
    A ruled one carries what holds.
    """

    id: str
    key: str
    status: Literal["doubted", "set_aside", "open", "ruled", "withdrawn"]
    claim_ids: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    holds: Heard | None = None
    ruled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A cap and how much of it is gone or spoken for. `subject_id`: a room, card or agent.

    `period` is "ever" or a day. `asked`: people have been asked about it already. `reserved` is the
    part of `used` that calls under way may take at worst. `pace`: how much wall time runs up in a
    second.
    """

    id: str
    subject_id: str
    what: Literal["usd", "tokens", "steps", "seconds"]
    period: str
    cap: float
    used: float
    warned: bool = False
    asked: bool = False
    reserved: float = 0.0
    pace: int = 0

    @property
    def gone(self) -> float:
        return self.used - self.reserved


@dataclass(frozen=True, slots=True)
class Call:
    """A message to the coordinator that has no reply yet."""

    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """One question put to a judge, and what became of it.

    `taken`: its proposal has been carried out. `abstained`: it was answered with "I cannot".
    After `answer_by` an open one counts as failed. `answer` is the proposal as plain data, for
    every kind but `plan`.
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
    asked_at: datetime | None = None
    answer: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rest:
    """The room's model rests after trouble: why, how many times in a row, and until when.

    Without a time only people can end it.
    """

    judge: str
    failure: str
    times: int
    back_at: datetime | None = None


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
