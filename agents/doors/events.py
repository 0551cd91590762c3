"""The events Muster sends to agents: typed facts in, the JSON of the wire out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, TypeAlias

from agents.doors.json_wall import Json

API_VERSION = "1"


def rfc3339(moment: datetime | None) -> str | None:
    """A moment as the wire writes it, in UTC with milliseconds."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class WorkspaceRef:
    id: str
    url: str


@dataclass(frozen=True, slots=True)
class RunOrder:
    """One attempt: its limits, and the lease token that a new attempt makes worthless."""

    id: str
    attempt: int
    round: int
    ack_by: datetime | None
    lease_expires_at: datetime | None
    deadline: datetime | None
    wall_s: float | None = None
    usd: float | None = None
    lease_token: str = field(default="", repr=False)

    def data(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "attempt": self.attempt,
            "round": self.round,
            "lease_token": self.lease_token,
            "ack_by": rfc3339(self.ack_by),
            "lease_expires_at": rfc3339(self.lease_expires_at),
            "deadline": rfc3339(self.deadline),
            "budget": {"wall_s": self.wall_s, "usd": self.usd},
        }


@dataclass(frozen=True, slots=True)
class CardFacts:
    id: str
    key: str
    revision: int
    title: str
    description_md: str
    acceptance_criteria: tuple[str, ...]
    labels: tuple[str, ...]
    priority: str
    due: datetime | None
    url: str
    requested_by: Mapping[str, str] | None = None
    # `{url, commit, checks}` where the work is on a repository.
    repository: Mapping[str, Json] | None = None

    def data(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "key": self.key,
            "revision": self.revision,
            "title": self.title,
            "description_md": self.description_md,
            "acceptance_criteria": list(self.acceptance_criteria),
            "labels": list(self.labels),
            "priority": self.priority,
            "due": rfc3339(self.due),
            "url": self.url,
            "requested_by": dict(self.requested_by) if self.requested_by else None,
            "repository": dict(self.repository) if self.repository else None,
        }


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file the agent may fetch with its run token."""

    name: str
    media_type: str
    size: int
    sha256: str
    url: str

    def data(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "media_type": self.media_type,
            "size": self.size,
            "sha256": self.sha256,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class InputGiven:
    """An accepted deliverable this run builds on, pinned by its sha256."""

    card_id: str
    card_title: str
    deliverable_id: str
    version: int
    sha256: str
    summary_md: str
    files: tuple[FileRef, ...]

    def data(self) -> dict[str, Json]:
        return {
            "card_id": self.card_id,
            "card_title": self.card_title,
            "deliverable_id": self.deliverable_id,
            "version": self.version,
            "sha256": self.sha256,
            "summary_md": self.summary_md,
            "files": [file.data() for file in self.files],
        }


@dataclass(frozen=True, slots=True)
class CommentMade:
    id: str
    author: str
    body_md: str
    at: datetime

    def data(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "author": self.author,
            "body_md": self.body_md,
            "at": rfc3339(self.at),
        }


@dataclass(frozen=True, slots=True)
class PreviousRun:
    """A run before this one, what people said of it, and the files it handed in."""

    id: str
    outcome: str
    feedback_md: str
    files: tuple[FileRef, ...] = ()

    def data(self) -> dict[str, Json]:
        return {
            "id": self.id,
            "outcome": self.outcome,
            "feedback_md": self.feedback_md,
            "files": [file.data() for file in self.files],
        }


@dataclass(frozen=True, slots=True)
class Callback:
    """Where the agent answers; the token is of this run only."""

    base_url: str
    token: str = field(default="", repr=False)

    def data(self) -> dict[str, Json]:
        return {"base_url": self.base_url, "token": self.token}


@dataclass(frozen=True, slots=True)
class FactPinned:
    """What holds in this room: ruled by a person, or pinned in their words."""

    subject: str
    value: Json
    unit: str
    text: str

    def data(self) -> dict[str, Json]:
        return {"subject": self.subject, "value": self.value, "unit": self.unit, "text": self.text}


@dataclass(frozen=True, slots=True)
class CardAssigned:
    TYPE: ClassVar[str] = "card.assigned"
    run: RunOrder
    card: CardFacts
    prompt: str
    guidance: tuple[str, ...]
    inputs: tuple[InputGiven, ...]
    checkpoint: dict[str, Json] | None
    comments: tuple[CommentMade, ...]
    attachments: tuple[FileRef, ...]
    previous_runs: tuple[PreviousRun, ...]
    facts: tuple[FactPinned, ...]
    kind: str
    accept: tuple[str, ...]
    sources_required: bool
    permissions: Mapping[str, str]
    callback: Callback

    def data(self) -> dict[str, Json]:
        return {
            "run": self.run.data(),
            "card": self.card.data(),
            "prompt": self.prompt,
            "guidance": list(self.guidance),
            "inputs": [given.data() for given in self.inputs],
            "checkpoint": self.checkpoint,
            "context": {
                "comments": [comment.data() for comment in self.comments],
                "attachments": [file.data() for file in self.attachments],
                "previous_runs": [run.data() for run in self.previous_runs],
                "facts": [fact.data() for fact in self.facts],
            },
            "deliverable": {
                "kind": self.kind,
                "accept": list(self.accept),
                "sources_required": self.sources_required,
            },
            "permissions": dict(self.permissions),
            "callback": self.callback.data(),
        }


@dataclass(frozen=True, slots=True)
class CardRevised:
    """A live run's card was edited, or one of its inputs changed."""

    TYPE: ClassVar[str] = "card.revised"
    run_id: str
    card: CardFacts
    changed: tuple[str, ...]
    reason: str
    feedback_md: str
    inputs: tuple[InputGiven, ...]
    attachments: tuple[FileRef, ...]
    lease_token: str = field(default="", repr=False)

    def data(self) -> dict[str, Json]:
        return {
            "run_id": self.run_id,
            "lease_token": self.lease_token,
            "card_id": self.card.id,
            "revision": self.card.revision,
            "changed": list(self.changed),
            "reason": self.reason,
            "feedback_md": self.feedback_md,
            "card": self.card.data(),
            "inputs": [given.data() for given in self.inputs],
            "attachments": [file.data() for file in self.attachments],
        }


@dataclass(frozen=True, slots=True)
class CardCancelled:
    TYPE: ClassVar[str] = "card.cancelled"
    run_id: str
    card_id: str
    reason: str
    stop_by: datetime | None

    def data(self) -> dict[str, Json]:
        return {
            "run_id": self.run_id,
            "card_id": self.card_id,
            "reason": self.reason,
            "stop_by": rfc3339(self.stop_by),
        }


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """A person wrote to this agent on the card."""

    TYPE: ClassVar[str] = "message.posted"
    run_id: str
    card_id: str
    message: CommentMade

    def data(self) -> dict[str, Json]:
        return {"run_id": self.run_id, "card_id": self.card_id, "message": self.message.data()}


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    TYPE: ClassVar[str] = "question.answered"
    run_id: str
    question_id: str
    action: str
    content: Json
    answered_by: str

    def data(self) -> dict[str, Json]:
        return {
            "run_id": self.run_id,
            "question_id": self.question_id,
            "action": self.action,
            "content": self.content,
            "answered_by": self.answered_by,
        }


@dataclass(frozen=True, slots=True)
class PermissionDecided:
    TYPE: ClassVar[str] = "permission.decided"
    run_id: str
    permission_id: str
    decision: str
    action_digest: str
    decided_by: str
    expires_at: datetime | None

    def data(self) -> dict[str, Json]:
        return {
            "run_id": self.run_id,
            "permission_id": self.permission_id,
            "decision": self.decision,
            "action_digest": self.action_digest,
            "decided_by": self.decided_by,
            "expires_at": rfc3339(self.expires_at),
        }


@dataclass(frozen=True, slots=True)
class LeaseExpiring:
    TYPE: ClassVar[str] = "run.lease_expiring"
    run_id: str
    lease_expires_at: datetime | None

    def data(self) -> dict[str, Json]:
        return {"run_id": self.run_id, "lease_expires_at": rfc3339(self.lease_expires_at)}


@dataclass(frozen=True, slots=True)
class AgentVerify:
    """Proof that whoever answers at the URL holds the secret."""

    TYPE: ClassVar[str] = "agent.verify"
    agent_id: str
    challenge: str

    def data(self) -> dict[str, Json]:
        return {"agent_id": self.agent_id, "challenge": self.challenge}


@dataclass(frozen=True, slots=True)
class Ping:
    TYPE: ClassVar[str] = "ping"
    agent_id: str
    nonce: str

    def data(self) -> dict[str, Json]:
        return {"agent_id": self.agent_id, "nonce": self.nonce}


OutboundEvent: TypeAlias = (
    CardAssigned
    | CardRevised
    | CardCancelled
    | MessagePosted
    | QuestionAnswered
    | PermissionDecided
    | LeaseExpiring
    | AgentVerify
    | Ping
)


def envelope(event: OutboundEvent, *, workspace: WorkspaceRef, at: datetime) -> dict[str, Json]:
    """The JSON object that is sent; `at` is when the event was owed, so it is equal in each try."""
    return {
        "type": event.TYPE,
        "timestamp": rfc3339(at),
        "api_version": API_VERSION,
        "workspace": {"id": workspace.id, "url": workspace.url},
        "data": event.data(),
    }
