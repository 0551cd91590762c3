"""A page nobody touches for a minute is still live."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.browser import Person, chromium
from tests.journeys.installation import Api, Installation

IDLE_MS = 61_000


def test_a_socket_idle_for_a_minute_is_still_live(muster: Installation, api: Api) -> None:
    room_id = api.post("/rooms", {"name": "Idle", "goal": "Keep still."})["id"]
    api.post(f"/rooms/{room_id}/pause")
    with chromium() as browser:
        person = Person(browser)
        person.page.goto(muster.manage("sign_in_link"))
        opened: list[str] = []
        person.page.on("websocket", lambda socket: opened.append(socket.url))
        person.page.goto(f"{muster.url}/rooms/{room_id}")
        expect(person.page.locator("[data-live=on]").first).to_be_visible()
        person.page.wait_for_timeout(IDLE_MS)
        api.post(f"/rooms/{room_id}/cards", {"title": "After a minute", "criteria": []})
        ready = person.page.locator("#column-ready")
        expect(ready).to_contain_text("After a minute", timeout=3_000)
        assert sum("/live/rooms/" in url for url in opened) == 1, "it had to connect again"
        assert person.troubles == []
