"""One installation for the contract, and each door's program started once.

It ends with its tests: one that nobody needs any more still costs the others a tenth of a core.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from pathlib import Path

import pytest

from tests.contract.driver import Driver
from tests.contract.seen import CardSeen
from tests.journeys.installation import Api, Installation

DOORS = sorted(path.stem for path in (Path(__file__).parent / "doors").glob("[a-z]*.py"))
_numbers = count(1)
# What takes as long as a lease begins before everything else and goes on beside it.
LASTING = ("silent", "late")


@dataclass
class Behind:
    """A door's agent, ready to be given cards in rooms of their own."""

    place: Installation
    api: Api
    driver: Driver
    agent_id: str
    begun: dict[str, CardSeen] = field(default_factory=dict)

    def begin(self) -> Behind:
        self.begun = {word: self.given(word) for word in LASTING}
        return self

    def given(self, word: str, **facts: object) -> CardSeen:
        """A card of a new room in which this agent is the only one."""
        name = f"{self.driver.door} {word} {next(_numbers)}"
        body = {"name": name, "goal": "Nothing to split.", "agents": [self.agent_id]}
        room_id = self.api.post("/rooms", body)["id"]
        card = {"title": f"{word} something", "brief": f"Please {word}.",
                "criteria": ["It says what was asked"], **facts}  # fmt: skip
        return CardSeen(self.api, room_id, self.api.post(f"/rooms/{room_id}/cards", card)["id"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("contract"), "--no-demo")
    try:
        yield installation.start()
    finally:
        installation.stop()


@pytest.fixture(scope="module")
def api(place: Installation) -> Api:
    return Api(place, place.manage("api_token"))


@pytest.fixture(scope="module", params=DOORS)
def behind(request: pytest.FixtureRequest, place: Installation, api: Api) -> Iterator[Behind]:
    module = import_module(f"tests.contract.doors.{request.param}")
    driver: Driver = module.Driver()
    room = api.post("/rooms", {"name": f"{request.param} first", "goal": "Nothing to split."})
    try:
        yield Behind(place, api, driver, driver.start(place, api, room["id"])).begin()
    finally:
        driver.stop()
