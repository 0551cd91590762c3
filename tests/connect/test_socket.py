"""The socket as somebody might come to it who is no connector of ours, or one gone wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agents.connect import web
from tests.connect.running import Browserless, card_in, pairing_code, room_with
from tests.contract.seen import CardSeen
from tests.journeys.installation import Api, Installation, wait_for

HELLO = {"type": "hello", "protocol": 1, "version": "t", "agents": [{"name": "Raw"}]}


@pytest.fixture(scope="module")
def paired(place: Installation) -> dict[str, Any]:
    return pair(place, "Raw connector")


def pair(place: Installation, name: str) -> dict[str, Any]:
    return web.pair(place.url, {"code": pairing_code(place), "name": name, "version": "t"})


def socket(place: Installation, token: str = "", **headers: str) -> Any:
    url = place.url.replace("http", "ws", 1) + "/connect"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return connect(url, additional_headers=headers, max_size=2**21, open_timeout=10)


async def greeted(socket: ClientConnection, name: str = "Raw") -> dict[str, Any]:
    await say(socket, {**HELLO, "agents": [{"name": name}]})
    return await heard(socket, "welcome")


async def say(socket: ClientConnection, frame: dict[str, Any]) -> None:
    await socket.send(json.dumps(frame))


async def heard(socket: ClientConnection, kind: str, within: float = 20) -> dict[str, Any]:
    """The next frame of that kind; others are passed over."""
    async with asyncio.timeout(within):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


async def closed(socket: ClientConnection, within: float = 30) -> int:
    async with asyncio.timeout(within):
        with suppress(ConnectionClosed):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code


# --- who may come in ---------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "con_nobody", "mst_" + "x" * 43])
async def test_nobody_comes_in_without_a_connectors_token(place: Installation, token: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(place, token):
            pass
    assert refused.value.response.status_code == 403


async def test_who_sends_a_cookie_is_a_browser_and_is_refused(
    place: Installation, paired: dict[str, Any]
) -> None:
    with pytest.raises(InvalidStatus):
        async with socket(place, paired["token"], Cookie="sessionid=stolen"):
            pass
    async with socket(place, paired["token"]) as mine:
        assert (await greeted(mine))["connector"]["id"] == paired["connector"]["id"]


async def test_a_personal_token_of_the_api_opens_no_socket(place: Installation, api: Api) -> None:
    with pytest.raises(InvalidStatus):
        async with socket(place, api.token):
            pass


# --- what it says ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first",
    [
        "nonsense", "[]", '{"type": "ping"}', '{"type": "hello", "protocol": 2, "agents": []}',
        '{"type": "hello", "protocol": 1, "agents": [{"name": ""}]}',
        '{"type": "hello", "protocol": 1, "agents": [{"name": "a"}, {"name": "a"}]}',
        '{"type": "hello", "protocol": NaN, "agents": []}',
    ],
)  # fmt: skip
async def test_who_does_not_greet_is_closed(
    place: Installation, paired: dict[str, Any], first: str
) -> None:
    async with socket(place, paired["token"]) as mine:
        await mine.send(first)
        assert await closed(mine) == 4401


@pytest.mark.parametrize(
    "frame", ["nonsense", b"\x00\x01", '{"type": "unknown"}', json.dumps(HELLO), "x" * 600_000]
)
async def test_a_frame_that_is_none_closes_the_socket(
    place: Installation, paired: dict[str, Any], frame: str | bytes
) -> None:
    async with socket(place, paired["token"]) as mine:
        await greeted(mine)
        await mine.send(frame)
        assert await closed(mine) == 4400


async def test_a_flood_closes_the_socket_and_nobody_else_notices(
    place: Installation, api: Api, paired: dict[str, Any]
) -> None:
    beat = json.dumps({"type": "beat", "run": "run_nobody", "token": "rt_x", "lease": "lse_x"})
    async with socket(place, paired["token"]) as mine:
        await greeted(mine)
        with suppress(ConnectionClosed):
            for _ in range(20_000):
                await mine.send(beat)
        assert await closed(mine) == 4429
    assert api.get("/rooms")["items"] is not None


async def test_a_run_that_is_not_its_own_is_not_there(
    place: Installation, paired: dict[str, Any]
) -> None:
    async with socket(place, paired["token"]) as mine:
        await greeted(mine)
        event = {"id": "1", "seq": 1, "type": "run.accepted"}
        await say(mine, {"type": "events", "run": "run_nobody", "token": "rt_x", "batch": 1,
                         "events": [event]})  # fmt: skip
        assert (await heard(mine, "refused"))["code"] == "unknown_run"


# --- at work -----------------------------------------------------------------------------


@pytest.fixture
def raw(place: Installation) -> Iterator[dict[str, Any]]:
    yield pair(place, "Worker")


def given(api: Api, agent_id: str, title: str) -> CardSeen:
    room = room_with(api, agent_id, name=title)
    return CardSeen(api, room, card_in(api, room, title))


def about(order: dict[str, Any]) -> dict[str, Any]:
    run = order["event"]["data"]["run"]
    token = order["event"]["data"]["callback"]["token"]
    return {"run": run["id"], "token": token, "lease": run["lease_token"]}


async def test_an_event_said_twice_has_one_effect_and_one_not_understood_has_none(
    place: Installation, api: Api, raw: dict[str, Any]
) -> None:
    async with socket(place, raw["token"]) as mine:
        welcome = await greeted(mine, "Twice")
        card = await asyncio.to_thread(given, api, welcome["agents"][0]["id"], "Said twice")
        order = await heard(mine, "event")
        await say(mine, {"type": "ack", "id": order["id"]})
        event = {
            "id": "done",
            "seq": 1,
            "type": "run.completed",
            "data": {
                "artifacts": [{"name": "a.md", "media_type": "text/markdown", "content": "A"}]
            },
        }
        batch = {"type": "events", **about(order), "batch": 1, "events": [event]}
        bad = {**batch, "events": [{"id": "bad", "type": "run.progress", "data": {"percent": "x"}}]}
        await say(mine, bad)
        refused = await heard(mine, "refused")
        assert (refused["code"], refused["at"]) == ("malformed", "/events/0/data/percent")
        await say(mine, batch)
        assert (await heard(mine, "taken"))["accepted"] == 1
        await say(mine, batch)
        again = await heard(mine, "taken")
        assert (again["accepted"], again["duplicates"]) == (0, 1)
    assert len((await asyncio.to_thread(card.now))["deliverables"]) == 1


async def test_an_order_that_was_not_acknowledged_comes_again_under_its_id(
    place: Installation, api: Api, raw: dict[str, Any]
) -> None:
    async with socket(place, raw["token"]) as mine:
        welcome = await greeted(mine, "Again")
        await asyncio.to_thread(given, api, welcome["agents"][0]["id"], "Comes again")
        first = await heard(mine, "event")
    async with socket(place, raw["token"]) as mine:
        await greeted(mine, "Again")
        second = await heard(mine, "event")
        await say(mine, {"type": "ack", "id": second["id"]})
    assert first["id"] == second["id"]
    assert about(first) == about(second)


async def test_another_socket_with_its_token_takes_over(
    place: Installation, raw: dict[str, Any]
) -> None:
    async with socket(place, raw["token"]) as old, socket(place, raw["token"]) as new:
        await greeted(old)
        await greeted(new)
        assert await closed(old) == 4409
        await say(new, {"type": "ping"})
        await heard(new, "pong")


async def test_a_connector_that_is_removed_in_the_page_is_closed_and_its_agents_are_gone(
    place: Installation, api: Api, raw: dict[str, Any]
) -> None:
    async with socket(place, raw["token"]) as mine:
        welcome = await greeted(mine, "To be removed")
        agent_id = welcome["agents"][0]["id"]
        await asyncio.to_thread(_removed_in_the_page, place, raw["connector"]["id"])
        assert await closed(mine, within=5) == 4403
    with pytest.raises(InvalidStatus):
        async with socket(place, raw["token"]):
            pass

    def gone() -> bool:
        return api.call("GET", f"/agents/{agent_id}")[0] == 404

    await asyncio.to_thread(wait_for, gone, 10, "its agent is removed")


def _removed_in_the_page(place: Installation, connector_id: str) -> None:
    pages = Browserless(place)
    assert "To be removed" in pages.get("/connectors")
    after = pages.post("/connectors", f"/connectors/{connector_id}/revoke")
    assert "To be removed" not in after
