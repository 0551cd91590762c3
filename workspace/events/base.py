"""What every event shares, and the fields that mean one thing in all of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """The root of all events; `TYPE` is the name on the wire, `VERSION` that of its fields."""

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1

    def data(self) -> Facts:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCard(Happened):
    card_id: str
    card_status: str
    card_reason: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRun(OnCard):
    run_id: str
    run_state: str
