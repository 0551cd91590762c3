"""Sockets: resumed where they left off, refused to strangers and to other sites."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.journeys.installation import Api, Installation

pytestmark = pytest.mark.asyncio(loop_scope="function")


def a_quiet_room(api: Api, name: str) -> str:
    """A room where nothing happens by itself."""
    room_id = str(api.post("/rooms", {"name": name, "goal": "Keep still."})["id"])
    api.post(f"/rooms/{room_id}/pause")
    return room_id


async def signed_in(muster: Installation, link: str) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))  # it is an address
    async with session.get(link) as answer:
        assert answer.status == 200
    return session


async def watching(
    session: aiohttp.ClientSession, muster: Installation, room_id: str, since: int = 0
) -> aiohttp.ClientWebSocketResponse:
    socket = await session.ws_connect(
        f"{muster.url}/live/rooms/{room_id}", headers={"Origin": muster.url}
    )
    await socket.send_str(json.dumps({"since": since}))
    return socket


async def frame_with(
    socket: aiohttp.ClientWebSocketResponse, text: str, within: float
) -> dict[str, Any]:
    """The first frame whose content holds `text`."""
    async with asyncio.timeout(within):
        while True:
            frame = json.loads((await socket.receive(within)).data)
            if text in frame["content"]:
                return dict(frame)


async def test_a_socket_that_comes_back_gets_what_it_missed(muster: Installation, api: Api) -> None:
    room_id = a_quiet_room(api, "Missed")
    async with await signed_in(muster, muster.manage("sign_in_link")) as session:
        socket = await watching(session, muster, room_id)
        seq = (await frame_with(socket, "room-head", 5))["seq"]
        await socket.close()
        api.post(f"/rooms/{room_id}/cards", {"title": "Missed one", "brief": "", "criteria": []})
        socket = await watching(session, muster, room_id, since=seq)
        frame = await frame_with(socket, "Missed one", 3)
        assert frame["seq"] > seq
        await socket.close()


async def test_nobody_watches_a_room_they_are_not_in(muster: Installation, api: Api) -> None:
    room_id = a_quiet_room(api, "Closed")
    async with aiohttp.ClientSession() as stranger:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await watching(stranger, muster, room_id)


async def test_another_site_cannot_open_a_socket(muster: Installation, api: Api) -> None:
    room_id = a_quiet_room(api, "Hijack")
    async with await signed_in(muster, muster.manage("sign_in_link")) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(
                f"{muster.url}/live/rooms/{room_id}", headers={"Origin": "https://evil.example"}
            )


async def until_closed(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """The code it is closed with."""
    while (await socket.receive()).type == aiohttp.WSMsgType.TEXT:
        continue
    return socket.close_code


async def test_a_removed_members_socket_closes(muster: Installation, api: Api) -> None:
    room_id = a_quiet_room(api, "Removed")
    whole = api.get(f"/rooms/{room_id}")
    me = whole["members"][0]["person_id"]
    script = (
        "from django.utils import timezone\n"
        "from workspace.actors import SYSTEM, By\n"
        "from workspace.commands.people import invite, join_by_invite, make_sign_in_link\n"
        f"by, at = By({me!r}), timezone.now()\n"
        f"_, token = invite(room_id={room_id!r}, role='reviewer', by=by, at=at)\n"
        "member = join_by_invite(token=token, name='Guest', person=None, at=at)\n"
        "print(member.person_id, make_sign_in_link(person=member.person, at=at))\n"
    )
    guest, token = muster.manage("shell", "--no-imports", "-c", script).split()[-2:]
    async with await signed_in(muster, f"{muster.url}/sign-in/{token}") as session:
        socket = await watching(session, muster, room_id)
        await frame_with(socket, "room-head", 5)
        removing = (
            "from django.utils import timezone\n"
            "from workspace.actors import By\n"
            "from workspace.commands.people import remove_member\n"
            f"remove_member(room_id={room_id!r}, person_id={guest!r}, by=By({me!r}), "
            "at=timezone.now())\n"
        )
        # It listens all the while, as a browser does: a close that nobody answers is cut off.
        closed = asyncio.create_task(until_closed(socket))
        await asyncio.to_thread(muster.manage, "shell", "--no-imports", "-c", removing)
        async with asyncio.timeout(2):
            assert await closed == 4403
