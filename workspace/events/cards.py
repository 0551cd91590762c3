"""What happens to cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workspace.events.base import OnCard


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCreated(OnCard):
    TYPE: ClassVar[str] = "card.created"
    number: int
    title: str
    kind: str
    depends_on: list[str]
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEdited(OnCard):
    TYPE: ClassVar[str] = "card.edited"
    title: str
    kind: str
    revision: int
    changed: list[str]
    depends_on: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardKept(OnCard):
    TYPE: ClassVar[str] = "card.kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGiven(OnCard):
    TYPE: ClassVar[str] = "card.given"
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCancelled(OnCard):
    TYPE: ClassVar[str] = "card.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReopened(OnCard):
    TYPE: ClassVar[str] = "card.reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHandedOver(OnCard):
    TYPE: ClassVar[str] = "card.handed_over"
    ask_id: str
