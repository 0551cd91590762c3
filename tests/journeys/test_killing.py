"""kill -9 of each part in the middle of work: it resumes, nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request

import pytest

from tests.journeys.installation import Api, Installation, Reviewer, wait_for

RESUME_WITHIN = 30.0


def is_well(installation: Installation) -> bool:
    try:
        with urllib.request.urlopen(f"{installation.url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def some_work_is_under_way(api: Api, room_id: str) -> bool:
    states = [(card["run"] or {}).get("state") for card in api.cards(room_id).values()]
    return "working" in states or "submitted" in states


@pytest.mark.parametrize("part", ["web", "worker", "sweep", "valkey"])
def test_work_resumes_after_a_part_is_killed(part: str, fresh: Installation) -> None:
    fresh.env["MUSTER_DEMO_PACE"] = "0.3"
    fresh.start()
    api = Api(fresh, fresh.manage("api_token"))
    room_id = api.demo_room()
    wait_for(lambda: some_work_is_under_way(api, room_id), 60, "work is under way")
    pid = fresh.pid(part)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: fresh.pid(part) != pid and is_well(fresh), RESUME_WITHIN, f"{part} is back")
    Reviewer(api, room_id).until_done(150)
    assert fresh.breaches() == []
    versions = [api.get(f"/cards/{card['id']}") for card in api.cards(room_id).values()]
    for card in versions:
        submitted = [run for run in card["runs"] if run["state"] == "submitted"]
        assert len(card["deliverables"]) == len(submitted)


def test_a_killed_supervisor_leaves_no_child_and_the_next_start_goes_on(
    fresh: Installation,
) -> None:
    fresh.env["MUSTER_DEMO_PACE"] = "0.3"
    fresh.start()
    api = Api(fresh, fresh.manage("api_token"))
    room_id = api.demo_room()
    wait_for(lambda: some_work_is_under_way(api, room_id), 60, "work is under way")
    children = list(fresh.state()["children"].values())
    assert fresh.process is not None
    fresh.process.kill()
    fresh.process.wait(10)

    def all_gone() -> bool:
        return not any(os.path.exists(f"/proc/{pid}") for pid in children)

    wait_for(all_gone, 10, "every child is gone")
    begun = time.monotonic()
    fresh.start()
    assert time.monotonic() - begun < RESUME_WITHIN * 2
    assert api.demo_room() == room_id
    Reviewer(api, room_id).until_done(150)
    assert fresh.breaches() == []
