"""A goal of one's own, worked by the sample agent that was registered through the page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.browser import Person, chromium
from tests.journeys.installation import ROOT, Api, Installation, free_port, wait_for

GOAL = """Tell our members about the move of the library.

- Letter: count the words of the letter to the members. The count is in a file.
- Poster: count the words of the poster. The count is in a file.
"""


@pytest.fixture
def person(muster: Installation) -> Iterator[Person]:
    with chromium() as browser:
        someone = Person(browser)
        someone.page.goto(muster.manage("sign_in_link"))
        yield someone


def test_a_newcomer_brings_an_agent_and_accepts_its_work(
    muster: Installation, api: Api, person: Person
) -> None:
    page, port = person.page, free_port()
    page.goto(f"{muster.url}/agents")
    page.locator("#url").fill(f"http://127.0.0.1:{port}/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # The form comes anew, and whoever works by keyboard is still where they were.
    expect(page.locator("#look")).to_have_text("Look again")
    expect(page.locator("#look")).to_be_focused()
    page.locator("#name").fill("Counter")
    page.get_by_role("button", name="Register").click()
    secret = page.locator("code", has_text="whsec_").first.inner_text().strip()
    agent = subprocess.Popen(
        [sys.executable, "docs/sample_agent.py", str(port)], cwd=ROOT,
        env={**os.environ, "MUSTER_AGENT_SECRET": secret}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _works(muster, api, person)
    finally:
        agent.terminate()
        agent.wait(10)


def _works(muster: Installation, api: Api, person: Person) -> None:
    page = person.page

    def verified() -> bool:
        page.get_by_role("button", name="Verify").first.click()
        return page.get_by_text("verified", exact=True).count() > 0

    wait_for(verified, 20, "the agent is verified")
    page.goto(f"{muster.url}/rooms/new")
    page.locator("#name").fill("The move")
    page.locator("#goal").fill(GOAL)
    for box in page.locator("input[name=agents]").all():
        box.uncheck()
    page.locator("label.choice", has_text="Counter").locator("input").check()
    page.get_by_role("button", name="Make the room").click()
    expect(page.locator("#column-review .card")).to_have_count(2, timeout=30_000)
    titles = page.locator("#column-review .card-title").all_inner_texts()
    assert sorted(titles) == ["Letter", "Poster"]
    for _ in titles:
        page.goto(f"{muster.url}/reviews")
        page.locator("#review-list .title", has_text="Letter").or_(
            page.locator("#review-list .title", has_text="Poster")
        ).first.click()
        page.get_by_role("button", name="Accept v1").click()
        page.wait_for_load_state()
    room_id = next(room["id"] for room in api.get("/rooms")["items"] if room["name"] == "The move")
    wait_for(
        lambda: all(card["status"] == "done" for card in api.cards(room_id).values()),
        10, "both are done",
    )  # fmt: skip
    assert person.troubles == []
    assert muster.breaches() == []
