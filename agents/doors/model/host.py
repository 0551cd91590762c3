"""Many runs in one process: taken, held for as long as they are renewed, given back.

A run is held by a claim on its conversation, not by a job: a process that dies lets its claims
lapse, and whoever looks next goes on.
"""

import asyncio
import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db import close_old_connections

from agents.doors.model.lines import Lines
from agents.doors.model.loading import Loaded, News, is_told_to_stop, load, news_of
from agents.doors.model.running import Left, Running
from agents.doors.model.writer import Writer
from agents.egress import Egress, spawn
from agents.per_process import PerProcess
from workspace import queries
from workspace.actors import SYSTEM
from workspace.commands.runs import fail_run
from workspace.commands.talks import hold_talks, leave_talk, renew_talks
from workspace.errors import Refused

log = logging.getLogger("muster.model")
T = TypeVar("T")
MOST_RUNS = 400  # under way at once in one process
CLAIM_FOR = timedelta(seconds=20)
RENEWED_EVERY = 5.0
NEWS_EVERY = 1.0
MOST_MISSES = 5
DOOR = "model"
Talk = Any


class Host:
    """The runs of this process. `look` is called from jobs; the rest lives on the egress loop."""

    def __init__(self) -> None:
        self.holder = f"host_{secrets.token_hex(12)}"
        self._live: dict[str, Running | None] = {}  # by run; None while it is being loaded
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._aside = ThreadPoolExecutor(max_workers=4, thread_name_prefix="model")
        self._writer: Writer | None = None
        self._lines = Lines()
        self._keeper: Future[None] | None = None
        self._leaving: set[str] = set()  # conversations that are being given back
        self._poked = threading.Event()
        self._is_closing = False
        self._lock = threading.Lock()

    def look(self, now: datetime) -> None:
        """Take what is due, as much as there is room for, and begin; does not wait for it."""
        with self._lock:
            room = MOST_RUNS - len(self._live)
            if room <= 0 or self._is_closing:
                return
            until = now + CLAIM_FOR
            talks = hold_talks(door=DOOR, holder=self.holder, most=room, until=until, at=now)
            fresh = [talk for talk in talks if talk.run_id not in self._live]
            self._live |= dict.fromkeys((talk.run_id for talk in fresh), None)
        for talk in fresh:
            spawn(lambda egress, talk=talk: self._begin(egress, talk))  # type: ignore[misc]
        if fresh and (self._keeper is None or self._keeper.done()):
            self._keeper = spawn(lambda _: self._keep())

    async def _begin(self, egress: Egress, talk: Talk) -> None:
        """A run from here on: whatever becomes of it, its conversation is given back."""
        task = asyncio.ensure_future(self._run(egress, talk))
        self._tasks[talk.run_id] = task
        again_at: datetime | None = None
        missed = False
        try:
            again_at = await self._outcome(task, talk)
        except Exception:
            log.exception("the loop of %s broke", talk.run_id)
            missed = True
            again_at = datetime.now(UTC) + timedelta(seconds=2 ** min(talk.misses, 6))
        finally:
            self._tasks.pop(talk.run_id, None)
            self._leaving.add(talk.id)
            self._live.pop(talk.run_id, None)
        if missed and talk.misses + 1 >= MOST_MISSES:
            again_at = None
            await self._beside(lambda: _give_up(talk.run_id))
        try:
            await self._given_back(talk, again_at, missed)
        finally:
            self._leaving.discard(talk.id)

    async def _given_back(self, talk: Talk, again_at: datetime | None, missed: bool) -> None:
        """With whatever else is kept of its room just then."""
        await self._writes().carry_out(
            talk.room_id,
            lambda at: leave_talk(
                talk_id=talk.id, due_at=again_at, missed=missed, seen_due=talk.due_at,
                holder=self.holder,
            ),
        )  # fmt: skip

    def _writes(self) -> Writer:
        if self._writer is None:
            self._writer = Writer()
        return self._writer

    async def _outcome(self, task: "asyncio.Task[None]", talk: Talk) -> datetime | None:
        """When it is to be looked at again, once it has ended in whatever way."""
        try:
            await task
        except Left as left:
            return left.again_at
        except asyncio.CancelledError:
            running = self._live.get(talk.run_id)
            if self._is_closing:
                return datetime.now(UTC)
            if running is not None:
                await running.endings.stopped()
        return None

    async def _run(self, egress: Egress, talk: Talk) -> None:
        try:
            loaded = await self._beside(lambda: load(talk.run_id, talk.facts))
        except ValueError:
            await self._beside(lambda: _fail(talk.run_id, "misconfigured", "secret_unreadable"))
            raise Left(None) from None
        if loaded is None:
            raise Left(None)
        running = self._running(loaded, egress)
        running.hear(loaded.news)
        self._live[talk.run_id] = running
        await running.go()

    def _running(self, loaded: Loaded, egress: Egress) -> Running:
        return Running(
            loaded, holder=self.holder, egress=egress, writer=self._writes(), aside=self._aside,
            lines=self._lines,
        )  # fmt: skip

    def let_go(self, within: float = 5.0) -> None:
        """Give everything back, for others to go on with at once; nothing is taken any more."""
        with self._lock:
            self._is_closing = True
        ends = time.monotonic() + within
        while (self._live or self._leaving) and time.monotonic() < ends:
            spawn(self._cancel_all).result(timeout=within)
            time.sleep(0.05)

    async def _cancel_all(self, egress: Egress) -> None:
        for run_id in list(self._tasks):
            self._stop(run_id)

    def poke(self) -> None:
        """Something has come for a run: look for news soon."""
        self._poked.set()

    async def _keep(self) -> None:
        """Renew what is held and bring news, as long as there is anything to be held."""
        renewed = 0.0
        loop = asyncio.get_running_loop()
        while self._live:
            held = list(self._live)
            try:
                if loop.time() - renewed >= RENEWED_EVERY:
                    renewed = loop.time()
                    await self._beside(lambda held=held: self._renew(held))  # type: ignore[misc]
                await self._bring_news(held)
            except Exception:  # the database may be away for a while
                log.exception("news could not be brought")
            await self._pause()

    async def _pause(self) -> None:
        until = asyncio.get_running_loop().time() + NEWS_EVERY
        while asyncio.get_running_loop().time() < until and not self._poked.is_set():
            await asyncio.sleep(0.1)
        self._poked.clear()

    def _renew(self, held: list[str]) -> None:
        until = datetime.now(UTC) + CLAIM_FOR
        renew_talks(run_ids=held, holder=self.holder, until=until)

    async def _bring_news(self, held: list[str]) -> None:
        standing = await self._beside(lambda: queries.held_talks(held))
        for run_id in held:
            running, stands = self._live.get(run_id), standing.get(run_id)
            if running is None or stands is None:
                continue
            if stands.holder != self.holder:
                self._stop(run_id)
            elif stands.inbox > running.heard:
                after = running.heard
                self._tell(run_id, running, await self._news(run_id, after))

    async def _news(self, run_id: str, after: int) -> list[News]:
        return await self._beside(lambda: news_of(run_id, after))

    def _tell(self, run_id: str, running: Running, news: list[News]) -> None:
        running.hear(news)
        if any(is_told_to_stop(one.event) for one in news):
            self._stop(run_id)

    def _stop(self, run_id: str) -> None:
        if task := self._tasks.get(run_id):
            task.cancel()

    async def _beside(self, work: Callable[[], T]) -> T:
        """Done in a thread, with a connection that is still good."""

        def done() -> T:
            close_old_connections()
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._aside, done)


def _give_up(run_id: str) -> None:
    _fail(run_id, "error", "loop_broke")


def _fail(run_id: str, kind: str, code: str) -> None:
    at = datetime.now(UTC)
    with contextlib.suppress(Refused):
        fail_run(run_id=run_id, kind=kind, evidence={"code": code, "kind": code}, by=SYSTEM, at=at)


_host = PerProcess(Host)


def host() -> Host:
    """The host of this process."""
    return _host.get()


def let_go() -> None:
    """This process ends: whoever takes its place goes on at once with what it had."""
    if (one := _host.if_made()) is not None:
        one.let_go(within=3.0)


def poke() -> None:
    """Tell the host of this process, if there is one, that something has come."""
    if (one := _host.if_made()) is not None:
        one.poke()
