"""What may be spent, and how far it is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
