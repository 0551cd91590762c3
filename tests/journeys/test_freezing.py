"""Any demo agent frozen at any moment is replaced or handed over, and the room finishes.

A few seeds by default; `make freeze` runs the twenty that docs/proof.md records.
"""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.journeys.installation import Api, Installation, Reviewer, wait_for

AGENTS = ("Ledger", "Prober", "Reader", "Tracer", "Mender")  # Sleepy is silent anyway
SEEDS = range(int(os.environ.get("MUSTER_FREEZE_SEEDS", "5")))
FINISH_WITHIN = 120.0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_room_finishes_though_an_agent_freezes(seed: int, muster: Installation, api: Api) -> None:
    chance = random.Random(seed)
    name, after = chance.choice(AGENTS), chance.uniform(0, 6)
    pid = muster.pid(name.lower())
    room_id = api.room_like_the_demo(f"Seed {seed}")
    person = Reviewer(api, room_id)
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
    assert muster.breaches() == []


def test_what_a_frozen_agent_sends_when_it_wakes_changes_nothing(
    muster: Installation, api: Api
) -> None:
    tracer = api.agents()["Tracer"]
    pid = muster.pid("tracer")
    room_id = api.room_like_the_demo("A frozen agent wakes")

    def given_to_tracer() -> tuple[str, str] | None:
        for card in api.cards(room_id).values():
            run = card["run"] or {}
            if run.get("agent_id") == tracer and run["state"] in ("queued", "offered", "working"):
                return str(card["id"]), str(run["id"])
        return None

    card_id, run_id = wait_for(given_to_tracer, 30, "Tracer is given a card")
    os.kill(pid, signal.SIGSTOP)
    try:

        def replaced() -> bool:
            runs = api.get(f"/cards/{card_id}")["runs"]
            return any(run["id"] != run_id and run["state"] == "submitted" for run in runs)

        wait_for(replaced, 60, "another agent hands the card in")
        before = [run for run in api.get(f"/cards/{card_id}")["runs"] if run["id"] == run_id]
    finally:
        os.kill(pid, signal.SIGCONT)
    time.sleep(5)
    after = [run for run in api.get(f"/cards/{card_id}")["runs"] if run["id"] == run_id]
    assert before == after
    assert before[0]["failure"] in ("stalled", "no_ack")
    assert muster.breaches() == []
