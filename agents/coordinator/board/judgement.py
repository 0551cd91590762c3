"""What judges were asked, and whether the room's model rests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
JudgementState = Literal["open", "answered", "taken", "discarded", "failed"]


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
