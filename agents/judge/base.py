"""What is asked of a judge, what it may answer, and how it may fail.

Two judges share this: `kimi` asks a model, `rules` needs none. Both pass one contract test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None

KINDS = ("report", "document", "table", "patch", "code", "site", "slides", "image", "other")


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent of the room, as far as a judge may know it."""

    name: str
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """How should this goal become cards? Skills and kinds are all that may be named."""

    goal: str
    room_rules: str = ""
    skills: tuple[str, ...] = ()
    kinds: tuple[str, ...] = KINDS
    max_cards: int = 20
    seats: tuple[Worker, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedCard:
    """One card of a proposal; `ref` and `depends_on` are names within the proposal only."""

    ref: str
    title: str
    brief: str
    criteria: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    kind: str = "other"
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanProposal:
    """Cards in an order in which every card comes after what it depends on."""

    cards: tuple[PlannedCard, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Abstain:
    """The judge cannot say, and why. `offer` is the goal as one card, for a person to take up."""

    code: str
    params: Mapping[str, Json] = field(default_factory=dict)
    offer: PlannedCard | None = None


Proposal = PlanProposal | Abstain


@dataclass(frozen=True, slots=True)
class Answer:
    """A proposal and what it took to get it; `asked` is how often the judge was asked."""

    proposal: Proposal
    judge: str
    model: str = ""
    prompt_hash: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    latency_ms: int = 0
    raw_size: int = 0
    asked: int = 1


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which an answer breaks the rules of proposals."""

    code: str
    params: Mapping[str, Json] = field(default_factory=dict)


class JudgeError(Exception):
    """A judge gave no usable answer. `code` is stored; `detail` is for the log, without secrets."""

    def __init__(self, code: str, *, status: int | None = None, detail: str = "") -> None:
        super().__init__(f"{code} ({status}): {detail}" if status else f"{code}: {detail}")
        self.code = code
        self.status = status
        self.detail = detail


class Temporary(JudgeError):
    """May work later; not before `retry_after` seconds where the other side said so."""

    def __init__(
        self,
        code: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(code, status=status, detail=detail)
        self.retry_after = retry_after


class Permanent(JudgeError):
    """Will not work until a person changes something."""


class Nonsense(JudgeError):
    """The judge answered, but not with a lawful proposal, also when it was asked again."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__("nonsense", detail=", ".join(one.code for one in violations))


class Judge(Protocol):
    """Anything that can be asked for a plan."""

    @property
    def name(self) -> str: ...

    async def plan(self, question: PlanQuestion) -> Answer:
        """A lawful proposal or an abstention. Raises Temporary, Permanent or Nonsense."""
        ...
