"""What coordinating adds to a room: remedies, conflicts, memory, inputs that changed, budgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from workspace.events.base import Facts, Happened, OnCard


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyChosen(Happened):
    """How to go on after a run that did not succeed."""

    TYPE: ClassVar[str] = "remedy.chosen"
    run_id: str
    card_id: str
    remedy: str
    cause: str
    changed: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSplit(OnCard):
    """The card waits for the smaller ones it was split into."""

    TYPE: ClassVar[str] = "card.split"
    children: list[str]
    depends_on: list[str]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTaken(Happened):
    """What a judge proposed was carried out, or found to be of no use any more."""

    TYPE: ClassVar[str] = "judgement.taken"
    judgement_id: str
    kind: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleAsked(Happened):
    """An ask that no run waits for: about the room itself, or about finished work."""

    TYPE: ClassVar[str] = "ask.raised"
    ask_id: str
    kind: str
    code: str
    card_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictOpened(Happened):
    TYPE: ClassVar[str] = "conflict.opened"
    conflict_id: str
    conflict_state: str
    subject: str
    claims: list[str]
    cards: list[str]
    reason: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictDoubted(Happened):
    """Two claims may disagree: nobody but a person can tell. Nothing waits for it."""

    TYPE: ClassVar[str] = "conflict.doubted"
    conflict_id: str
    conflict_state: str
    subject: str
    claims: list[str]
    cards: list[str]
    reason: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictSetAside(Happened):
    """A person says that these claims agree, or are about different things."""

    TYPE: ClassVar[str] = "conflict.set_aside"
    conflict_id: str
    conflict_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictGrown(Happened):
    """More claims were found to be part of it."""

    TYPE: ClassVar[str] = "conflict.grown"
    conflict_id: str
    conflict_state: str
    claims: list[str]
    cards: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictWithdrawn(Happened):
    TYPE: ClassVar[str] = "conflict.withdrawn"
    conflict_id: str
    conflict_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRuled(Happened):
    TYPE: ClassVar[str] = "conflict.ruled"
    conflict_id: str
    conflict_state: str
    claim_id: str | None
    value: Any
    unit: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactPinned(Happened):
    TYPE: ClassVar[str] = "fact.pinned"
    fact_id: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactUnpinned(Happened):
    TYPE: ClassVar[str] = "fact.unpinned"
    fact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputsChanged(Happened):
    """A live run was handed the versions that took the place of its inputs."""

    TYPE: ClassVar[str] = "run.inputs_changed"
    run_id: str
    card_id: str
    inputs: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingConfirmed(Happened):
    """A person said that finished work stands although its inputs changed."""

    TYPE: ClassVar[str] = "card.confirmed"
    card_id: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentAdded(Happened):
    TYPE: ClassVar[str] = "attachment.added"
    attachment_id: str
    card_id: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRemoved(Happened):
    TYPE: ClassVar[str] = "attachment.removed"
    attachment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesChecked(Happened):
    """Everything a version names as its sources was looked up; how many stand where."""

    TYPE: ClassVar[str] = "sources.checked"
    deliverable_id: str
    card_id: str
    found: int
    missing: int
    dead: int
    refused: int
    unchecked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSet(Happened):
    TYPE: ClassVar[str] = "budget.set"
    budget_id: str
    subject_id: str
    what: str
    period: str
    cap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetWarned(Happened):
    """Four fifths of it are gone."""

    TYPE: ClassVar[str] = "budget.warned"
    budget_id: str
    subject_id: str
    what: str
    used: str
    cap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUsedUp(Happened):
    TYPE: ClassVar[str] = "budget.used_up"
    budget_id: str
    subject_id: str
    what: str
    used: str
    cap: str
