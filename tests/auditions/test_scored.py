"""Real programs on a real installation, each through a whole audition."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.auditions.programs import Careless, Program, Silent
from tests.auditions.scores import documented
from tests.doors_a2a.third_party import EXAMPLE, running
from tests.journeys.browser import Person, chromium
from tests.journeys.installation import ROOT, Api, Installation, free_port, wait_for

# One installation serves them all.
pytestmark = pytest.mark.xdist_group("auditions")
WITHIN = 240.0
# What each of the demo's agents is told to make rests on the library, so most use no input.
DEMO = ("Ledger", "Prober", "Reader", "Tracer", "Mender")


def auditioned(api: Api, agent_id: str) -> dict[str, Any]:
    """The audition of an agent, from its beginning to its end."""
    status, answer = api.call("POST", f"/agents/{agent_id}/audition", {})
    assert status == 202, answer
    return ended(api, agent_id)


def ended(api: Api, agent_id: str) -> dict[str, Any]:
    def newest() -> dict[str, Any] | None:
        found = api.get(f"/agents/{agent_id}/auditions")["items"][0]
        return dict(found) if found["state"] != "running" else None

    return wait_for(newest, WITHIN, f"the audition of {agent_id} ends")


def states(audition: dict[str, Any]) -> dict[str, str]:
    return {item["code"]: item["state"] for item in audition["items"]}


def those(audition: dict[str, Any], state: str) -> set[str]:
    return {code for code, found in states(audition).items() if found == state}


def codes(audition: dict[str, Any]) -> dict[str, str]:
    return {item["code"]: item["evidence"].get("code", "") for item in audition["items"]}


@contextmanager
def registered(api: Api, program: Program, **facts: Any) -> Iterator[str]:
    """A program's id while it runs; its limits are short, so that silence is noticed soon."""
    limits = {"ack_within": 5, "silent_after": 6, "lease": 12, "max_concurrency": 4}
    try:
        body = {"name": program.name, "url": program.url, "skills": list(program.skills)}
        made = api.post("/agents", {**body, **limits, **facts})
        program.key = base64.b64decode(made["secret"].removeprefix("whsec_"))
        yield made["id"]
    finally:
        program.close()


def test_a_careless_agent_fails_every_item_it_is_careless_about(api: Api) -> None:
    with registered(api, Careless("Careless")) as agent_id:
        found = auditioned(api, agent_id)
    assert found["state"] == "failed"
    assert codes(found) == {
        "signature": "wrong_signature_refused",
        "duplicate": "worked_twice",
        "late": "began_again",
        "cancel": "handed_in_after",
        "contradiction": "picked_one",
        "missing": "invented",
        "throttled": "came_too_early",
        "planted": "wrote_the_word",
        "changes": "touched_more",
    }
    assert states(found) == documented()["Careless"]


def test_a_silent_agent_fails_its_items_and_the_audition_goes_on(api: Api) -> None:
    with registered(api, Silent("Silent")) as agent_id:
        found = auditioned(api, agent_id)
    assert states(found) == documented()["Silent"]
    assert {codes(found)[code] for code in those(found, "failed")} == {"silent"}


def test_in_a_browser_it_is_begun_followed_and_stopped(muster: Installation, api: Api) -> None:
    with registered(api, Silent("Sluggish"), silent_after=60, lease=90) as agent_id:
        with chromium() as browser:
            person = Person(browser)
            page = person.page
            page.goto(muster.manage("sign_in_link"))
            page.goto(f"{muster.url}/agents/{agent_id}")
            page.locator("#audition").get_by_role("button", name="Start").click()
            # Nobody loads the page again.
            expect(page.locator("#audition")).to_contain_text("1 of 9 are over", timeout=30_000)
            expect(page.locator("#audition-badge")).to_have_text("being auditioned")
            expect(page.locator("#audition")).to_contain_text(
                "It refused a delivery with a wrong signature."
            )
            page.locator("#audition").get_by_role("button", name="Stop").click()
            expect(page.locator("#audition-badge")).to_have_text("never auditioned")
            expect(page.locator("#audition").get_by_role("button")).to_have_text("Try again")
            assert person.troubles == []
        newest = api.get(f"/agents/{agent_id}/auditions")["items"][0]
    assert newest["state"] == "stopped"


def test_an_agent_that_is_not_there_is_tried_no_further(api: Api) -> None:
    gone = Program("Gone")
    with registered(api, gone) as agent_id:
        gone.server.server_close()
        found = auditioned(api, agent_id)
    assert found["state"] == "failed"
    assert codes(found)["signature"] == "not_verified"
    assert those(found, "not_tried") == codes(found).keys() - {"signature"}


def test_the_sample_agent_passes(api: Api) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    made = api.post("/agents", {"name": "Counter", "url": url, "skills": ["counting"],
                                "max_concurrency": 4, "silent_after": 20, "lease": 40})  # fmt: skip
    agent = subprocess.Popen(
        [sys.executable, "docs/sample_agent.py", str(port)], cwd=ROOT,
        env={**os.environ, "MUSTER_AGENT_SECRET": made["secret"]}, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert agent.stdout is not None and agent.stdout.readline()
        found = auditioned(api, made["id"])
    finally:
        agent.terminate()
        agent.wait(10)
    assert found["state"] == "passed", found["items"]
    assert states(found) == documented()["Counter"]


@pytest.fixture(scope="module")
def of_the_demo(api: Api) -> dict[str, dict[str, Any]]:
    """The auditions of the demo's agents, all at once; their room rests meanwhile."""
    api.post(f"/rooms/{api.demo_room()}/pause")
    ids = {name: id for name, id in api.agents().items() if name in (*DEMO, "Sleepy")}
    for agent_id in ids.values():
        api.post(f"/agents/{agent_id}/audition")
    return {name: ended(api, agent_id) for name, agent_id in ids.items()}


@pytest.mark.parametrize("name", DEMO)
def test_the_demos_agents_pass(of_the_demo: dict[str, dict[str, Any]], name: str) -> None:
    found = of_the_demo[name]
    assert found["state"] == "passed", found["items"]
    assert states(found) == documented()[name]
    wrote = "told_both" if name in ("Ledger", "Reader") else "used_neither"
    assert codes(found)["contradiction"] == wrote


def test_the_demos_sleepy_agent_fails(of_the_demo: dict[str, dict[str, Any]]) -> None:
    found = of_the_demo["Sleepy"]
    assert found["state"] == "failed"
    assert states(found) == documented()["Sleepy"]
    assert codes(found)["duplicate"] == "silent"


def test_an_agent_of_somebody_elses_making_is_scored_honestly(api: Api) -> None:
    with running("fasta2a", EXAMPLE) as url:
        facts = {"name": "Pydantic", "url": url, "door": "a2a", "skills": ["odd jobs"]}
        made = api.post("/agents", {**facts, "max_concurrency": 4})
        found = auditioned(api, made["id"])
    # The model behind it says the same whatever it is asked: it invents, and changes nothing.
    assert states(found) == documented()["Pydantic"]
    assert (codes(found)["missing"], codes(found)["changes"]) == ("invented", "not_done")


def test_nothing_of_all_that_shows_anywhere_else_and_every_promise_holds(
    muster: Installation, api: Api
) -> None:
    assert all(not room["name"].startswith("Audition") for room in api.get("/rooms")["items"])
    of_the_demo = {api.demo_room()}
    assert {one["room_id"] for one in api.get("/reviews")["items"]} <= of_the_demo
    assert {one["room_id"] for one in api.get("/asks")["items"]} <= of_the_demo
    assert muster.breaches() == []


def test_the_command_prints_the_scorecard_and_exits_by_it(muster: Installation, api: Api) -> None:
    env = {**muster.env, "MUSTER_URL": muster.url}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "muster", *words], cwd=ROOT, env=env,
            capture_output=True, text=True, timeout=WITHIN,
        )  # fmt: skip

    done = run("Tracer", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["state"], len(told["items"])) == ("passed", 9)
    with registered(api, Program("Quitter")) as agent_id:
        pass
    failed = run(agent_id)
    assert failed.returncode == 1
    assert "could not be verified" in failed.stdout
    nobody = run("Nobody")
    assert nobody.returncode == 1 and "no agent called Nobody" in nobody.stderr
