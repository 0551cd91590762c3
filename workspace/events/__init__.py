"""What can happen, as frozen facts. A room's board is the fold of its events.

Fields with one name mean one thing in every event: `card_id` with `card_status` and
`card_reason` says where the card stands afterwards, `run_id` with `run_state` the run,
`deliverable_id` with `deliverable_state` the version. `fold` reads just these.
"""

from __future__ import annotations

from workspace.events.base import Facts, Happened, OnCard, OnRun
from workspace.events.cards import (
    CardCancelled,
    CardCreated,
    CardEdited,
    CardGiven,
    CardHandedOver,
    CardKept,
    CardReopened,
)
from workspace.events.deliverables import (
    AcceptanceCounted,
    ChangesRequested,
    DeliverableAccepted,
    DeliverableOpened,
    DeliverableRejected,
    DeliverableRolledBack,
    DeliverableSuperseded,
    OnDeliverable,
)
from workspace.events.rooms import (
    AgentSeated,
    AgentUnseated,
    InviteMade,
    InviteRevoked,
    JudgeChanged,
    MemberJoined,
    MemberRemoved,
    MemberRoleSet,
    ModeSet,
    RoomCreated,
    RoomEdited,
    RoomPaused,
    RoomResumed,
)
from workspace.events.runs import (
    RunAccepted,
    RunCancelled,
    RunCancelling,
    RunDeclined,
    RunFailed,
    RunOffered,
    RunProgressed,
    RunQueued,
    RunRequeued,
    RunResumed,
    RunRevived,
    RunSilent,
    RunSubmitted,
    RunSuperseded,
    WriteRefused,
)
from workspace.events.talk import (
    AskClosed,
    AskOpened,
    JudgementAnswered,
    JudgementAsked,
    JudgementTrouble,
    MessagePosted,
    PlanTaken,
)
from workspace.events.workspace import (
    AgentEdited,
    AgentRegistered,
    AgentSecretRotated,
    AgentStatusSet,
    ModelSet,
    PersonJoined,
    TokenMade,
    TokenRevoked,
    WorkspaceCreated,
)


def _all(root: type[Happened]) -> list[type[Happened]]:
    return [kind for child in root.__subclasses__() for kind in (child, *_all(child))]


EVENTS: dict[str, type[Happened]] = {kind.TYPE: kind for kind in _all(Happened) if kind.TYPE}

__all__ = [
    "EVENTS",
    "AcceptanceCounted",
    "AgentEdited",
    "AgentRegistered",
    "AgentSeated",
    "AgentSecretRotated",
    "AgentStatusSet",
    "AgentUnseated",
    "AskClosed",
    "AskOpened",
    "CardCancelled",
    "CardCreated",
    "CardEdited",
    "CardGiven",
    "CardHandedOver",
    "CardKept",
    "CardReopened",
    "ChangesRequested",
    "DeliverableAccepted",
    "DeliverableOpened",
    "DeliverableRejected",
    "DeliverableRolledBack",
    "DeliverableSuperseded",
    "Facts",
    "Happened",
    "InviteMade",
    "InviteRevoked",
    "JudgeChanged",
    "JudgementAnswered",
    "JudgementAsked",
    "JudgementTrouble",
    "MemberJoined",
    "MemberRemoved",
    "MemberRoleSet",
    "MessagePosted",
    "ModeSet",
    "ModelSet",
    "OnCard",
    "OnDeliverable",
    "OnRun",
    "PersonJoined",
    "PlanTaken",
    "RoomCreated",
    "RoomEdited",
    "RoomPaused",
    "RoomResumed",
    "RunAccepted",
    "RunCancelled",
    "RunCancelling",
    "RunDeclined",
    "RunFailed",
    "RunOffered",
    "RunProgressed",
    "RunQueued",
    "RunRequeued",
    "RunResumed",
    "RunRevived",
    "RunSilent",
    "RunSubmitted",
    "RunSuperseded",
    "TokenMade",
    "TokenRevoked",
    "WorkspaceCreated",
    "WriteRefused",
]
