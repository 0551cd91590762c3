"""An agent on a2a-sdk 1.3 that does what the card's first word says, in an environment of its
own. The SDK's server is real; what the agent does is scripted."""

from __future__ import annotations

from tests.contract.driver import LIMITS
from tests.doors_a2a.third_party import Process
from tests.journeys.installation import Api, Installation


class Driver:
    door = "a2a"

    def start(self, place: Installation, api: Api, room_id: str) -> str:
        self.process = Process("sdk-one", "sdk_one.py", "JSONRPC", "push")
        facts = {"name": "A2A worker", "url": self.process.url, "door": "a2a", **LIMITS}
        made = api.post("/agents", facts)
        assert api.post(f"/agents/{made['id']}/verify")["status"] == "verified"
        api.post(f"/rooms/{room_id}/agents", {"agent_id": made["id"]})
        return str(made["id"])

    def stop(self) -> None:
        self.process.stop()
