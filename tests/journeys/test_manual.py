"""Manual mode: the coordinator suggests, a person confirms."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation

GOAL = """- Facts from the docs: list the facts of the docs. Each names its line.
- Facts from the README: list the facts of the docs in the README."""


def test_suggestions_are_confirmed_on_the_board(muster: Installation, api: Api) -> None:
    body = {"name": "Manual", "goal": GOAL, "mode": "manual",
            "agents": [api.agents()["Reader"]]}  # fmt: skip
    room_id = api.post("/rooms", body)["id"]
    with chromium() as browser:
        person = Person(browser)
        page = person.page
        page.goto(muster.manage("sign_in_link"))
        page.goto(f"{muster.url}/rooms/{room_id}")
        suggestions = page.locator("#suggestions")
        expect(suggestions).to_contain_text("Split the goal into cards.")
        suggestions.get_by_role("button", name="Confirm").first.click()
        expect(suggestions).to_contain_text("Make the cards of the plan.")
        suggestions.get_by_role("button", name="Confirm").first.click()
        expect(suggestions).to_contain_text("to Reader")
        suggestions.get_by_role("button", name="Confirm").first.click()
        expect(page.locator("#column-review .card")).not_to_have_count(0)
        assert person.troubles == []
