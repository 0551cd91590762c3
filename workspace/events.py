"""What can happen, as frozen facts. A room's board is the fold of its events.

Fields with one name mean one thing in every event: `card_id` with `card_status` and
`card_reason` says where the card stands afterwards, `run_id` with `run_state` the run,
`deliverable_id` with `deliverable_state` the version. `fold` reads just these.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """The root of all events; `TYPE` is the name on the wire, `VERSION` that of its fields."""

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1

    def data(self) -> Facts:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCard(Happened):
    card_id: str
    card_status: str
    card_reason: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRun(OnCard):
    run_id: str
    run_state: str


# --- rooms -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCreated(Happened):
    TYPE: ClassVar[str] = "room.created"
    name: str
    mode: str
    judge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEdited(Happened):
    TYPE: ClassVar[str] = "room.edited"
    name: str
    changed: list[str]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPaused(Happened):
    TYPE: ClassVar[str] = "room.paused"
    paused: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomResumed(Happened):
    TYPE: ClassVar[str] = "room.resumed"
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSet(Happened):
    TYPE: ClassVar[str] = "room.mode_set"
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeChanged(Happened):
    TYPE: ClassVar[str] = "room.judge_changed"
    judge: str
    note: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Happened):
    TYPE: ClassVar[str] = "member.joined"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleSet(Happened):
    TYPE: ClassVar[str] = "member.role_set"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Happened):
    TYPE: ClassVar[str] = "member.removed"
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteMade(Happened):
    TYPE: ClassVar[str] = "invite.made"
    invite_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteRevoked(Happened):
    TYPE: ClassVar[str] = "invite.revoked"
    invite_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSeated(Happened):
    TYPE: ClassVar[str] = "agent.seated"
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUnseated(Happened):
    TYPE: ClassVar[str] = "agent.unseated"
    agent_id: str


# --- cards -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCreated(OnCard):
    TYPE: ClassVar[str] = "card.created"
    number: int
    title: str
    kind: str
    depends_on: list[str]
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardEdited(OnCard):
    TYPE: ClassVar[str] = "card.edited"
    title: str
    kind: str
    revision: int
    changed: list[str]
    depends_on: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardKept(OnCard):
    TYPE: ClassVar[str] = "card.kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGiven(OnCard):
    TYPE: ClassVar[str] = "card.given"
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCancelled(OnCard):
    TYPE: ClassVar[str] = "card.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReopened(OnCard):
    TYPE: ClassVar[str] = "card.reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHandedOver(OnCard):
    TYPE: ClassVar[str] = "card.handed_over"
    ask_id: str


# --- runs --------------------------------------------------------------------------------


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
class WriteRefused(Happened):
    TYPE: ClassVar[str] = "run.write_refused"
    run_id: str
    card_id: str
    code: str
    kept: bool


# --- deliverables and reviews ------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDeliverable(OnCard):
    deliverable_id: str
    deliverable_state: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableAccepted(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceCounted(OnDeliverable):
    """One of several acceptances that the room's policy asks for."""

    TYPE: ClassVar[str] = "deliverable.acceptance_counted"
    have: int
    need: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesRequested(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.changes_requested"
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableRejected(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.rejected"
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableSuperseded(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableRolledBack(OnDeliverable):
    TYPE: ClassVar[str] = "deliverable.rolled_back"
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableOpened(Happened):
    TYPE: ClassVar[str] = "deliverable.opened"
    deliverable_id: str
    card_id: str


# --- asks, judgements, messages ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOpened(OnRun):
    TYPE: ClassVar[str] = "ask.opened"
    ask_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClosed(Happened):
    TYPE: ClassVar[str] = "ask.closed"
    ask_id: str
    ask_state: str
    card_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementAsked(Happened):
    TYPE: ClassVar[str] = "judgement.asked"
    judgement_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementAnswered(Happened):
    TYPE: ClassVar[str] = "judgement.answered"
    judgement_id: str
    kind: str
    judge: str
    abstained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementTrouble(Happened):
    TYPE: ClassVar[str] = "judgement.trouble"
    judgement_id: str
    code: str
    params: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTaken(Happened):
    TYPE: ClassVar[str] = "plan.taken"
    judgement_id: str
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted(Happened):
    TYPE: ClassVar[str] = "message.posted"
    message_id: str
    card_id: str | None
    to_agent: str | None


# --- the workspace's own stream ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceCreated(Happened):
    TYPE: ClassVar[str] = "workspace.created"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonJoined(Happened):
    TYPE: ClassVar[str] = "person.joined"
    person_id: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRegistered(Happened):
    TYPE: ClassVar[str] = "agent.registered"
    agent_id: str
    door: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEdited(Happened):
    TYPE: ClassVar[str] = "agent.edited"
    agent_id: str
    changed: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatusSet(Happened):
    """verified, verified_insecure, unverified, disabled or revoked; and paused or not."""

    TYPE: ClassVar[str] = "agent.status_set"
    agent_id: str
    status: str
    paused: bool
    reason: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSecretRotated(Happened):
    TYPE: ClassVar[str] = "agent.secret_rotated"
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMade(Happened):
    TYPE: ClassVar[str] = "token.made"
    token_id: str
    scopes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Happened):
    TYPE: ClassVar[str] = "token.revoked"
    token_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSet(Happened):
    TYPE: ClassVar[str] = "model.set"
    model: str
    base_url: str


def _all(root: type[Happened]) -> list[type[Happened]]:
    return [kind for child in root.__subclasses__() for kind in (child, *_all(child))]


EVENTS: dict[str, type[Happened]] = {kind.TYPE: kind for kind in _all(Happened) if kind.TYPE}
