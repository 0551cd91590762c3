"""A card given to an agent behind a connector comes back as a deliverable that a person accepts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connect.running import Connector, agent_named, card_in, room_with, until
from tests.contract.seen import CardSeen
from tests.journeys.installation import Api, Installation


@pytest.fixture(scope="module")
def connector(place: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connector]:
    made = Connector(place, tmp_path_factory.mktemp("connector"))
    try:
        yield made.pair()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def room(api: Api, connector: Connector) -> str:
    return room_with(api, agent_named(api, "Helper"))


def test_a_card_goes_out_and_its_file_comes_back_to_be_accepted(
    api: Api, connector: Connector, room: str
) -> None:
    card_id = card_in(api, room, "Deliver the answer")
    until(api, card_id, "review")
    waiting = next(r for r in api.get("/reviews")["items"] if r["card_id"] == card_id)
    version = api.get(f"/deliverables/{waiting['deliverable_id']}")
    assert [file["name"] for file in version["files"]] == ["answer.md"]
    assert version["summary"] == "It is 42."
    assert [claim["value"] for claim in version["claims"]] == [42]
    api.post(f"/deliverables/{waiting['deliverable_id']}/accept", {"sha256": waiting["sha256"]})
    until(api, card_id, "done")


def test_what_it_asked_leave_for_is_not_run_once_the_card_is_cancelled(
    api: Api, connector: Connector, room: str
) -> None:
    card = CardSeen(api, room, card_in(api, room, "permission that is never given"))
    ask = card.asked("permission")
    before = connector.noted("chosen")
    api.post(f"/cards/{card.card_id}/cancel", {"reason": "not needed"})
    connector.wait_until("over: permission that is never given")
    assert connector.noted("chosen") == before and connector.noted("ran") == []
    status, _ = api.call("POST", f"/asks/{ask['id']}/answer", {"decision": "allow_once"})
    assert status == 409
    assert not list((connector.state / "runs").iterdir()), "its token is still there"


def test_what_people_say_meanwhile_is_its_next_prompt(
    api: Api, connector: Connector, room: str
) -> None:
    card = CardSeen(api, room, card_in(api, room, "slow 3 seconds"))
    card.until(lambda: card.events("run.progressed"), "it is at work")
    api.post(f"/cards/{card.card_id}/messages", {"body": "@Helper Mind the gap."})
    card.until_review()
    assert any("Mind the gap." in prompt for prompt in connector.noted("prompts"))


def test_a_changed_card_is_brought_in_line(api: Api, connector: Connector, room: str) -> None:
    card = CardSeen(api, room, card_in(api, room, "slow 2.9 seconds"))
    card.until(lambda: card.events("run.progressed"), "it is at work")
    status, _ = api.call("PATCH", f"/cards/{card.card_id}", {"brief": "With a hat on."})
    assert status == 200
    card.until_review()
    assert any("With a hat on." in prompt for prompt in connector.noted("prompts")[-1:])


def test_large_files_go_up_beside_the_message(
    api: Api, place: Installation, tmp_path: Path
) -> None:
    script = "open('large.bin', 'wb').write(bytes(300_000)); print('There.')"
    large = Connector(place, tmp_path / "large", "--plain")
    try:
        large.pair("--agent", "Large", "--", sys.executable, "-c", script)
        room = room_with(api, agent_named(api, "Large"), name="Large")
        version = CardSeen(api, room, card_in(api, room, "A large file")).until_review()
        sizes = {file["name"]: file["size"] for file in version["files"]}
        assert sizes == {"large.bin": 300_000, "result.md": 7}
    finally:
        large.stop()
