"""A task's events as they come: steps are seen at once, everything else is a reason to look.

Polling stays the truth: a stream that is refused, cut or never opened costs some seconds.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from agents.allowed import egress_policy
from agents.doors.a2a.beside import aside
from agents.doors.a2a.heard import steps_of
from agents.doors.a2a.loose import Loose
from agents.doors.a2a.taking import credentials
from agents.doors.a2a.tasks import AT_WORK, Message, read_message, read_state
from agents.doors.a2a.wire import Line, subscribe_request
from agents.doors.fields import Malformed
from agents.doors.json_wall import JsonRefused, parse_json
from agents.egress import Egress, EgressRefused, spawn
from workspace.commands.callbacks import receive
from workspace.commands.talks import look_now
from workspace.errors import Refused

if TYPE_CHECKING:
    from workspace.models import Run

MIB = 1024 * 1024
LARGEST_EVENT, LARGEST_STREAM = 4 * MIB, 64 * MIB
MOST_OPEN = 100
OPEN_FOR, QUIET_FOR = 600.0, 120.0
SHORT, MOST_IN_VAIN, MOST_COUNTED = 5.0, 5, 1000
_open: set[str] = set()
_in_vain: Counter[str] = Counter()


def follow(run: "Run", line: Line, task: str) -> None:
    """Begin to hear of a task, unless this process does so already."""
    if run.id in _open or _in_vain[run.id] >= MOST_IN_VAIN or len(_open) >= MOST_OPEN:
        return
    _open.add(run.id)
    heard = spawn(lambda egress: _hear(egress, run, line, task))
    heard.add_done_callback(lambda done: _closed(run.id, done))


def _closed(run_id: str, done: "Future[bool]") -> None:
    """One that came to nothing counts: an agent that gives no stream is not asked for ever."""
    _open.discard(run_id)
    if done.cancelled() or done.exception() is not None or not done.result():
        if len(_in_vain) >= MOST_COUNTED:
            _in_vain.clear()
        _in_vain[run_id] += 1


async def _hear(egress: Egress, run: "Run", line: Line, task: str) -> bool:
    """Hear until it ends; whether it lasted."""
    asked, began = subscribe_request(line, task), monotonic()
    request = replace(asked, deadline=OPEN_FOR, max_bytes=LARGEST_STREAM)
    try:
        async with egress.stream(request, policy=egress_policy(), quiet=QUIET_FOR) as streamed:
            kind = streamed.headers.get("content-type", "")
            if streamed.status == 200 and kind.startswith("text/event-stream"):
                async for event in events_in(streamed.chunks):
                    await asyncio.wrap_future(aside(partial(_take, run, event)))
    except EgressRefused:
        pass  # refused, quiet or cut: polling goes on
    return monotonic() - began > SHORT


async def events_in(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each server-sent event. Ends at one that is larger than any should be."""
    rest, data = b"", b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data += line[5:].lstrip(b" ") + b"\n"
            elif not line and data:
                yield data
                data = b""
        if len(rest) + len(data) > LARGEST_EVENT:
            return


def _take(run: "Run", data: bytes) -> None:
    """Report a step; look where there is more to it, or where it is refused."""
    told = read_event(data)
    if told is None:
        return
    at = datetime.now(UTC)
    if told.message is None or not _reported(run, told.message, at):
        look_now(run_id=run.id, at=at)


def _reported(run: "Run", message: Message, at: datetime) -> bool:
    try:
        if events := steps_of(message):
            receive(run_id=run.id, credentials=credentials(run), events=events, at=at)
    except (Malformed, Refused):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Told:
    """A step, or without a message: something to look at."""

    message: Message | None


def read_event(data: bytes) -> Told | None:
    """What an event is good for; None is nothing, as for parts of artifacts still being made."""
    try:
        said = Loose(parse_json(data, max_bytes=LARGEST_EVENT))
    except JsonRefused:
        return None
    holder = said.object("result") or said
    if said.raw("error") is not None:
        return Told(None)
    if holder.object("message") and not holder.object("status"):
        return Told(None)
    status = (holder.object("statusUpdate", "task") or holder).object("status")
    if not status:
        return None
    if read_state(status.text("state", most=80)) not in AT_WORK:
        return Told(None)
    message = status.object("message", "update")
    return Told(read_message(message)) if message else None
