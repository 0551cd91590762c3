"""All rows, one module a noun."""

from workspace.models.agent import DOORS, Agent, Verification
from workspace.models.ask import Ask, Judgement, Message
from workspace.models.audition import Audition
from workspace.models.budget import Budget, ModelCall, Reservation
from workspace.models.card import Card, Conflict, Dependency
from workspace.models.deliverable import (
    WITH_BLOBS,
    Artifact,
    Blob,
    Claim,
    Deliverable,
    DeliverableFile,
    Opening,
    Review,
    Source,
)
from workspace.models.delivery import Delivery, DeliveryTry
from workspace.models.door import AgentToken, Connector, Pairing, Talk
from workspace.models.event import Event, Stream
from workspace.models.exchange import Exchange
from workspace.models.memory import Attachment, Fact, Standing
from workspace.models.permit import CommandRule
from workspace.models.pilot import Pilot
from workspace.models.room import Heartbeat, Member, Room, Seat, Tick
from workspace.models.run import IdempotentAnswer, LateResult, Received, Remedy, Run, RunInput, Step
from workspace.models.workspace import (
    ApiToken,
    Invite,
    Person,
    SignInLink,
    Workspace,
    WorkspaceMember,
)

__all__ = [
    "DOORS",
    "WITH_BLOBS",
    "Agent",
    "AgentToken",
    "ApiToken",
    "Artifact",
    "Ask",
    "Attachment",
    "Audition",
    "Blob",
    "Budget",
    "Card",
    "Claim",
    "CommandRule",
    "Conflict",
    "Connector",
    "Deliverable",
    "DeliverableFile",
    "Delivery",
    "DeliveryTry",
    "Dependency",
    "Event",
    "Exchange",
    "Fact",
    "Heartbeat",
    "IdempotentAnswer",
    "Invite",
    "Judgement",
    "LateResult",
    "Member",
    "Message",
    "ModelCall",
    "Opening",
    "Pairing",
    "Person",
    "Pilot",
    "Received",
    "Remedy",
    "Reservation",
    "Review",
    "Room",
    "Run",
    "RunInput",
    "Seat",
    "SignInLink",
    "Source",
    "Standing",
    "Step",
    "Stream",
    "Talk",
    "Tick",
    "Verification",
    "Workspace",
    "WorkspaceMember",
]
