"""Hints that something is there to be looked at; losing one costs at most one sweep.

One thread a process sends what has gathered, so that no request waits for the broker
and no failure of the broker reaches a command whose facts are already committed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
import time
from collections.abc import Iterable

from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = logging.getLogger("muster.nudges")

# What a broker that is not there raises, whichever client asks it.
AWAY = (OSError, KombuError, RedisError)

# Names on the wire, agreed with whoever does the jobs; nothing here knows who that is.
JOBS = {
    "tick": "room.tick",
    "owed": "deliveries.send",
    "judge": "judgements.answer",
    "sources": "sources.check",
    "audition": "auditions.advance",
    "look": "talks.look",
}
# Jobs that see to everything that is due, whoever it is for: one hint does for all.
WHOLE = frozenset({"owed"})
# Between two sendings: three hundred orders given at once are not three hundred jobs, behind which
# the worker's own sign of life would wait. The first hint of a quiet time goes out at once.
PAUSE = 0.02
# And this many times as long as the sending took: hints are many when everybody is busy, and then
# each of them stands for more.
RESTS = 3.0
LONGEST_PAUSE = 0.2  # the first sending of a process also connects, and may take seconds
LIVE_GROUP = "live"
Nudge = tuple[str, str]  # (hearer, subject id)

_waiting: queue.SimpleQueue[Nudge] = queue.SimpleQueue()
_thread: threading.Thread | None = None
_owner_pid = 0
_lock = threading.Lock()


def nudge(hearer: str, subject_id: str) -> None:
    """Send a hint soon; never blocks, never raises."""
    _waiting.put((hearer, subject_id))
    if _thread is None or _owner_pid != os.getpid():
        _start()


def _start() -> None:
    global _thread, _owner_pid
    with _lock:
        if _thread is not None and _owner_pid == os.getpid():
            return
        _owner_pid = os.getpid()
        _thread = threading.Thread(target=_run, name="nudges", daemon=True)
        _thread.start()


def _run() -> None:
    """Wait in this thread itself, not in an executor: a process that ends joins executors."""
    loop = asyncio.new_event_loop()
    while True:
        found = _gathered(_waiting.get())
        began = time.monotonic()
        loop.run_until_complete(_send(found))
        time.sleep(max(PAUSE, min(RESTS * (time.monotonic() - began), LONGEST_PAUSE)))


def _gathered(first: Nudge) -> dict[Nudge, None]:
    """What waits, each once, in order."""
    found = {_as_sent(first): None}
    while True:
        try:
            found[_as_sent(_waiting.get_nowait())] = None
        except queue.Empty:
            return found


def _as_sent(given: Nudge) -> Nudge:
    return (given[0], "due") if given[0] in WHOLE else given


async def _send(nudges: Iterable[Nudge]) -> None:
    live = [subject for hearer, subject in nudges if hearer == "live"]
    for hearer, subject in nudges:
        if hearer != "live":
            _send_job(JOBS[hearer], subject)
    if live:
        await _send_live(live)


def _send_job(name: str, subject: str) -> None:
    from workspace.celery import app

    try:
        app.send_task(name, args=[subject], retry=False, ignore_result=True)
    except AWAY as error:  # the sweep finds what this hint would have
        log.warning("hint %s for %s was lost: %s", name, subject, type(error).__name__)


async def _send_live(streams: list[str]) -> None:
    from channels.layers import get_channel_layer

    try:
        layer = get_channel_layer()
        await layer.group_send(LIVE_GROUP, {"type": "nudge", "streams": streams})
    except AWAY as error:
        log.warning("live hint was lost: %s", type(error).__name__)
