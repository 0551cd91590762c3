"""What happens to runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workspace.events.base import Facts, Happened, OnRun


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQueued(OnRun):
    TYPE: ClassVar[str] = "run.queued"
    worker: str
    attempt: int
    round: int
    fence: int
    inputs: list[str]
    why: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOffered(OnRun):
    TYPE: ClassVar[str] = "run.offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequeued(OnRun):
    TYPE: ClassVar[str] = "run.requeued"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAccepted(OnRun):
    TYPE: ClassVar[str] = "run.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgressed(Happened):
    """Carries no state: progress does not move anything, nor wake the coordinator."""

    TYPE: ClassVar[str] = "run.progressed"
    run_id: str
    card_id: str
    steps: int
    percent: float | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSilent(OnRun):
    TYPE: ClassVar[str] = "run.silent"
    silent_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRevived(OnRun):
    TYPE: ClassVar[str] = "run.revived"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed(OnRun):
    TYPE: ClassVar[str] = "run.resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSubmitted(OnRun):
    TYPE: ClassVar[str] = "run.submitted"
    deliverable_id: str
    deliverable_state: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(OnRun):
    TYPE: ClassVar[str] = "run.failed"
    failure: str
    evidence: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDeclined(OnRun):
    TYPE: ClassVar[str] = "run.declined"
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelling(OnRun):
    TYPE: ClassVar[str] = "run.cancelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelled(OnRun):
    TYPE: ClassVar[str] = "run.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSuperseded(OnRun):
    TYPE: ClassVar[str] = "run.superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateResultOffered(Happened):
    """A person put what came after a run's time into review; `run_id` is that run."""

    TYPE: ClassVar[str] = "late.offered"
    late_id: str
    run_id: str
    card_id: str
    deliverable_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRefused(Happened):
    TYPE: ClassVar[str] = "run.write_refused"
    run_id: str
    card_id: str
    code: str
    kept: bool
