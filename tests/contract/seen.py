"""A room with one agent and one card, as a person's programs see it."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar

from tests.journeys.installation import Api, wait_for

WITHIN = 40.0
Found = TypeVar("Found")


class CardSeen:
    """One card that only this agent can be given; what became of it, by the people's API."""

    def __init__(self, api: Api, room_id: str, card_id: str) -> None:
        self.api, self.room_id, self.card_id = api, room_id, card_id

    def now(self) -> dict[str, Any]:
        return dict(self.api.get(f"/cards/{self.card_id}"))

    def runs(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return list(reversed(self.now()["runs"]))

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """What happened in the room so far, in order; only of one kind where it is named."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            items = self.api.get(f"/rooms/{self.room_id}/events?after={after}&limit=200")["items"]
            found += items
            if len(items) < 200:
                return [event for event in found if kind in ("", event["type"])]

    def until(self, what: Callable[[], Found | None], saying: str, within: float = WITHIN) -> Found:
        try:
            return wait_for(what, within, saying)
        except AssertionError as error:
            happened = [(event["type"], event["data"].get("failure")) for event in self.events()]
            raise AssertionError(f"{error}; {self.now()['runs']}; {happened}") from None

    def until_in(self, *states: str) -> dict[str, Any]:
        """Once the newest run is in one of these states."""

        def there() -> dict[str, Any] | None:
            run = self.now()["run"]
            return run if run and run["state"] in states else None

        return self.until(there, f"a run is {' or '.join(states)}")

    def until_review(self, version: int = 1) -> dict[str, Any]:
        """The version once it waits for a person, opened."""

        def there() -> dict[str, Any] | None:
            card = self.now()
            made = card["deliverable"]
            waits = card["status"] == "review" and made and made["version"] == version
            return card if waits else None

        made = self.until(there, f"version {version} is in review")["deliverable"]
        return dict(self.api.get(f"/deliverables/{made['id']}"))

    def asked(self, kind: str) -> dict[str, Any]:
        def there() -> dict[str, Any] | None:
            asks = self.api.get("/asks")["items"]
            mine = (ask for ask in asks if ask["card_id"] == self.card_id and ask["kind"] == kind)
            return next(mine, None)

        return self.until(there, f"a {kind} is asked")

    def answer(self, ask: dict[str, Any], **said: Any) -> None:
        self.api.post(f"/asks/{ask['id']}/answer", said)

    def text_of(self, version: dict[str, Any]) -> str:
        """All the text of a version's files."""
        found = []
        for file in version["files"]:
            url = f"{self.api.base}/deliverables/{version['id']}/files/{file['id']}"
            headers = {"Authorization": f"Bearer {self.api.token}"}
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
                found.append(answer.read().decode("utf-8", "replace"))
        return "\n".join(found)

    def accept(self, version: dict[str, Any]) -> None:
        self.api.post(f"/deliverables/{version['id']}/accept", {"sha256": version["sha256"]})
        self.until(lambda: self.now()["status"] == "done", "the card is done")
