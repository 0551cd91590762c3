"""What a worker can say of its run, typed: every door parses its wire into these. And what the
agents' side tells people's edges of the coordinator's suggestions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The agent has taken the work on."""

    external_url: str = ""
    eta_s: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    percent: float | None = None
    step: str = ""
    note_md: str = ""
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """Something the agent thought or did."""

    kind: str
    title: str
    input: str = ""
    output: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class ArtifactCreated:
    """A notice that a file was uploaded; the upload itself is what counts."""

    artifact_id: str


@dataclass(frozen=True, slots=True)
class SourceNamed:
    """Where claims rest: `place` holds url, file or deliverable_id and what belongs to it."""

    place: dict[str, str]
    supports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceAdded:
    source: SourceNamed


@dataclass(frozen=True, slots=True)
class Question:
    """A question with a flat form, or a link where the person answers."""

    ref: str
    message_md: str
    schema: dict[str, Any] | None = None
    url: str = ""
    blocking: bool = True
    default_after: int | None = None


@dataclass(frozen=True, slots=True)
class PermissionWanted:
    """Leave for one exact action; the digest binds the decision to it."""

    ref: str
    title: str
    kind: str
    action: dict[str, Any]
    action_digest: str = ""
    risk: str = ""
    reason_md: str = ""
    options: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file of this run that was sent before."""

    artifact_id: str


@dataclass(frozen=True, slots=True)
class Inline:
    """A small file inside the message itself."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    role: str = "deliverable"


@dataclass(frozen=True, slots=True)
class ClaimMade:
    """A statement with a value; `ref` is the worker's own id for it."""

    ref: str
    subject: str
    value: Scalar = None
    unit: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """Everything of one completion. Empty is possible here; the command decides what that means.

    `cost_usd`: what the worker says it cost. Nobody can check that, so no budget rests on it.
    """

    summary_md: str = ""
    artifacts: tuple[Uploaded | Inline, ...] = ()
    claims: tuple[ClaimMade, ...] = ()
    sources: tuple[SourceNamed, ...] = ()
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """The worker gives up, in its own words."""

    code: str
    message: str
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class Declined:
    """The worker does not want this work."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The worker has stopped after a cancellation."""


Said: TypeAlias = (
    Accepted | Progress | Activity | ArtifactCreated | SourceAdded | Question | PermissionWanted
    | Result | Failure | Declined | Stopped
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One event of a batch; `id` is what makes its effect happen once."""

    id: str
    type: str
    said: Said
    seq: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """One call of a run's model, of a tool it asked for, or what it was told; see `Exchange`."""

    n: int
    kind: str
    state: str
    begun_at: datetime
    of: int | None = None
    asked: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0
    tries: int = 1
    due_at: datetime | None = None
    trouble: dict[str, Any] = field(default_factory=dict)
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What has happened in one run's conversation since it was last kept.

    `holder` is who holds the conversation, `fence` the run's. `steps` are what people are shown of
    it, `files` what was written. `settled` is what the call that ended took, None of each where
    nobody knows; `wanted` the worst case of the one that begins now.
    """

    run_id: str
    fence: int
    holder: str
    exchanges: tuple[Exchanged, ...]
    steps: tuple[Progress | Activity, ...] = ()
    files: tuple[Inline, ...] = ()
    cost_usd: float = 0.0
    settled: dict[str, float] | None = None
    wanted: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat."""

    percent: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointKept:
    """What the next attempt should know if this one fails."""

    note_md: str
    artifact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a callback shows: the run's token and its lease token."""

    run_token: str
    lease_token: str = ""


@dataclass(frozen=True, slots=True)
class ProposedCard:
    """A card that would be made; `depends_on` are positions among those it comes with."""

    title: str
    brief: str
    criteria: tuple[str, ...]
    skills: tuple[str, ...]
    kind: str
    depends_on: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """A field of a card that would become different."""

    name: str
    before: str | list[str]
    after: str | list[str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A move that waits for a person. `code` and `params` say why; `judgement` is the kind of
    question it is about, `judgement_id` the answer it rests on; `note` is in a judge's words."""

    key: str
    kind: str
    judgement: str
    judgement_id: str
    remedy: str
    is_round: bool
    code: str
    params: dict[str, Any]
    card_id: str
    agent_id: str
    cards: tuple[ProposedCard, ...]
    changes: tuple[ProposedChange, ...]
    note: str


@dataclass(frozen=True, slots=True)
class SuggestionEdit:
    """What a person changes about a suggested move: whom a card goes to, or that the cards of a
    plan are looked at one by one before they count."""

    agent_id: str = ""
    to_sort: bool = False
