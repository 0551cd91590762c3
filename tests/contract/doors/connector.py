"""The real connector, driving a small program of ours that speaks ACP."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.connect.running import Connector, agent_named, drives
from tests.contract.driver import LIMITS
from tests.journeys.installation import Api, Installation

NAME = "Connected worker"


class Driver:
    door = "connector"

    def start(self, place: Installation, api: Api, room_id: str) -> str:
        self.folder = tempfile.TemporaryDirectory(prefix="muster-connector-")
        # A program that says nothing for a second gives no sign of life: a lease lasts eight.
        options = ("--max", str(LIMITS["max_concurrency"]), "--quiet-after", "1")
        self.connector = Connector(place, Path(self.folder.name), *options)
        self.connector.pair("--agent", f"{NAME}=odd jobs", *drives())
        agent_id = agent_named(api, NAME)
        limits = {name: value for name, value in LIMITS.items() if name != "max_concurrency"}
        status, answer = api.call("PATCH", f"/agents/{agent_id}", limits)
        assert status == 200, answer
        api.post(f"/rooms/{room_id}/agents", {"agent_id": agent_id})
        return agent_id

    def stop(self) -> None:
        self.connector.stop()
        self.folder.cleanup()
