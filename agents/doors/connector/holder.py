"""The sockets this process holds, and what is owed to the agents behind them.

Level-triggered: each second, and sooner on a hint, the rows are looked at. A socket whose session
is not the connector's any more, or whose connector was revoked, is closed.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from channels.layers import get_channel_layer
from django.db import close_old_connections

from agents.doors.base import Sent
from agents.doors.connector.frames import written
from agents.doors.outcomes import Delivered, TryAgain, Unacceptable
from agents.doors.sending import begin_all
from workspace import outbox
from workspace.commands.connectors import (
    is_revoked,
    keep_connectors,
    leave_connector,
    still_held,
)
from workspace.nudges import AWAY, LIVE_GROUP

if TYPE_CHECKING:
    from agents.doors.outcomes import Outcome
    from workspace.models import Agent

T = TypeVar("T")
log = logging.getLogger("muster.connectors")
LOOK_EVERY = 1.0
LOOKS_APART = 0.1  # at least, however many hints come
KEEP_EVERY = 5.0
ACK_WITHIN = 20.0  # less than a claim lasts
HEARD_WITHIN = 45.0
MOST_UNACKED = 32
MOST_WAITING = 128  # frames to a socket; one that is further behind is closed
REPLACED, REVOKED, BEHIND, SILENT = 4409, 4403, 4408, 4410
_readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="connectors")


async def in_thread(act: Callable[[], T]) -> T:
    """Run what talks to the database off the loop."""

    def with_fresh_connection() -> T:
        close_old_connections()
        return act()

    return await asyncio.get_running_loop().run_in_executor(_readers, with_fresh_connection)


@dataclass(slots=True)
class Waiting:
    """A delivery on the wire: who waits for its acknowledgement, and since when."""

    told: "Future[Sent]"
    since: float


@dataclass(eq=False)
class Link:
    """One connector's socket in this process. `names` are its agents' own words for themselves."""

    connector_id: str
    session: str
    names: dict[str, str]
    loop: asyncio.AbstractEventLoop
    close: Callable[[int], Awaitable[None]]
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    unacked: dict[str, Waiting] = field(default_factory=dict)
    heard_at: float = field(default_factory=time.monotonic)
    closed_with: int | None = None

    def bring(self, delivery_id: str, frame: str) -> "Future[Sent]":
        """Send a delivery from any thread; the future is done once it is acknowledged or lost."""
        told: Future[Sent] = Future()
        self.loop.call_soon_threadsafe(self._bring, delivery_id, frame, told)
        return told

    def _bring(self, delivery_id: str, frame: str, told: "Future[Sent]") -> None:
        if self.closed_with is not None:
            told.set_result(Sent(TryAgain("offline", {})))
            return
        self.unacked[delivery_id] = Waiting(told, time.monotonic())
        self.say(frame)

    def say(self, frame: str) -> None:
        """Queue a frame; a socket that does not keep up is closed and comes back."""
        try:
            self.queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.leave_with(BEHIND)

    def acknowledged(self, delivery_id: str, refused: str) -> None:
        outcome: Outcome = Unacceptable(refused, {}) if refused else Delivered()
        self._settle(delivery_id, outcome)

    def _settle(self, delivery_id: str, outcome: "Outcome") -> None:
        if waiting := self.unacked.pop(delivery_id, None):
            took = int((time.monotonic() - waiting.since) * 1000)
            waiting.told.set_result(Sent(outcome, took_ms=took))

    def give_up_waiting(self, now: float) -> None:
        """What nobody acknowledged may have arrived: sent again later, it is known by its id."""
        late = [id for id, one in self.unacked.items() if now - one.since > ACK_WITHIN]
        for delivery_id in late:
            self._settle(delivery_id, TryAgain("deadline", {}))

    def leave_with(self, code: int) -> None:
        if self.closed_with is None:
            self.closed_with = code
            self.loop.create_task(self._close(code))

    async def _close(self, code: int) -> None:
        with suppress(RuntimeError, OSError):  # it may be gone already
            await self.close(code)

    def over(self) -> None:
        """The socket is gone; nothing on the wire is known to have arrived."""
        self.closed_with = self.closed_with or 1000
        for delivery_id in list(self.unacked):
            self._settle(delivery_id, TryAgain("connection_lost", {}))


_links: dict[str, Link] = {}
_tasks: list[asyncio.Task[None]] = []
_awake = asyncio.Event()


def link_of(agent: "Agent") -> Link | None:
    """The socket here behind which this agent is."""
    link = _links.get(agent.connector_id or "")
    return link if link is not None and agent.id in link.names else None


def join(link: Link) -> None:
    """This process holds the socket now. One before it of the same connector is closed."""
    if before := _links.get(link.connector_id):
        before.leave_with(REPLACED)
    _links[link.connector_id] = link
    if not _tasks:
        _tasks.extend(
            (asyncio.create_task(_look_for_ever()), asyncio.create_task(_hear_for_ever()))
        )
    _awake.set()


async def leave(link: Link) -> None:
    if _links.get(link.connector_id) is link:
        del _links[link.connector_id]
    link.over()
    await in_thread(
        lambda: leave_connector(
            connector_id=link.connector_id, session=link.session, at=datetime.now(UTC)
        )
    )


async def _look_for_ever() -> None:
    kept_at = time.monotonic()
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(_awake.wait(), LOOK_EVERY)
        _awake.clear()
        try:
            is_time = time.monotonic() - kept_at >= KEEP_EVERY
            await _look(is_time)
            kept_at = time.monotonic() if is_time else kept_at
        except Exception:
            log.exception("looking failed; the next look is in a second")
        await asyncio.sleep(LOOKS_APART)


async def _look(is_time_to_keep: bool) -> None:
    """Close what does not count any more, then begin what is owed to the others."""
    links, now = dict(_links), time.monotonic()
    for link in links.values():
        link.give_up_waiting(now)
        if now - link.heard_at > HEARD_WITHIN:
            link.leave_with(SILENT)
    if not links:
        return
    sessions = {key: link.session for key, link in links.items()}
    at = datetime.now(UTC)
    ours = await in_thread(
        lambda: (
            keep_connectors(sessions=sessions, at=at) if is_time_to_keep else still_held(sessions)
        )
    )
    for key in sessions.keys() - ours:
        is_gone = await in_thread(lambda: is_revoked(key))  # noqa: B023 — awaited here
        links[key].leave_with(REVOKED if is_gone else REPLACED)
    free = {key for key in ours if len(links[key].unacked) < MOST_UNACKED}
    if free:
        await in_thread(lambda: _begin(free, at))


def _begin(connectors: set[str], at: datetime) -> None:
    begin_all(outbox.due_for(connectors, at, MOST_UNACKED), at)


async def _hear_for_ever() -> None:
    """One subscription a process; if the broker is away, the look each second serves."""
    while True:
        try:
            layer = get_channel_layer()
            channel = await layer.new_channel()
            await layer.group_add(LIVE_GROUP, channel)
            while True:
                await layer.receive(channel)
                _awake.set()
        except AWAY as error:
            log.warning("no hints for now: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)


def welcome(link: Link, name: str, over: list[str]) -> str:
    """`over` are the runs it named that nobody waits for any more."""
    agents = [{"id": key, "name": own} for key, own in sorted(link.names.items())]
    connector = {"id": link.connector_id, "name": name}
    return written("welcome", {"connector": connector, "agents": agents, "over": over})
