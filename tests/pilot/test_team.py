"""A team's own room under the pilot: its agents are real programs, and the faults strike on the
wire between them and an installation that is not theirs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents.pilot.referee import judge
from tests.journeys.agents import REPORTS_STEPS, brought
from tests.journeys.installation import ROOT, Api, Installation

SHORT = {"ack_within": 6, "silent_after": 8, "lease": 12}


@pytest.mark.xdist_group("team")
def test_a_teams_own_agents_are_struck_on_the_wire_and_its_room_is_left_alone(tmp_path: Path):
    installation = Installation(tmp_path / "home", "--no-demo").start()
    try:
        api = Api(installation, installation.manage("api_token").splitlines()[-1])
        with brought(api, REPORTS_STEPS, "Ada", "Bo") as agents:
            room = api.post("/rooms", {"name": "Ours", "goal": "Count.", "mode": "manual",
                                       "agents": list(agents.values())})  # fmt: skip
            status, _ = api.call("PATCH", f"/rooms/{room['id']}", {"timings": SHORT})
            assert status == 200
            card = {"title": "Count the pages", "brief": "Count them.", "skills": ["counting"]}
            api.post(f"/rooms/{room['id']}/cards", card)
            before = api.get(f"/rooms/{room['id']}/export")["events"]
            records, said = pilot(installation, room["id"], tmp_path / "records.json")
            assert api.get(f"/rooms/{room['id']}/export")["events"] == before
            kept = api.get("/pilots")["items"]
    finally:
        installation.stop()
    verdicts = {(one.scenario, one.column): one for one in map(judge, records)}
    for name in ("room_silent", "room_repeats"):
        assert verdicts[name, "with"].broke == (), said
        assert verdicts[name, "without"].is_as_wanted, said
    assert all(one["fired"] for one in records)
    assert len(kept) == 1
    assert "whsec_" not in json.dumps(records)


def pilot(installation: Installation, room_id: str, out: Path):
    names = ["silent", "repeats"]
    words = ["pilot", "--room", room_id, "--within", "30", "--records", str(out)]
    words += [word for name in names for word in ("--scenario", f"room_{name}")]
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, capture_output=True, text=True,
        env={**installation.env, "MUSTER_URL": installation.url}, timeout=500,
    )  # fmt: skip
    return json.loads(out.read_text()), done.stdout + done.stderr


def test_a_room_that_cannot_be_played_is_refused_in_words(db):
    from agents.pilot.team import NotPlayable, scenarios_of

    with pytest.raises(NotPlayable, match="There is no room room_none"):
        scenarios_of("room_none", 60)
