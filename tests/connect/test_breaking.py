"""Whatever breaks on the way, nothing is lost, nothing is done twice, and the run goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connect.cutting import Network
from tests.connect.running import Connector, agent_named, card_in, drives, room_with, until
from tests.journeys.installation import Api, Installation, wait_for

# Two minutes where it is asked for: MUSTER_CUT_SECONDS=120.
CUT_SECONDS = float(os.environ.get("MUSTER_CUT_SECONDS", "12"))


@pytest.fixture
def connector(place: Installation, tmp_path: Path) -> Iterator[Connector]:
    made = Connector(place, tmp_path / "connector")
    yield made
    made.stop()


def paired(connector: Connector, name: str) -> Connector:
    return connector.pair("--agent", name, *drives())


def steps_of(api: Api, card_id: str) -> int:
    """How far the newest run is known to have come."""
    card = api.get(f"/cards/{card_id}")
    events = api.get(f"/rooms/{card['room_id']}/events?limit=200")["items"]
    found = [e["data"]["steps"] for e in events if e["type"] == "run.progressed"]
    return max(found, default=0)


def asked(api: Api, card_id: str) -> dict[str, Any]:
    """What its run asks. A card is people's for as long as its only agent is away."""

    def there() -> dict[str, Any] | None:
        asks = [ask for ask in api.get("/asks")["items"] if ask["kind"] != "handoff"]
        return next((ask for ask in asks if ask["card_id"] == card_id), None)

    return wait_for(there, 30, "it asks")


def only_run(api: Api, card_id: str) -> dict[str, Any]:
    """The card had one run, which handed in one version."""
    card = api.get(f"/cards/{card_id}")
    assert [run["state"] for run in card["runs"]] == ["submitted"]
    assert len(card["deliverables"]) == 1
    return dict(card["runs"][0])


def test_a_killed_connector_goes_on_with_its_run_where_it_stopped(
    api: Api, place: Installation, connector: Connector
) -> None:
    paired(connector, "Killed")
    room = room_with(api, agent_named(api, "Killed"), name="Killed")
    card_id = card_in(api, room, "slow 6 seconds")
    wait_for(lambda: steps_of(api, card_id) >= 3, 30, "it is at work")
    run_id = api.get(f"/cards/{card_id}")["run"]["id"]
    connector.kill()
    connector.start("--agent", "Killed", *drives())
    until(api, card_id, "review", within=60)
    assert only_run(api, card_id)["id"] == run_id
    # Its program was started again and told to go on in the session it had.
    prompts = connector.noted("prompts")
    assert len(prompts) == 2 and "You were interrupted" in prompts[1]
    assert len(set(connector.noted("began"))) == 1
    assert place.breaches() == []


def test_an_answer_given_while_the_connector_was_dead_counts_once(
    api: Api, place: Installation, connector: Connector
) -> None:
    paired(connector, "Waiting")
    room = room_with(api, agent_named(api, "Waiting"), name="Waiting")
    card_id = card_in(api, room, "permission please")
    ask = asked(api, card_id)
    connector.kill()
    api.post(f"/asks/{ask['id']}/answer", {"decision": "allow_once"})
    connector.start("--agent", "Waiting", *drives())
    until(api, card_id, "review", within=60)
    only_run(api, card_id)
    assert connector.noted("ran") == ['"rm -rf build"']
    asks = [e for e in api.get(f"/rooms/{room}/events?limit=200")["items"]
            if e["type"] == "ask.opened"]  # fmt: skip
    assert len(asks) == 1
    assert place.breaches() == []


def test_a_question_asked_before_a_crash_is_asked_once_and_waits(
    api: Api, connector: Connector
) -> None:
    paired(connector, "Asking")
    room = room_with(api, agent_named(api, "Asking"), name="Asking")
    card_id = card_in(api, room, "question first")
    ask = asked(api, card_id)
    connector.kill()
    connector.start("--agent", "Asking", *drives())
    connector.wait_until("online", times=2)
    time.sleep(3)
    mine = [a["id"] for a in api.get("/asks")["items"] if a["card_id"] == card_id]
    assert mine == [ask["id"]]
    answer = {"action": "accept", "content": {"region": "US"}}
    api.post(f"/asks/{ask['id']}/answer", answer)
    until(api, card_id, "review", within=60)


def test_a_cut_network_loses_nothing_in_either_direction(
    api: Api, place: Installation, connector: Connector
) -> None:
    network = Network(place.port)
    connector.url = network.url
    try:
        connector.options = ("--max", "2")
        paired(connector, "Cut")
        room = room_with(api, agent_named(api, "Cut"), name="Cut")
        asks_card = card_in(api, room, "permission please")
        works_card = card_in(api, room, f"slow {CUT_SECONDS / 2} seconds")
        ask = asked(api, asks_card)
        wait_for(lambda: steps_of(api, works_card) >= 2, 30, "it is at work")
        network.cut()
        # Decided here while it cannot hear, finished there while it cannot say so.
        api.post(f"/asks/{ask['id']}/answer", {"decision": "allow_once"})
        time.sleep(CUT_SECONDS)
        assert api.get(f"/cards/{works_card}")["status"] == "working"
        assert connector.noted("ran") == []
        network.mend()
        for card_id in (asks_card, works_card):
            until(api, card_id, "review", within=90)
            only_run(api, card_id)
        assert connector.noted("ran") == ['"rm -rf build"']
        assert len(connector.noted("prompts")) == 2
        assert place.breaches() == []
    finally:
        network.stop()


def test_a_restarted_server_finds_the_run_going_on(tmp_path: Path, own_place: Installation) -> None:
    place = own_place.start()
    api = Api(place, place.manage("api_token"))
    connector = Connector(place, tmp_path / "connector", "--max", "2")
    try:
        paired(connector, "Steady")
        room = room_with(api, agent_named(api, "Steady"))
        asks_card = card_in(api, room, "permission please")
        works_card = card_in(api, room, "slow 8 seconds")
        asked(api, asks_card)
        wait_for(lambda: steps_of(api, works_card) >= 2, 30, "it is at work")
        place.stop()
        time.sleep(6)  # long enough for the work to be done meanwhile
        place.start()
        ask = asked(api, asks_card)
        api.post(f"/asks/{ask['id']}/answer", {"decision": "allow_once"})
        for card_id in (asks_card, works_card):
            until(api, card_id, "review", within=90)
            only_run(api, card_id)
        # And the process that holds the socket, without a word of warning.
        third = card_in(api, room, "slow 4 seconds")
        wait_for(lambda: api.get(f"/cards/{third}")["status"] == "working", 30, "given")
        os.kill(place.pid("web"), signal.SIGKILL)
        wait_for(lambda: _answers(api, third), 60, "the web answers again")
        until(api, third, "review", within=60)
        only_run(api, third)
        assert len(connector.noted("prompts")) == 3
        assert connector.noted("ran") == ['"rm -rf build"']
        assert place.breaches() == []
    finally:
        connector.stop()


def _answers(api: Api, card_id: str) -> bool:
    try:
        return bool(api.get(f"/cards/{card_id}"))
    except OSError:
        return False


def test_an_agent_whose_connector_is_away_is_given_nothing_until_it_is_back(
    api: Api, connector: Connector
) -> None:
    paired(connector, "Away")
    agent_id = agent_named(api, "Away")
    room = room_with(api, agent_id, name="Away")
    connector.stop()
    card_id = card_in(api, room, "deliver later")
    api.post(f"/cards/{card_id}/assign", {"agent_id": agent_id})
    time.sleep(3)
    card = api.get(f"/cards/{card_id}")
    assert card["status"] in ("ready", "waiting") and card["runs"] == []
    connector.start("--agent", "Away", *drives())
    until(api, card_id, "review", within=30)


def test_what_is_owed_to_an_agent_that_left_waits_for_it(api: Api, connector: Connector) -> None:
    paired(connector, "Left")
    room = room_with(api, agent_named(api, "Left"), name="Left")
    card_id = card_in(api, room, "question first")
    ask = asked(api, card_id)
    connector.stop()
    answer = {"action": "accept", "content": {"region": "EU"}}
    api.post(f"/asks/{ask['id']}/answer", answer)
    time.sleep(8)  # tried, found away, tried again
    connector.start("--agent", "Left", *drives())
    until(api, card_id, "review", within=30)
