"""A real agent behind each door, in one room: people see a card of each come, and accept it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module

import pytest
from playwright.sync_api import expect

from tests.contract.conftest import DOORS
from tests.contract.driver import Driver
from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation, wait_for


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("five"), "--no-demo")
    try:
        yield installation.start()
    finally:
        installation.stop()


def test_agents_behind_all_doors_finish_a_card_each_in_one_room(place: Installation) -> None:
    api = Api(place, place.manage("api_token"))
    body = {"name": "All doors", "goal": "Nothing to split."}
    room_id = api.post("/rooms", body)["id"]
    with ExitStack() as started, chromium() as browser:
        agents = {door: _behind(door, place, api, room_id, started) for door in DOORS}
        person = Person(browser)
        person.page.goto(place.sign_in)
        person.page.goto(f"{place.url}/rooms/{room_id}")
        expect(person.page.locator("[data-live=on]")).not_to_have_count(0)
        # Nobody else may have had a card before it is given to whom it is for.
        api.post(f"/rooms/{room_id}/pause")
        cards = {door: _given(api, room_id, door, agents[door]) for door in DOORS}
        api.post(f"/rooms/{room_id}/resume")
        for door in DOORS:
            face = person.page.locator("#column-review .card", has_text=f"through {door}")
            expect(face).to_be_visible(timeout=60_000)
        for door in DOORS:
            _accepted(person, place, door)
        for door, card_id in cards.items():
            card = wait_for(lambda: _done(api, card_id), 20, f"the card of {door} is done")  # noqa: B023
            assert [run["agent_id"] for run in card["runs"]] == [agents[door]]
        assert person.troubles == []
    assert place.breaches() == []


def _behind(door: str, place: Installation, api: Api, room_id: str, started: ExitStack) -> str:
    driver: Driver = import_module(f"tests.contract.doors.{door}").Driver()
    started.callback(driver.stop)
    agent_id = driver.start(place, api, room_id)

    def is_known() -> bool:
        return bool(api.get(f"/agents/{agent_id}")["status"] == "verified")

    # One that calls us is known once it has called.
    wait_for(is_known, 30, f"the agent of {door} is verified")
    return agent_id


def _given(api: Api, room_id: str, door: str, agent_id: str) -> str:
    card = {"title": f"deliver through {door}", "brief": "Please deliver.",
            "criteria": ["It is there"]}  # fmt: skip
    card_id = str(api.post(f"/rooms/{room_id}/cards", card)["id"])
    api.post(f"/cards/{card_id}/assign", {"agent_id": agent_id})
    return card_id


def _accepted(person: Person, place: Installation, door: str) -> None:
    """A person opens the version in the review queue, and accepts exactly that one."""
    page = person.page
    page.goto(f"{place.url}/reviews")
    page.locator("#review-list .title", has_text=f"through {door}").first.click()
    page.get_by_role("button", name="Accept v1").click()
    page.wait_for_load_state()


def _done(api: Api, card_id: str) -> dict[str, list[dict[str, str]]] | None:
    card = api.get(f"/cards/{card_id}")
    return card if card["status"] == "done" else None
