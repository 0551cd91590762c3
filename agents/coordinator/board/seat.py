"""Agents in the room, what they have shown, and who may be enlisted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
