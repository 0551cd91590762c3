"""What happens to versions, and people's verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workspace.events.base import Happened, OnCard


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDeliverable(OnCard):
    deliverable_id: str
    deliverable_state: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableAccepted(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceCounted(OnDeliverable):
    """One of several acceptances that the room's policy asks for."""

    TYPE: ClassVar[str] = "deliverable.acceptance_counted"
    have: int
    need: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesRequested(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.changes_requested"
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableRejected(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.rejected"
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableSuperseded(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableRolledBack(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.rolled_back"
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableOpened(Happened):
    TYPE: ClassVar[str] = "deliverable.opened"
    deliverable_id: str
    card_id: str
