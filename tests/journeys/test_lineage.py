"""What people see of a card that was tried in vain, and how they let it go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.agents import COMES_BACK_EMPTY, brought
from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation, wait_for

CARD = {"title": "Count the words", "brief": "Count the words of the letter.",
        "criteria": ["The count is right"], "skills": ["counting"]}  # fmt: skip


@pytest.fixture
def person(muster: Installation) -> Iterator[Person]:
    with chromium() as browser:
        someone = Person(browser)
        someone.page.goto(muster.manage("sign_in_link"))
        yield someone


def test_an_empty_completion_is_rewritten_shown_as_a_diff_and_handed_over_past_the_limit(
    muster: Installation, api: Api, person: Person
) -> None:
    page = person.page
    with brought(api, COMES_BACK_EMPTY, "Hollow", "Empty") as agents:
        room = api.post("/rooms", {"name": "In vain", "goal": "Nothing to split.",
                                   "agents": list(agents.values())})  # fmt: skip
        _two_attempts_at_most(page, f"{muster.url}/rooms/{room['id']}")
        card = api.post(f"/rooms/{room['id']}/cards", CARD)
        wait_for(
            lambda: api.get(f"/cards/{card['id']}")["reason"].get("code") == "handed_over",
            60, "it is handed over",
        )  # fmt: skip
        page.goto(f"{muster.url}/rooms/{room['id']}/cards/{card['id']}")
        _the_lineage_tells(page)
        page.goto(f"{muster.url}/asks")
        _the_packet_tells(page)
        page.get_by_role("link", name="Edit, split or cancel it").click()
        _goes_on_by_keyboard(page)
        wait_for(lambda: len(api.get(f"/cards/{card['id']}")["runs"]) > 2, 30, "it is tried again")
        whole = api.get(f"/cards/{card['id']}")
        assert whole["brief"].startswith("Count the words of the poster.")
    assert person.troubles == []
    assert muster.breaches() == []


def _two_attempts_at_most(page: Page, room: str) -> None:
    page.goto(f"{room}/settings")
    page.get_by_label("Attempts at a card").fill("2")
    page.locator("#policy").get_by_role("button", name="Save").click()
    expect(page.get_by_label("Attempts at a card")).to_have_value("2")


def _the_lineage_tells(page: Page) -> None:
    runs = page.locator(".drawer .run")
    expect(runs).to_have_count(2)
    second, first = runs.nth(0), runs.nth(1)
    expect(first).to_contain_text("failed: came back empty")
    expect(first).to_contain_text("FM-3.1 Premature termination")
    expect(first).to_contain_text("Then its brief is written anew.")
    expect(second).to_contain_text("against attempt 1, round 1")
    expect(
        second.locator(".changes .added").filter(has_text="at least one file")
    ).not_to_have_count(0)
    expect(second.locator(".changes .removed")).not_to_have_count(0)  # who did it
    first.get_by_role("link", name="judged by rules").click()
    expect(page.get_by_text("The judge was asked what went wrong")).to_be_visible()
    page.go_back()


def _the_packet_tells(page: Page) -> None:
    ask = page.locator(".ask", has_text="Count the words")
    expect(ask).to_contain_text("2 attempts failed. Someone has to decide how to go on.")
    expect(ask).to_contain_text("What was tried: 2 runs")
    for told in ("Hollow", "Empty", "failed: came back empty", "It said: “All done.”"):
        expect(ask).to_contain_text(told)


def _goes_on_by_keyboard(page: Page) -> None:
    page.locator("#handoff summary", has_text="Edit the brief and go on").focus()
    page.keyboard.press("Enter")
    brief = page.get_by_label("Brief", exact=True).and_(page.locator("#handoff-brief"))
    brief.focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("Count the words of the poster.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#handoff")).to_have_count(0)
