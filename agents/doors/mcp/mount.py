"""`/mcp` as a program of its own, for the composition root to put before Django.

Here: who calls, how often, and what is said to a client without a token. What comes next is
imported and started with the first agent that comes: daphne sends no lifespan.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.db import close_old_connections

from agents.doors.mcp.caller import called_by
from agents.doors.mcp.door import CAPABILITIES
from workspace.actors import By
from workspace.commands.agent_tokens import use_agent_token
from workspace.commands.agents import note_verification

if TYPE_CHECKING:
    from workspace.models import Agent

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
TOKEN = re.compile(r"mat_[A-Za-z0-9_-]{20,100}")
METADATA = "/.well-known/oauth-protected-resource"
# An agent may call this often at once, and this often a second in the long run.
BURST, PER_SECOND = 60.0, 10.0
MOST_KNOWN = 10_000
_doormen = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mcp-door")


class Bucket:
    """How many calls each agent may still make; kept in this process only."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, agent_id: str, now: float) -> float:
        """Count one call: 0, or how many seconds it comes too early."""
        left, seen = self._left.pop(agent_id, (BURST, now))
        left = min(BURST, left + (now - seen) * PER_SECOND)
        is_early = left < 1
        self._left[agent_id] = (left if is_early else left - 1, now)
        if len(self._left) > MOST_KNOWN:
            del self._left[next(iter(self._left))]
        return (1 - left) / PER_SECOND if is_early else 0.0


class Mounted:
    """The ASGI program. One for a process; a server that ended is started anew."""

    def __init__(self) -> None:
        self._calls = Bucket()
        self._starting: asyncio.Lock | None = None
        self._running: asyncio.Task[None] | None = None
        self._manager: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            # No streams are kept open: agents poll, and every request stands for itself.
            await _answer(send, 405, {"error": "method_not_allowed"}, {"allow": "POST"})
            return
        agent = await asyncio.get_running_loop().run_in_executor(_doormen, _known, scope)
        if agent is None:
            await _answer(send, 401, *_unknown())
            return
        if wait := self._calls.wait(agent.id, time.monotonic()):
            headers = {"retry-after": str(max(1, round(wait)))}
            await _answer(send, 429, {"error": "rate_limited"}, headers)
            return
        called_by(agent)
        manager = await self._started()
        await manager.handle_request({**scope, "path": "/mcp"}, receive, send)

    async def _started(self) -> Any:
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if self._running is None or self._running.done():
                loop = asyncio.get_running_loop()
                server = await loop.run_in_executor(_doormen, _imported)
                self._manager = server.start(server.build())
                is_up: asyncio.Future[None] = loop.create_future()
                self._running = loop.create_task(_keep(self._manager, is_up))
                await is_up
        return self._manager

    async def stop(self) -> None:
        """End what runs, for whoever ends the loop before the process."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None


async def _keep(manager: Any, is_up: "asyncio.Future[None]") -> None:
    try:
        async with manager.run():
            is_up.set_result(None)
            await asyncio.Event().wait()
    except BaseException as error:
        if not is_up.done():
            is_up.set_exception(error)
        raise


def _imported() -> Any:
    return import_module("agents.doors.mcp.server")


def _known(scope: Scope) -> "Agent | None":
    """The agent whose token came, met for the first time if it was not seen before."""
    close_old_connections()
    try:
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin1")
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not TOKEN.fullmatch(token.strip()):
            return None
        at = datetime.now(UTC)
        agent = use_agent_token(token=token.strip(), at=at)
        if agent is not None and agent.door == "mcp" and agent.status == "unverified":
            step = {"code": "came_with_its_token", "ok": True, "params": {}, "took_ms": 0}
            note_verification(
                agent_id=agent.id,
                status="verified",
                steps=[step],
                said={"capabilities": CAPABILITIES},
                by=By(agent.id),
                at=at,
            )
            agent.refresh_from_db()
        return agent
    finally:
        close_old_connections()


def _unknown() -> tuple[dict[str, Any], dict[str, str]]:
    says = "An agent token is needed: Authorization: Bearer mat_…"
    place = f'resource_metadata="{settings.MUSTER_URL}{METADATA}/mcp"'
    told = {"www-authenticate": f'Bearer error="invalid_token", {place}'}
    return {"error": "invalid_token", "error_description": says}, told


async def metadata(scope: Scope, receive: Receive, send: Send) -> None:
    """RFC 9728. No authorization server is named: tokens are made on the agent's page."""
    told = {
        "resource": f"{settings.MUSTER_URL}/mcp",
        "resource_name": "Muster",
        "bearer_methods_supported": ["header"],
        "resource_documentation": f"{settings.MUSTER_URL}/agents",
    }
    await _answer(send, 200, told, {"cache-control": "public, max-age=3600"})


async def _answer(send: Send, status: int, body: Any, headers: dict[str, str]) -> None:
    told = {"content-type": "application/json", **headers}
    raw = [(name.encode(), value.encode("latin1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


application = Mounted()
