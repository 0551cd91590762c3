"""Claims, and where they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


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
