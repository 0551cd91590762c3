"""Manual mode: the coordinator suggests, a person confirms, edits, or confirms all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.agents import COMES_BACK_EMPTY, TAKES_ITS_TIME, brought
from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation, wait_for

GOAL = """- Facts from the docs: list the facts of the docs. Each names its line.
- Facts from the README: list the facts of the docs in the README."""


@pytest.fixture
def person(muster: Installation) -> Iterator[Person]:
    with chromium() as browser:
        someone = Person(browser)
        someone.page.goto(muster.manage("sign_in_link"))
        yield someone


def test_suggestions_are_confirmed_on_the_board(
    muster: Installation, api: Api, person: Person
) -> None:
    body = {"name": "Manual", "goal": GOAL, "mode": "manual",
            "agents": [api.agents()["Reader"]]}  # fmt: skip
    room_id = api.post("/rooms", body)["id"]
    page = person.page
    page.goto(f"{muster.url}/rooms/{room_id}")
    suggestions = page.locator("#suggestions")
    expect(suggestions).to_contain_text("Split the goal into cards.")
    expect(suggestions).to_contain_text("The goal has no cards yet.")
    suggestions.get_by_role("button", name="Confirm").first.click()
    expect(suggestions).to_contain_text("Make the cards of the plan.")
    suggestions.get_by_text("The 2 cards it would make").click()
    expect(suggestions.get_by_text("Facts from the README", exact=True)).to_be_visible()
    suggestions.get_by_role("button", name="Confirm").first.click()
    expect(suggestions).to_contain_text("to Reader.")
    suggestions.locator("li", has_text="to Reader.").first.get_by_role(
        "button", name="Confirm"
    ).click()
    expect(page.locator("#column-review .card")).not_to_have_count(0)
    assert person.troubles == []


def test_one_is_confirmed_one_is_given_to_someone_else_and_the_rest_all_at_once(
    muster: Installation, api: Api, person: Person
) -> None:
    page = person.page
    with brought(api, TAKES_ITS_TIME, "Steady", "Slow") as agents:
        room_id = api.post("/rooms", {"name": "By hand", "goal": "Count.", "mode": "manual",
                                      "agents": list(agents.values())})["id"]  # fmt: skip
        cards = [
            api.post(f"/rooms/{room_id}/cards", {"title": title, "skills": ["counting"]})["id"]
            for title in ("First", "Second", "Third", "Fourth")
        ]
        page.goto(f"{muster.url}/rooms/{room_id}")
        lines = page.locator("#suggestions li")
        expect(lines).to_have_count(4)
        first = lines.filter(has_text="First")
        expect(first).to_contain_text("Give #1 First to Steady.")
        expect(first).to_contain_text("is the best by skill and load")
        first.get_by_role("button", name="Confirm").click()
        expect(lines).to_have_count(3)

        second = lines.filter(has_text="Second")
        suggested = second.locator("select option:checked").inner_text()
        other = "Slow" if suggested == "Steady" else "Steady"
        second.get_by_label("Give it to").focus()
        second.get_by_label("Give it to").select_option(label=other)
        second.get_by_role("button", name="Confirm").focus()
        page.keyboard.press("Enter")
        expect(lines).to_have_count(2)
        assert api.get(f"/cards/{cards[1]}")["run"]["agent_id"] == agents[other]

        page.get_by_role("button", name="Confirm all").click()
        expect(page.locator("#suggestions li")).to_have_count(0)
        wait_for(
            lambda: all(api.get(f"/cards/{card}")["run"] for card in cards), 10, "all are given"
        )
        page.goto(f"{muster.url}/rooms/{room_id}/coordinator")
        expect(page.locator(".event", has_text="#2 Second").first).to_contain_text(
            "A person chose "
        )
        for card in cards:
            api.post(f"/cards/{card}/cancel")
    assert person.troubles == []
    assert muster.breaches() == []


def test_a_plan_is_made_to_sort_first_and_a_rewrite_shows_what_it_changes(
    muster: Installation, api: Api, person: Person
) -> None:
    page = person.page
    with brought(api, COMES_BACK_EMPTY, "Idle hands") as agents:
        body = {"name": "Looked at", "goal": GOAL, "mode": "manual",
                "agents": list(agents.values())}  # fmt: skip
        room_id = api.post("/rooms", body)["id"]
        page.goto(f"{muster.url}/rooms/{room_id}")
        suggestions = page.locator("#suggestions")
        suggestions.get_by_role("button", name="Confirm", exact=True).click()
        suggestions.get_by_role("button", name="Make them, to sort first").click()
        expect(page.locator("#column-triage .card")).to_have_count(2)

        card = api.post(f"/rooms/{room_id}/cards", {"title": "Count", "brief": "Count the pages.",
                                                    "skills": ["counting"]})  # fmt: skip
        for move in ("to Idle hands.", "Have the judge say what went wrong with #3 Count."):
            line = page.locator("#suggestions li", has_text=move)
            line.get_by_role("button", name="Confirm", exact=True).click()
        rewrite = page.locator("#suggestions li", has_text="its brief is written anew")
        expect(rewrite.locator(".changes .added").first).to_be_visible()
        rewrite.get_by_role("button", name="Confirm", exact=True).click()
        wait_for(
            lambda: api.get(f"/cards/{card['id']}")["brief"] != "Count the pages.", 20,
            "its brief is another",
        )  # fmt: skip
        api.post(f"/cards/{card['id']}/cancel")
    assert person.troubles == []
    assert muster.breaches() == []
