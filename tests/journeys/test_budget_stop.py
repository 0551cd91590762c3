"""A budget stops a run; whoever may raises it on the ask, and the work goes on to its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.agents import REPORTS_STEPS, brought
from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation, wait_for

CARD = {"title": "Count the pages", "brief": "Count the pages of the book.",
        "criteria": ["The count is right"], "skills": ["counting"]}  # fmt: skip
CAP = "6"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_a_run_is_stopped_at_its_budget_and_goes_on_once_an_owner_has_raised_it(
    muster: Installation, api: Api, browser: Browser
) -> None:
    owner = Person(browser)
    owner.page.goto(muster.manage("sign_in_link"))
    with brought(api, REPORTS_STEPS, "Stepper") as agents:
        room_id = api.post("/rooms", {"name": "On a budget", "goal": "Nothing to split.",
                                      "agents": list(agents.values())})["id"]  # fmt: skip
        room = f"{muster.url}/rooms/{room_id}"
        other = _a_reviewer(owner, room, browser)
        _the_owner_sets_a_cap(owner.page, room)
        for one in (owner, other):
            one.page.goto(room)
            expect(one.page.locator("[data-live=on]")).not_to_have_count(0)
        card_id = api.post(f"/rooms/{room_id}/cards", CARD)["id"]
        _it_is_stopped_and_everybody_sees_why(owner.page, other.page, api, card_id)
        _who_may_not_raise_it_is_not_offered_to(other.page, muster)
        assert len(api.get(f"/cards/{card_id}")["runs"]) == 1
        _the_owner_raises_it_on_the_ask(owner.page, muster)
        wait_for(lambda: api.get(f"/cards/{card_id}")["status"] == "review", 30, "it is handed in")
        runs = api.get(f"/cards/{card_id}")["runs"]
        assert sorted((run["state"], run["attempt"]) for run in runs) == [
            ("failed", 1), ("submitted", 1),
        ]  # fmt: skip
        _it_is_finished(owner.page, api, muster, card_id)
    for one in (owner, other):
        assert one.troubles == []
    assert muster.breaches() == []


def _a_reviewer(owner: Person, room: str, browser: Browser) -> Person:
    page = owner.page
    page.goto(f"{room}/settings")
    page.get_by_role("button", name="Make a link").click()
    reviewer = Person(browser, width=390, height=844)
    reviewer.page.goto(page.locator("#invite").inner_text().strip())
    reviewer.page.get_by_label("Your name").fill("Second Reviewer")
    reviewer.page.get_by_role("button", name="Join", exact=True).click()
    return reviewer


def _the_owner_sets_a_cap(page: Page, room: str) -> None:
    page.goto(f"{room}/budgets")
    page.get_by_label("Of", exact=True).select_option(label="Steps")
    page.get_by_label("At most").fill(CAP)
    page.get_by_role("button", name="Set budget").click()
    meter = page.locator(".budget").first
    expect(meter).to_contain_text("of 6 steps")
    expect(meter).to_contain_text("0 % used")


def _it_is_stopped_and_everybody_sees_why(owner: Page, other: Page, api: Api, card_id: str) -> None:
    wait_for(
        lambda: [run["failure"] for run in api.get(f"/cards/{card_id}")["runs"]] == ["over_budget"],
        30, "its run is stopped",
    )  # fmt: skip
    face = f"#card-{card_id}"
    expect(owner.locator(face)).to_contain_text("Stepper failed: over budget.")
    expect(owner.locator(face)).to_contain_text("raise the budget")
    expect(other.locator(face)).to_contain_text("raises the budget")
    owner.goto(owner.url.split("?")[0] + "/budgets")
    meter = owner.locator(".budget").first
    expect(meter).to_have_attribute("data-state", "over")
    expect(meter).to_contain_text("used up: nothing new is begun")


def _who_may_not_raise_it_is_not_offered_to(page: Page, muster: Installation) -> None:
    page.goto(f"{muster.url}/asks")
    ask = page.locator(".ask", has_text="The budget of the room holds no more: 6 of 6 steps.")
    expect(ask).to_contain_text("Only an owner of this room can change it.")
    expect(ask.get_by_role("button")).to_have_count(0)
    page.goto(f"{muster.url}/")


def _the_owner_raises_it_on_the_ask(page: Page, muster: Installation) -> None:
    page.goto(f"{muster.url}/asks")
    ask = page.locator(".ask", has_text="The budget of the room holds no more: 6 of 6 steps.")
    ask.get_by_role("button", name="Raise it by half").click()
    expect(ask).to_have_count(0)


def _it_is_finished(page: Page, api: Api, muster: Installation, card_id: str) -> None:
    version = api.get(f"/cards/{card_id}")["deliverable"]
    page.goto(f"{muster.url}/reviews/{version['id']}")
    page.get_by_role("button", name="Accept v1").click()
    wait_for(lambda: api.get(f"/cards/{card_id}")["status"] == "done", 10, "it is done")
