"""What is put to a judge: one dataclass for each kind of judgement.

Every question holds plain values only. What a judge may name in its answer (ids, skills, kinds) is
what the question offers. Texts from agents are in `read`, `check`, `reconcile` and, as titles and
approved summaries, nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

from agents.judge.proposals import REMEDIES, Reading, RemedyCode

JudgementKind = Literal[
    "plan", "assign", "diagnose", "check", "read", "reconcile", "reply", "course", "compose"
]
JUDGEMENT_KINDS: tuple[JudgementKind, ...] = get_args(JudgementKind)
KINDS = ("report", "document", "table", "patch", "code", "site", "slides", "image", "other")

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent of the room, as far as a judge may know it."""

    name: str
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactLine:
    """Something that holds in this room because a person said so.

    `origin` is `people` where all of it is in a person's words. Of a `ruling` on what agents
    claimed the subject is the conflict's number and the value a plain one: only `why` is in words.
    """

    subject: str
    value: Scalar
    unit: str = ""
    why: str = ""
    origin: Literal["people", "ruling"] = "people"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file people gave: a document as its extracted text, or a picture as it is."""

    name: str
    media_type: str
    text: str = ""
    image: bytes | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A named piece of text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class UnseenFile:
    """A file that is there and cannot be looked into; its name is a number, not its agent's."""

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A statement of one version; `card` is the title of its card."""

    id: str
    subject: str
    value: Scalar = None
    unit: str = ""
    text: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """How should this goal become cards? Skills and kinds are all that may be named."""

    judgement: ClassVar[JudgementKind] = "plan"

    goal: str
    room_rules: str = ""
    skills: tuple[str, ...] = ()
    kinds: tuple[str, ...] = KINDS
    max_cards: int = 20
    seats: tuple[Worker, ...] = ()
    facts: tuple[FactLine, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class CardToGive:
    """A ready card; `eligible` are the workers the rules allow for it, None for all of them."""

    card_id: str
    title: str
    kind: str = "other"
    skills: tuple[str, ...] = ()
    attempt: int = 1
    eligible: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SkillShown:
    """How well an agent does in one skill, and in how many outcomes that was seen."""

    skill: str
    success: float
    outcomes: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent that may be given work; `success` is a share from 0 to 1, None while unknown.

    `shown` is the same for the skills that the cards want, one by one. `latency_s` and `cost_usd`
    are what its work took lately.
    """

    agent_id: str
    name: str
    skills: tuple[str, ...] = ()
    success: float | None = None
    load: int = 0
    capacity: int = 1
    shown: tuple[SkillShown, ...] = ()
    latency_s: float | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class AssignQuestion:
    """Who should do which of these cards?"""

    judgement: ClassVar[JudgementKind] = "assign"

    room_rules: str
    goal_line: str
    cards: tuple[CardToGive, ...]
    workers: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One earlier run of a card: who, how it ended (a state or failure code), what was decided."""

    attempt: int
    agent: str
    outcome: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DiagnoseQuestion:
    """A run failed, or its version was turned down: how should the card go on?

    `evidence` is numbers and yes/no only. `reading` is what a tool-less reader made of the agent's
    own words; they are not here. `reviewer_said` are a person's words.
    """

    judgement: ClassVar[JudgementKind] = "diagnose"

    title: str
    brief: str
    failure: str
    criteria: tuple[str, ...] = ()
    kind: str = "other"
    card_skills: tuple[str, ...] = ()
    goal: str = ""
    room_rules: str = ""
    facts: tuple[FactLine, ...] = ()
    skills: tuple[str, ...] = ()
    kinds: tuple[str, ...] = KINDS
    evidence: Mapping[str, int | float | bool] = field(default_factory=dict)
    reading: Reading | None = None
    attempts: tuple[PastAttempt, ...] = ()
    attempts_left: int = 0
    depth_left: int = 0
    cards_left: int = 0
    can_reassign: bool = True
    reviewer_said: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def remedies(self) -> tuple[RemedyCode, ...]:
        """What the limits still allow; asking a person always is."""
        if self.attempts_left < 1:
            return ("ask",)
        barred: set[RemedyCode] = set() if self.can_reassign else {"reassign"}
        if self.depth_left < 1 or self.cards_left < 2:
            barred.add("split")
        return tuple(remedy for remedy in REMEDIES if remedy not in barred)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One numbered criterion of a card."""

    n: int
    text: str


@dataclass(frozen=True, slots=True)
class CheckQuestion:
    """Does this version meet its card's criteria, as far as can be seen? Advice to a reviewer.

    What stands in `unseen` may hold what is looked for: nothing is missing while there is any.
    """

    judgement: ClassVar[JudgementKind] = "check"

    title: str
    criteria: tuple[Criterion, ...]
    kind: str = "other"
    summary: str = ""
    files: tuple[Excerpt, ...] = ()
    unseen: tuple[UnseenFile, ...] = ()
    claims: tuple[ClaimLine, ...] = ()
    sources: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """What do these texts of a run say about how it went? Asked with no tools and no secrets."""

    judgement: ClassVar[JudgementKind] = "read"

    texts: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True)
class ReconcileQuestion:
    """Do these two claims on one subject say the same?"""

    judgement: ClassVar[JudgementKind] = "reconcile"

    a: ClaimLine
    b: ClaimLine


@dataclass(frozen=True, slots=True)
class ReplyQuestion:
    """A person wrote to the coordinator: what is the answer?"""

    judgement: ClassVar[JudgementKind] = "reply"

    message: str
    sender: str = ""
    goal: str = ""
    room_rules: str = ""
    facts: tuple[FactLine, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card that may be named in an answer."""

    card_id: str
    number: int
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class CourseQuestion:
    """Does the board still serve the goal? `cards` are those that may be named."""

    judgement: ClassVar[JudgementKind] = "course"

    goal: str
    room_rules: str = ""
    facts: tuple[FactLine, ...] = ()
    digest: str = ""
    cards: tuple[CardLine, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptedPart:
    """One accepted deliverable; `summary` is quoted: its agent's words, in short."""

    card_id: str
    title: str
    kind: str = "other"
    summary: str = ""


@dataclass(frozen=True, slots=True)
class ComposeQuestion:
    """How is the whole introduced that these accepted parts make up?"""

    judgement: ClassVar[JudgementKind] = "compose"

    goal: str
    parts: tuple[AcceptedPart, ...]
    room_rules: str = ""
    facts: tuple[FactLine, ...] = ()


Question = (
    PlanQuestion
    | AssignQuestion
    | DiagnoseQuestion
    | CheckQuestion
    | ReadQuestion
    | ReconcileQuestion
    | ReplyQuestion
    | CourseQuestion
    | ComposeQuestion
)
