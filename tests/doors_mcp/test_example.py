"""The program on the door's page is run as it stands there, against a real installation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.doors_mcp.test_pulling import a_card, a_room, an_agent, api, muster
from tests.journeys.installation import ROOT, Api, Installation, wait_for

__all__ = ["api", "muster"]
PAGE = ROOT / "docs" / "doors" / "mcp.md"


def test_the_agent_on_the_page_works_a_card(
    muster: Installation,
    api: Api,
    tmp_path: Path,
) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    script = tmp_path / "agent.py"
    script.write_text(program)
    agent_id, token = an_agent(api, "As documented")
    room_id = a_room(api, "Documented", agent_id)
    process = subprocess.Popen(
        [sys.executable, str(script), f"{muster.url}/mcp"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "MUSTER_AGENT_TOKEN": token},
    )  # fmt: skip
    try:
        # A card that comes before its first call would go to people: nobody else could do it.
        wait_for(lambda: api.get(f"/agents/{agent_id}")["status"] == "verified", 60, "it has come")
        card_id = a_card(api, room_id, "Name the region")
        asks = wait_for(lambda: api.get(f"/asks?room_id={room_id}")["items"], 60, "it asks")
        said = {"action": "accept", "content": {"answer": "EU"}}
        api.post(f"/asks/{asks[0]['id']}/answer", said)
        out, _ = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
    assert "submitted" in out
    made = api.get(f"/cards/{card_id}")["deliverable"]
    api.get(f"/deliverables/{made['id']}")
    api.post(f"/deliverables/{made['id']}/accept", {"sha256": made["sha256"]})
    assert api.get(f"/cards/{card_id}")["status"] == "done"
