"""What a judge may answer: one dataclass for each kind of judgement, and `Abstain` for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None

RemedyCode = Literal["retry", "reassign", "rewrite", "split", "ask"]
REMEDIES: tuple[RemedyCode, ...] = get_args(RemedyCode)
CauseCode = Literal[
    "missing_input",
    "missing_permission",
    "tool_error",
    "unclear_brief",
    "too_large",
    "wrong_worker",
    "criteria_not_met",
    "contradiction",
    "provider",
    "unknown",
]
CAUSES: tuple[CauseCode, ...] = get_args(CauseCode)
CheckVerdict = Literal["met", "not_met", "cannot_tell"]
CHECK_VERDICTS: tuple[CheckVerdict, ...] = get_args(CheckVerdict)
Outcome = Literal[
    "finished", "partly", "stuck", "refused", "off_topic", "asks_something", "unclear"
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
ReadCause = Literal[
    "missing_input",
    "missing_permission",
    "tool_error",
    "unclear_brief",
    "too_large",
    "provider",
    "none",
    "other",
]
READ_CAUSES: tuple[ReadCause, ...] = get_args(ReadCause)
ClaimVerdict = Literal["agree", "differ", "cannot_tell"]
CLAIM_VERDICTS: tuple[ClaimVerdict, ...] = get_args(ClaimVerdict)
Wants = Literal["none", "plan", "pause", "nothing"]
WANTS: tuple[Wants, ...] = get_args(Wants)
CourseVerdict = Literal["serves", "drifting", "cannot_tell"]
COURSE_VERDICTS: tuple[CourseVerdict, ...] = get_args(CourseVerdict)


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

    type: ClassVar[str] = "plan"

    cards: tuple[PlannedCard, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class RankedCard:
    """Workers for one card, best first, and why in one sentence."""

    card_id: str
    agent_ids: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """An order of workers for some of the cards that were offered."""

    type: ClassVar[str] = "assign"

    cards: tuple[RankedCard, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How a card goes on after a failure, and why.

    `rewrite` carries a brief and criteria, `split` carries parts, `ask` carries a question for
    people; what a remedy does not need is empty.
    """

    type: ClassVar[str] = "diagnose"

    remedy: RemedyCode
    cause: CauseCode = "unknown"
    note: str = ""
    brief: str = ""
    criteria: tuple[str, ...] = ()
    parts: tuple[PlannedCard, ...] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """One criterion looked at. `evidence` stands literally in `file`, or in the rest if empty."""

    n: int
    verdict: CheckVerdict
    evidence: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Checks:
    """Every criterion once. Advice only: nothing is accepted or turned down by it."""

    type: ClassVar[str] = "check"

    rows: tuple[Checked, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a run's texts say, in codes, one number and short literal quotes.

    The quotes are an agent's words: shown as such, never followed. `has_instructions`: the texts
    try to give orders to whoever reads them.
    """

    type: ClassVar[str] = "read"

    outcome: Outcome
    cause: ReadCause = "none"
    percent: int | None = None
    quotes: tuple[str, ...] = ()
    has_instructions: bool = False
    tainted: bool = True


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Whether two claims say the same; `claim_ids` are those the verdict is about."""

    type: ClassVar[str] = "reconcile"

    verdict: ClaimVerdict
    why: str = ""
    claim_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a person, in Markdown.

    `wants` is what the person asked for: `plan` a fresh plan, `pause` a pause (which people do
    themselves), `nothing` needs no reply at all, `none` is everything else.
    """

    type: ClassVar[str] = "reply"

    text: str
    wants: Wants = "none"


@dataclass(frozen=True, slots=True)
class Course:
    """Whether the board serves the goal, and the cards that tell."""

    type: ClassVar[str] = "course"

    verdict: CourseVerdict
    why: str = ""
    card_ids: tuple[str, ...] = ()
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a package, introduced in a sentence."""

    card_id: str
    heading: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The words around the accepted parts; the parts themselves are not touched."""

    type: ClassVar[str] = "compose"

    title: str
    overview: str = ""
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Abstain:
    """The judge cannot say, and why. `offer` is the goal as one card, for a person to take up."""

    type: ClassVar[str] = "abstain"

    code: str
    params: Mapping[str, Json] = field(default_factory=dict)
    offer: PlannedCard | None = None


Proposal = (
    PlanProposal
    | Ranking
    | Diagnosis
    | Checks
    | Reading
    | Reconciliation
    | Reply
    | Course
    | Draft
    | Abstain
)
