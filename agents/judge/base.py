"""What every judge shares: its answer, how it may fail, and the one thing it can be asked to do.

Two judges keep to this: `kimi` asks a model, `rules` needs none. Both pass one contract test.
Questions are in `questions`, proposals in `proposals`; the common ones are also named here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agents.judge.proposals import Abstain as Abstain
from agents.judge.proposals import Json as Json
from agents.judge.proposals import PlannedCard as PlannedCard
from agents.judge.proposals import PlanProposal as PlanProposal
from agents.judge.proposals import Proposal as Proposal
from agents.judge.questions import KINDS as KINDS
from agents.judge.questions import PlanQuestion as PlanQuestion
from agents.judge.questions import Question as Question
from agents.judge.questions import Worker as Worker


@dataclass(frozen=True, slots=True)
class Answer:
    """A proposal and what it took to get it; `asked` is how often the judge was asked.

    `prompt_size` is the estimate in tokens before asking, `cost_usd` comes from the counts
    afterwards. `left_out` names what did not fit into the prompt. Not `is_counted`: the service
    told no usage.
    """

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
    cost_usd: float = 0.0
    prompt_size: int = 0
    thinking: bool = False
    streamed: bool = False
    left_out: tuple[str, ...] = ()
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which an answer breaks the rules of proposals."""

    code: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a failed try took. Not `is_counted`: the service may have worked and did not say how
    much, so only the worst case is known."""

    asked: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    is_counted: bool = True
    model: str = ""
    prompt_hash: str = ""
    prompt_size: int = 0
    latency_ms: int = 0
    thinking: bool = False


class JudgeError(Exception):
    """A judge gave no usable answer. `code` is stored; `detail` is for the log, without secrets.

    `tried` is what was spent all the same.
    """

    def __init__(self, code: str, *, status: int | None = None, detail: str = "") -> None:
        super().__init__(f"{code} ({status}): {detail}" if status else f"{code}: {detail}")
        self.code = code
        self.status = status
        self.detail = detail
        self.tried = Tried()


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
    """Anything that can be asked to judge."""

    @property
    def name(self) -> str: ...

    async def answer(self, question: Question) -> Answer:
        """A lawful proposal or an abstention. Raises Temporary, Permanent or Nonsense."""
        ...
