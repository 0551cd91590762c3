"""What the coordinator may decide to do. Each move becomes exactly one command in `agents.apply`.

A move says why as a code and parameters; sentences are made where people read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from agents.coordinator.board import Json as Json


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a code and its parameters."""

    code: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """One run that was tried on a card before it is handed over."""

    run_id: str
    worker: str
    agent_id: str | None
    attempt: int
    round: int
    state: str
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A decision. `suggested` moves wait for a person to confirm them (manual mode);
    `confirmed_by` is who did."""

    kind: ClassVar[str]
    subject_field: ClassVar[str]

    reason: Reason
    suggested: bool = False
    confirmed_by: str = ""

    @property
    def subject(self) -> str:
        """The id of the row the move is about."""
        return str(getattr(self, self.subject_field))


@dataclass(frozen=True, slots=True, kw_only=True)
class AskJudgement(Move):
    """Put a question to a judge; `judge` names one, None means the one the room is set to.

    An older open question of the same kind on the same subject is given up by this.
    """

    kind: ClassVar[str] = "ask_judgement"
    subject_field: ClassVar[str] = "subject_id"

    judgement: str
    subject_id: str
    revision: int
    judge: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePlan(Move):
    """Make the cards a plan judgement proposed; `to_sort` if people are to look at each first."""

    kind: ClassVar[str] = "take_plan"
    subject_field: ClassVar[str] = "judgement_id"

    judgement_id: str
    to_sort: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCard(Move):
    """The judge could not split the goal: offer its one card in triage, and say so."""

    kind: ClassVar[str] = "offer_card"
    subject_field: ClassVar[str] = "judgement_id"

    judgement_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Move):
    """Give a ready card to an agent as this attempt and round; `judgement_id` if a model chose."""

    kind: ClassVar[str] = "assign"
    subject_field: ClassVar[str] = "card_id"

    card_id: str
    agent_id: str
    attempt: int
    round: int
    slot: int = 1
    judgement_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkStale(Move):
    """Show a run as silent; it stays live."""

    kind: ClassVar[str] = "mark_stale"
    subject_field: ClassVar[str] = "run_id"

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailRun(Move):
    """End a run as failed and free its card; the evidence is in the reason's parameters."""

    kind: ClassVar[str] = "fail_run"
    subject_field: ClassVar[str] = "run_id"

    run_id: str
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRun(Move):
    """End a run that was told to stop and has had its time to do so."""

    kind: ClassVar[str] = "cancel_run"
    subject_field: ClassVar[str] = "run_id"

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireAsk(Move):
    """Nobody answered in time: the run that waits ends without a fault, and people get the card."""

    kind: ClassVar[str] = "expire_ask"
    subject_field: ClassVar[str] = "ask_id"

    ask_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff(Move):
    """Ask people to take over a card the coordinator cannot place, with everything tried."""

    kind: ClassVar[str] = "hand_off"
    subject_field: ClassVar[str] = "card_id"

    card_id: str
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Move):
    """An agent that can do a handed-over card has come: withdraw the ask, the card is ready."""

    kind: ClassVar[str] = "take_back"
    subject_field: ClassVar[str] = "card_id"

    card_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAnswer(Move):
    """Carry out what a judgement proposed: a diagnosis, reply, course, draft, check or verdict."""

    kind: ClassVar[str] = "take_answer"
    subject_field: ClassVar[str] = "judgement_id"

    judgement_id: str
    judgement: str
    subject_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy(Move):
    """Go on after a failed run without a judgement: the failure itself says how."""

    kind: ClassVar[str] = "remedy"
    subject_field: ClassVar[str] = "run_id"

    run_id: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellInputs(Move):
    """Give a live run the versions that took the place of its inputs, and tell its agent."""

    kind: ClassVar[str] = "tell_inputs"
    subject_field: ClassVar[str] = "run_id"

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskStanding(Move):
    """Ask people whether finished work stands although what it was built on has changed."""

    kind: ClassVar[str] = "ask_standing"
    subject_field: ClassVar[str] = "card_id"

    card_id: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict(Move):
    """Put claims that disagree before people; what builds on them waits until one has ruled.

    `against` is a ruling that they contradict: then one of them is enough. `sides`: the claims by
    what they say, so that 10 s and 10,000 ms stand on one side.
    """

    kind: ClassVar[str] = "open_conflict"
    subject_field: ClassVar[str] = "key"

    key: str
    claim_ids: tuple[str, ...]
    against: str | None = None
    sides: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtClaims(Move):
    """Have people look whether two claims disagree; nothing waits for it."""

    kind: ClassVar[str] = "doubt_claims"
    subject_field: ClassVar[str] = "key"

    key: str
    claim_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConflict(Move):
    """The claims of an open conflict agree by now, or only one of them still stands."""

    kind: ClassVar[str] = "withdraw_conflict"
    subject_field: ClassVar[str] = "conflict_id"

    conflict_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPeople(Move):
    """Open an ask about the room itself: a provider in trouble, a budget used up, a drift."""

    kind: ClassVar[str] = "ask_people"
    subject_field: ClassVar[str] = "code"

    code: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeModel(Move):
    """A model that rested after trouble is asked again from now on."""

    kind: ClassVar[str] = "wake_model"
    subject_field: ClassVar[str] = "room_id"

    room_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnBudget(Move):
    """Say once that most of a budget is gone."""

    kind: ClassVar[str] = "warn_budget"
    subject_field: ClassVar[str] = "budget_id"

    budget_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enlist(Move):
    """Bring in so many specialists of a role, up to the room's cap."""

    kind: ClassVar[str] = "enlist"
    subject_field: ClassVar[str] = "role"

    role: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss(Move):
    """Let a specialist go that has had nothing to do for long."""

    kind: ClassVar[str] = "dismiss"
    subject_field: ClassVar[str] = "agent_id"

    agent_id: str


@dataclass(frozen=True, slots=True)
class Held:
    """A ready card that gets no move now, and why."""

    card_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """The moves of one tick, in the order to apply them.

    `next_at` is the earliest time at which time alone would change the plan.
    """

    moves: tuple[Move, ...]
    next_at: datetime | None = None
    held: tuple[Held, ...] = ()
