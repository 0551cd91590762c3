"""Any demo agent frozen at any moment is replaced or handed over, and the room finishes.

Six seeds by default; `make freeze` runs the twenty that are recorded in docs/proof.
"""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.journeys.installation import Api, Installation, Reviewer, wait_for

AGENTS = ("ledger", "prober", "reader", "tracer", "mender")  # Sleepy is silent anyway
SEEDS = range(int(os.environ.get("MUSTER_FREEZE_SEEDS", "6")))
FINISH_WITHIN = 150.0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_room_finishes_though_an_agent_freezes(seed: int, fresh: Installation) -> None:
    chance = random.Random(seed)  # noqa: S311  a seed, not a secret
    name, after = chance.choice(AGENTS), chance.uniform(0, 6)
    fresh.start()
    api = Api(fresh, fresh.manage("api_token"))
    room_id = api.demo_room()
    person = Reviewer(api, room_id)
    pid = fresh.pid(name)
    deadline = time.monotonic() + after
    while time.monotonic() < deadline:
        person.work()
        time.sleep(0.1)
    os.kill(pid, signal.SIGSTOP)
    try:
        person.until_done(FINISH_WITHIN)
    finally:
        os.kill(pid, signal.SIGCONT)
    for card in api.cards(room_id).values():
        runs = api.get(f"/cards/{card['id']}")["runs"]
        assert sum(run["state"] == "submitted" for run in runs) >= 1
    assert fresh.breaches() == []


def test_what_a_frozen_agent_sends_when_it_wakes_changes_nothing(fresh: Installation) -> None:
    fresh.env["MUSTER_DEMO_PACE"] = "0.6"  # slow enough to be frozen in the middle of its work
    fresh.start()
    api = Api(fresh, fresh.manage("api_token"))
    room_id = api.demo_room()
    name = {agent["id"]: agent["name"] for agent in api.get("/agents")["items"]}

    def tracer_works() -> str | None:
        for card in api.cards(room_id).values():
            run = card["run"] or {}
            if name.get(run.get("agent_id")) == "Tracer" and run["state"] == "working":
                return str(card["id"])
        return None

    card_id = wait_for(tracer_works, 60, "Tracer works")
    os.kill(fresh.pid("tracer"), signal.SIGSTOP)
    run_id = api.get(f"/cards/{card_id}")["run"]["id"]

    def replaced() -> bool:
        return any(
            run["id"] != run_id and run["state"] == "submitted"
            for run in api.get(f"/cards/{card_id}")["runs"]
        )

    wait_for(replaced, 60, "another agent hands the card in")
    before = [run for run in api.get(f"/cards/{card_id}")["runs"] if run["id"] == run_id]
    os.kill(fresh.pid("tracer"), signal.SIGCONT)
    time.sleep(5)
    after = [run for run in api.get(f"/cards/{card_id}")["runs"] if run["id"] == run_id]
    assert before == after
    assert before[0]["failure"] in ("stalled", "no_ack")
    assert fresh.breaches() == []
