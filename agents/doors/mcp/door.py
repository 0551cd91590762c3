"""The MCP door sends nothing: what is owed waits until the agent comes for it."""

from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING

from agents.doors.base import Door, Finding, Sent, at_once
from agents.doors.outcomes import WAITS, Delivered

if TYPE_CHECKING:
    from workspace.models import Agent, Delivery

# What every agent of this door can do, because the tools can.
CAPABILITIES = {"async": True, "cancel": True, "questions": True, "permissions": True}


class McpDoor(Door):
    at_home = True

    def send(self, delivery: "Delivery", at: datetime) -> "Future[Sent]":
        return at_once(Sent(Delivered(WAITS)))

    def verify(self, agent: "Agent") -> Finding:
        """Nobody can be asked: what counts is whether it has come with its token."""
        if agent.last_seen_at is None:
            step = {"code": "has_not_come_yet", "ok": False, "params": {}, "took_ms": 0}
            return Finding("unverified", [step])
        params = {"at": agent.last_seen_at.isoformat()}
        step = {"code": "came_with_its_token", "ok": True, "params": params, "took_ms": 0}
        return Finding("verified", [step], {"capabilities": CAPABILITIES})


DOOR = McpDoor()
