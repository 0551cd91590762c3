"""An agent of this door with its token, and the ASGI program it calls, in this process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from agents.doors.mcp.mount import Mounted
from tests import cast
from workspace.actors import SYSTEM, By
from workspace.commands.agent_tokens import make_agent_token
from workspace.commands.agents import AgentFacts, register_agent
from workspace.commands.rooms import seat_agent
from workspace.models import Agent, Person, Room

HOST = [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json"),
        (b"accept", b"application/json, text/event-stream")]  # fmt: skip


def a_puller(room: Room, name: str = "Puller", **facts: Any) -> tuple[Agent, str]:
    """An agent of the MCP door with a seat, and its token; it has not come yet."""
    owner = room.members.get(role="owner").person
    by = By(owner.id)
    agent, _ = register_agent(
        workspace_id=room.workspace_id, door="mcp", owner=owner, by=by, at=cast.AT,
        facts=AgentFacts(name=name, **facts),
    )  # fmt: skip
    seat_agent(room_id=room.id, agent_id=agent.id, by=SYSTEM, at=cast.AT)
    return agent, make_agent_token(agent_id=agent.id, by=by, at=cast.AT)


@dataclass
class Wire:
    """Calls the mounted program as a server would, and keeps what it answered last."""

    mounted: Mounted
    token: str = ""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    async def request(
        self, method: str = "POST", body: bytes = b"", host: bytes = b"127.0.0.1:8000"
    ) -> Any:
        sent: list[dict[str, Any]] = []
        head = [*HOST[1:], (b"host", host)]
        if self.token:
            head.append((b"authorization", f"Bearer {self.token}".encode()))
        scope = {"type": "http", "method": method, "path": "/mcp", "headers": head,
                 "query_string": b"", "http_version": "1.1", "scheme": "http",
                 "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 1),
                 "root_path": ""}  # fmt: skip
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.mounted(scope, receive, send)
        self.status = sent[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return b"".join(message.get("body", b"") for message in sent[1:])

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool answered; a refusal carries its `code`."""
        params = {"name": tool, "arguments": arguments}
        told = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        raw = await self.request(body=json.dumps(told).encode())
        assert self.status == 200, raw
        result = json.loads(raw)["result"]
        return {**(result.get("structuredContent") or {}), "is_error": result["isError"],
                "text": result["content"][0]["text"]}  # fmt: skip

    async def on(self, handle: dict[str, Any], tool: str, **arguments: Any) -> dict[str, Any]:
        held = {"card_id": handle["card_id"], "lease_token": handle["lease_token"]}
        return await self.call(tool, **held, **arguments)


@pytest.fixture
async def wire(transactional_db: None) -> AsyncIterator[Wire]:
    mounted = Mounted()
    yield Wire(mounted)
    await mounted.stop()


@pytest.fixture
async def owner(transactional_db: None) -> Person:
    return await sync_to_async(cast.an_owner)()


@pytest.fixture
async def room(owner: Person) -> Room:
    return await sync_to_async(cast.a_room)(owner)


@pytest.fixture
async def puller(room: Room, wire: Wire) -> Agent:
    """An agent whose token the wire shows."""
    agent, wire.token = await sync_to_async(a_puller)(room)
    return agent
