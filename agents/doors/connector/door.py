"""Sending to agents behind connectors: only the process that holds the socket can.

Anybody else who tries finds them away, and tries again as with any agent that is not there: so a
card waits for a connector as long as for a URL, and then goes to another worker.
"""

from concurrent.futures import Future
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agents.doors.base import Door, Finding, Sent, at_once
from agents.doors.connector.frames import LARGEST_FRAME, written
from agents.doors.connector.holder import link_of
from agents.doors.events import envelope
from agents.doors.orders import event_of, workspace_ref
from agents.doors.outcomes import TryAgain, Unacceptable

if TYPE_CHECKING:
    from workspace.models import Agent, Delivery


class ConnectorDoor(Door):
    def can_reach(self, delivery: "Delivery") -> bool:
        return link_of(delivery.agent) is not None

    def send(self, delivery: "Delivery", at: datetime) -> "Future[Sent]":
        link = link_of(delivery.agent)
        if link is None:
            return at_once(Sent(TryAgain("offline", {})))
        event = envelope(
            event_of(delivery, at=at), workspace=workspace_ref(delivery), at=delivery.created_at
        )
        said = {"id": delivery.id, "agent": link.names[delivery.agent_id], "event": event}
        frame = written("event", said)
        if len(frame.encode()) > LARGEST_FRAME:
            return at_once(Sent(Unacceptable("too_large", {"limit": LARGEST_FRAME})))
        return link.bring(delivery.id, frame)

    def verify(self, agent: "Agent") -> Finding:
        """Pairing was the proof; here it is only said whether its connector is there now."""
        is_here = not agent.is_away(datetime.now(UTC))
        code = "connector_online" if is_here else "connector_offline"
        return Finding("verified", [{"code": code, "ok": is_here, "params": {}, "took_ms": 0}])


DOOR = ConnectorDoor()
