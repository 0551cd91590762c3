"""One connector's socket as a program of its own, put before Django by the composition root.

Only a bearer token opens it. A browser cannot send one, and whoever sends cookies is a browser:
they are refused, so no page of anybody else can use a person's standing here.
"""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from agents.doors.connector import holder
from agents.doors.connector.frames import (
    LARGEST_FRAME,
    Ack,
    Beaten,
    Frame,
    Hello,
    Ping,
    Told,
    Unreadable,
    read_frame,
    written,
)
from agents.doors.connector.holder import Link, in_thread
from agents.doors.fields import Malformed
from agents.doors.json_wall import JsonRefused
from agents.doors.webhook.http import log_call
from workspace.commands.callbacks import beat, receive
from workspace.commands.connectors import hold_connector, known_connector, runs_over
from workspace.commands.leases import know_run
from workspace.errors import Refused
from workspace.ids import new_id
from workspace.policy import needs

if TYPE_CHECKING:
    from workspace.models import Connector, Run
    from workspace.reports import Credentials

log = logging.getLogger("muster.connectors")
Message: TypeAlias = dict[str, Any]
HELLO_WITHIN = 15.0
MOST_PENDING = 256  # frames nobody has taken yet; whoever sends more floods
FLOODING, UNREADABLE, NO_HELLO, REFUSED = 4429, 4400, 4401, 4403


async def application(scope: Message, receive: Any, send: Any) -> None:
    """Serve one socket from its first word to its last."""
    await receive()  # websocket.connect
    connector = await _who(scope)
    if connector is None:
        await send({"type": "websocket.close", "code": REFUSED})
        return
    await send({"type": "websocket.accept"})
    await _Talk(connector, receive, send).run()


async def _who(scope: Message) -> "Connector | None":
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if b"cookie" in headers:
        return None
    scheme, _, token = headers.get(b"authorization", b"").decode("latin1").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > 200:
        return None
    return await in_thread(lambda: known_connector(token))


class _Talk:
    """The reading and the writing of one socket."""

    def __init__(self, connector: "Connector", receive: Any, send: Any) -> None:
        self.connector, self.receive, self.send = connector, receive, send
        self.pending: asyncio.Queue[str] = asyncio.Queue(MOST_PENDING)
        self.closing: int | None = None
        self.link: Link | None = None

    async def run(self) -> None:
        reading = asyncio.create_task(self._read())
        taking = asyncio.create_task(self._take_all())
        try:
            done, _ = await asyncio.wait((reading, taking), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if (fault := task.exception()) is not None:
                    log.error("connector %s: %r", self.connector.id, fault, exc_info=fault)
        finally:
            for task in (reading, taking):
                task.cancel()
            with suppress(RuntimeError, OSError):
                await self.close(self.closing or 1000)
            if self.link is not None:
                await holder.leave(self.link)

    async def close(self, code: int) -> None:
        if self.closing != -1:
            self.closing = -1
            await self.send({"type": "websocket.close", "code": code})

    async def _read(self) -> None:
        """Until the socket is closed, or says more than anybody can take."""
        while True:
            message = await self.receive()
            if message["type"] == "websocket.disconnect":
                self.closing = -1
                return
            text = message.get("text")
            if text is None or len(text) > LARGEST_FRAME:
                self.closing = UNREADABLE
                return
            if self.link is not None:
                self.link.heard_at = time.monotonic()
            try:
                self.pending.put_nowait(text)
            except asyncio.QueueFull:
                log.warning("connector %s floods its socket", self.connector.id)
                self.closing = FLOODING
                return

    async def _take_all(self) -> None:
        try:
            link = await self._greeted()
        except (TimeoutError, Malformed, JsonRefused, Refused, Unreadable) as why:
            log.info("connector %s: no hello: %s", self.connector.id, why)
            self.closing = NO_HELLO
            return
        writing = asyncio.create_task(self._write(link))
        try:
            while True:
                await self._take(link, await self.pending.get())
        except (Malformed, JsonRefused) as why:
            log.info("connector %s: unreadable frame: %s", self.connector.id, why)
            self.closing = UNREADABLE
        finally:
            writing.cancel()

    async def _greeted(self) -> Link:
        """The hello taken: this session counts from now on."""
        hello = read_frame(await asyncio.wait_for(self.pending.get(), HELLO_WITHIN))
        if not isinstance(hello, Hello):
            raise Malformed("/type", "unknown_value", allowed=["hello"])
        session = new_id("ses")
        ids = await in_thread(lambda: self._hold(hello, session))
        link = Link(
            connector_id=self.connector.id,
            session=session,
            names={agent_id: name for name, agent_id in ids.items()},
            loop=asyncio.get_running_loop(),
            close=self.close,
        )
        self.link = link
        over = await in_thread(lambda: runs_over(self.connector.id, hello.runs))
        link.say(holder.welcome(link, self.connector.name, over))
        holder.join(link)
        return link

    def _hold(self, hello: Hello, session: str) -> dict[str, str]:
        return hold_connector(
            connector_id=self.connector.id,
            session=session,
            version=hello.version,
            agents=hello.agents,
            at=datetime.now(UTC),
        )

    async def _write(self, link: Link) -> None:
        while True:
            await self.send({"type": "websocket.send", "text": await link.queue.get()})

    async def _take(self, link: Link, text: str) -> None:
        try:
            frame: Frame = read_frame(text)
        except Unreadable as unreadable:
            link.say(_refused(unreadable.run_id, unreadable.batch, unreadable.why))
            return
        match frame:
            case Ack(delivery_id, refused):
                link.acknowledged(delivery_id, refused)
            case Told():
                link.say(await in_thread(lambda: _told(link, frame)))
            case Beaten():
                if (answer := await in_thread(lambda: _beaten(link, frame))) is not None:
                    link.say(answer)
            case Ping():
                link.say(written("pong", {}))
            case Hello():
                raise Malformed("/type", "unknown_value", allowed=["ack", "events", "beat", "ping"])


@needs("run.token")
def _told(link: Link, told: Told) -> str:
    """Take a batch; the answer lets the connector forget it, whatever came of it."""
    started, at = time.monotonic(), datetime.now(UTC)
    try:
        run = _run_of(link, told.run_id, told.shown)
        counts = receive(
            run_id=told.run_id, credentials=told.shown, events=list(told.events), at=at
        )
    except Refused as refused:
        return _refused(told.run_id, told.batch, refused)
    log_call(run, "events", 200, started, at)
    return written("taken", {"run": told.run_id, "batch": told.batch, **counts})


@needs("run.token")
def _beaten(link: Link, beaten: Beaten) -> str | None:
    """A heartbeat is only answered where the connector should know something."""
    try:
        _run_of(link, beaten.run_id, beaten.shown)
        at = datetime.now(UTC)
        beat(run_id=beaten.run_id, credentials=beaten.shown, said=beaten.beat, after=0, at=at)
    except Refused as refused:
        return _refused(beaten.run_id, None, refused)
    return None


def _run_of(link: Link, run_id: str, shown: "Credentials") -> "Run":
    """Only runs of agents behind this socket are there for it."""
    run = know_run(run_id, shown)
    if run.agent_id not in link.names:
        raise Refused("unknown_run", status=404)
    return run


def _refused(run_id: str, batch: int | None, why: Refused | Malformed) -> str:
    said: dict[str, object] = {"run": run_id, "batch": batch, "code": why.code}
    if isinstance(why, Malformed):
        said |= {"code": "malformed", "problem": why.code, "at": why.at}
    else:
        said |= {"kept": bool(why.params.get("kept"))}
    return written("refused", said)
