"""An agent that pulls: the `mcp` client in a process of its own, working what its title says."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.contract.driver import LIMITS
from tests.journeys.installation import ROOT, Api, Installation


class Driver:
    door = "mcp"

    def start(self, place: Installation, api: Api, room_id: str) -> str:
        made = api.post("/agents", {"name": "Puller", "door": "mcp", "skills": ["odd jobs"],
                                    **LIMITS})  # fmt: skip
        log = (place.home / "puller.log").open("wb")
        self.program = subprocess.Popen(
            [sys.executable, "-m", "tests.doors_mcp.puller", f"{place.url}/mcp"],
            cwd=ROOT, env={**os.environ, "MUSTER_AGENT_TOKEN": made["secret"]},
            stdout=log, stderr=log,
        )  # fmt: skip
        api.post(f"/rooms/{room_id}/agents", {"agent_id": made["id"]})
        return str(made["id"])

    def stop(self) -> None:
        self.program.terminate()
        self.program.wait(10)
