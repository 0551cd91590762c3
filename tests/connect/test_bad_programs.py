"""Programs that end, flood, say nothing or talk nonsense: each run fails as what it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connect.running import Connector, agent_named, card_in, drives, room_with
from tests.contract.seen import CardSeen
from tests.journeys.installation import Api, Installation

LIMITS = {"ack_within": 10, "silent_after": 4, "lease": 8}
MUTE = "import time; time.sleep(600)"
NO_ACP = "import sys; [print('hello', n) for n in range(1000)]; sys.stdin.read()"
NO_SESSION = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    error = {"code": -32000, "message": "Authentication required"}
    said = {"result": {}} if asked["method"] == "initialize" else {"error": error}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}), flush=True)
"""


@pytest.fixture(scope="module")
def connector(place: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connector]:
    folder = tmp_path_factory.mktemp("bad")
    made = Connector(
        place, folder, "--max", "4", "--quiet-after", "1", "--starts-within", "5",
        "--stops-within", "2",
    )  # fmt: skip
    try:
        yield made.pair(
            "--agent", "Bad", *drives(), "--agent", "Mute", "--", sys.executable, "-c", MUTE,
            "--agent", "Chatty", "--", sys.executable, "-c", NO_ACP,
            "--agent", "Locked", "--", sys.executable, "-c", NO_SESSION,
            "--agent", "Missing", "--", "/nowhere/at/all", "--agent", "Gone", "--", "true",
        )  # fmt: skip
    finally:
        made.stop()


def failed(api: Api, name: str, title: str) -> dict[str, Any]:
    """How the first run of a card fails that this agent is given."""
    agent_id = agent_named(api, name)
    api.call("PATCH", f"/agents/{agent_id}", LIMITS)
    room = room_with(api, agent_id, name=f"{name} {title}")
    card = CardSeen(api, room, card_in(api, room, title))
    found = card.until(lambda: card.events("run.failed"), "it fails")[0]["data"]
    assert not card.now()["deliverables"]
    return dict(found)


@pytest.mark.parametrize(
    ("title", "kind", "says"),
    [
        ("ends at once", "error", "out of memory"),
        ("floods us", "error", "floods"),
        ("noise only", "error", "no message of the protocol"),
        ("empty hands", "empty_completion", ""),
        ("never answers", "stalled", ""),
    ],
)
def test_a_bad_turn_fails_as_what_it_is(
    api: Api, connector: Connector, title: str, kind: str, says: str
) -> None:
    found = failed(api, "Bad", title)
    assert found["failure"] == kind
    assert says in str(found["evidence"])


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("Mute", "error", "did not answer within 5 s"),
        ("Chatty", "error", "no message of the protocol"),
        ("Locked", "misconfigured", "signed in"),
        ("Missing", "misconfigured", "there is no program /nowhere/at/all"),
        ("Gone", "error", "the program is gone"),
    ],
)
def test_a_program_that_cannot_be_worked_with_says_why(
    api: Api, connector: Connector, name: str, kind: str, says: str
) -> None:
    found = failed(api, name, "deliver something")
    assert found["failure"] == kind
    assert says in str(found["evidence"])


def test_nobody_is_asked_for_what_is_not_said(api: Api, connector: Connector) -> None:
    room = room_with(api, agent_named(api, "Bad"), name="Nothing said")
    card = CardSeen(api, room, card_in(api, room, "asks for nothing"))
    text = card.text_of(card.until_review())
    assert '"optionId": "o4"' in text  # its own way to say no, this once
    assert not card.events("ask.opened")


def test_the_connector_and_the_board_are_well_after_all_of_it(
    api: Api, place: Installation, connector: Connector
) -> None:
    room = room_with(api, agent_named(api, "Bad"), name="Well again")
    card = CardSeen(api, room, card_in(api, room, "deliver after all"))
    card.accept(card.until_review())
    assert place.breaches() == []
    # None of their programs is left, nor what they started.
    deadline = time.monotonic() + 20
    while (left := _programs_in(connector.state)) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert left == []


def _programs_in(state: Path) -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if place.readlink().is_relative_to(state / "runs"):
                found.append(place.parent.name)
        except OSError:
            continue
    return found
