"""A person makes a specialist from the library of roles and sees it in its room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fakes.tool_model import MODEL, Says, ToolModel, tool_model
from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation

GOAL = "Say what of the old manual still holds."


@pytest.fixture
def model() -> Iterator[ToolModel]:
    with tool_model(lambda body: Says("Nobody asks it to work here."), key="sk-roles") as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, model: ToolModel) -> Iterator[Installation]:
    """A workspace whose own model is the scripted one; it verifies, and is given no work."""
    env = {
        "MUSTER_MODEL_BASE_URL": model.base_url,
        "MUSTER_MODEL": MODEL,
        "MUSTER_MODEL_API_KEY": model.key,
        "MUSTER_MODEL_PROFILE": "openai-compatible",
    }
    installation = Installation(tmp_path / "home", "--no-demo", env=env)
    try:
        yield installation.start()
    finally:
        installation.stop()


def test_a_specialist_made_from_a_role_has_a_seat_in_the_room(place: Installation) -> None:
    api = Api(place, place.manage("api_token"))
    room = api.post("/rooms", {"name": "The manual", "goal": GOAL, "mode": "manual"})
    with chromium() as browser:
        person = Person(browser)
        page = person.page
        page.goto(place.sign_in)
        page.goto(f"{place.url}/agents")
        page.get_by_role("link", name="Roles for the workspace's model").click()
        role = page.locator("#role-checker")
        role.get_by_label("Room it joins").select_option("The manual")
        role.get_by_role("button", name="Make a specialist").click()

        expect(page.get_by_role("heading", level=1, name="Checker 1")).to_be_visible()
        expect(page.locator(".page-head .b-verified")).to_have_text("verified")
        expect(page.locator(".side-line", has_text="The manual")).to_contain_text("in the room")
        page.goto(f"{place.url}/rooms/{room['id']}/agents")
        seat = page.locator("table.rows tbody tr")
        expect(seat).to_have_count(1)
        expect(seat).to_contain_text("Checker 1")
        assert person.troubles == []
    seated = api.get(f"/rooms/{room['id']}")["agents"]
    assert [(one["name"], one["skills"][0]) for one in seated] == [("Checker 1", "checking")]
    assert place.breaches() == []
