"""A card given to an agent behind a connector comes back as a deliverable that a person accepts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connect.running import Connector, agent_named, card_in, room_with, until
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
