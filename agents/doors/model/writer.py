"""The one writer of this process: commits together what has gathered from many runs of a room.

Whoever puts something here goes on once it is committed, or is told why it was refused. One
transaction is about one room, so that locks are taken in the order in which everybody takes them.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import close_old_connections, connection, transaction

from workspace.commands.exchanges import keep_turns
from workspace.errors import Refused
from workspace.reports import Turn

log = logging.getLogger("muster.model")
T = TypeVar("T")
Command = Callable[[datetime], Any]
MOST_TOGETHER = 200
PAUSE = 0.5  # of what a write took
LONGEST_PAUSE = 0.2


@dataclass(slots=True)
class Put:
    """Something to be kept, and where whoever put it waits."""

    room_id: str
    what: Turn | Command
    done: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


class Writer:
    """A thread that writes; `keep` and `carry_out` are called on the loop it answers to."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Put] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="model-writer", daemon=True).start()

    async def keep(self, room_id: str, turn: Turn) -> None:
        """Keep a turn. Raises Refused."""
        await self._put(room_id, turn)

    async def carry_out(self, room_id: str, command: Callable[[datetime], T]) -> T:
        """Have a command about this room carried out. Raises what it raises."""
        found: T = await self._put(room_id, command)
        return found

    async def _put(self, room_id: str, what: Turn | Command) -> Any:
        done = asyncio.get_running_loop().create_future()
        self._waiting.put(Put(room_id, what, done))
        return await done

    def _run(self) -> None:
        while True:
            for together in _by_room(self._gathered()):
                began = time.monotonic()
                self._write(together)
                if connection.vendor == "sqlite":
                    # Whoever waits for SQLite's one lock only looks now and then: it has to be
                    # free for a while, or nobody else in the house ever writes.
                    time.sleep(min(time.monotonic() - began, LONGEST_PAUSE) * PAUSE)

    def _gathered(self) -> list[Put]:
        found = [self._waiting.get()]
        while len(found) < MOST_TOGETHER:
            try:
                found.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return found

    def _write(self, together: list[Put]) -> None:
        close_old_connections()
        try:
            with transaction.atomic():
                write_all(together)
        except Exception as error:  # noqa: BLE001 — each is told of its own
            # Nothing of it was kept: each by itself, so that one that cannot be holds up nobody.
            log.warning("what has gathered could not be kept together: %s", error)
            for put in together:
                _alone(put)
        _tell(together)


def _by_room(found: list[Put]) -> list[list[Put]]:
    rooms: dict[str, list[Put]] = {}
    for put in found:
        rooms.setdefault(put.room_id, []).append(put)
    return list(rooms.values())


def write_all(together: list[Put]) -> None:
    """Everything of one room, in one transaction: turns at once, commands each by itself."""
    at = datetime.now(UTC)
    turns = [put for put in together if isinstance(put.what, Turn)]
    if turns:
        kept = [put.what for put in turns if isinstance(put.what, Turn)]
        refused = keep_turns(room_id=turns[0].room_id, turns=kept, at=at)
        for put in turns:
            assert isinstance(put.what, Turn)
            put.error = refused.get(put.what.run_id)
    for put in together:
        if not isinstance(put.what, Turn):
            _carry_out(put, put.what, at)


def _carry_out(put: Put, command: Command, at: datetime) -> None:
    put.result, put.error = None, None
    try:
        put.result = command(at)
    except (Refused, ValueError) as error:
        put.error = error


def _alone(put: Put) -> None:
    put.result, put.error = None, None
    try:
        with transaction.atomic():
            write_all([put])
    except Exception as error:  # noqa: BLE001 — whoever waits is told
        put.error = error


def _tell(together: list[Put]) -> None:
    """Wake the loop once for all who wait."""
    loop = together[0].done.get_loop()

    def tell() -> None:
        for put in together:
            if put.done.done():
                continue
            if put.error is not None:
                put.done.set_exception(put.error)
            else:
                put.done.set_result(put.result)

    loop.call_soon_threadsafe(tell)
