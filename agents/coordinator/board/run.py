"""Runs, with what their steps look like and which of their inputs changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

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

LIVE_STATES: frozenset[str] = frozenset(
    {"queued", "offered", "working", "waiting", "stale", "cancelling"}
)


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
