"""The hub: reads new events once a process, renders each changed fragment once, hands the
same bytes to every socket that watches.

Every hub looks at heads and memberships each second with one query each for all it watches;
a nudge only makes it sooner. Bursts are merged into at most about ten frames a second. A
socket that does not keep up is closed and told to come back with the last number it has.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from workspace.frames import FreshBoard, fresh_board, fresh_home, fresh_nav, room_frame
from workspace.models import Member, Person, Stream
from workspace.nudges import AWAY, LIVE_GROUP

log = logging.getLogger("muster.live")
LOOK_EVERY = 1.0
FRAME_EVERY = 0.1
MOST_WAITING = 64  # frames a socket may be behind before it is told to resume
MOST_MISSED = 500  # events; further behind gets a fresh board
COME_BACK, REMOVED = 4408, 4403


@dataclass(eq=False, slots=True)
class Watcher:
    """One socket: whose it is, what it watches, and its bounded queue."""

    person_id: str
    epoch: int
    room_id: str  # empty: the person's own pages
    send: Callable[..., Awaitable[None]]
    close: Callable[..., Awaitable[None]]
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    sender: asyncio.Task[None] | None = None
    is_gone: bool = False

    def offer(self, frame: str) -> None:
        """Queue a frame; too far behind, the socket is closed and its page resumes."""
        try:
            self.queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.leave_with(COME_BACK)

    def leave_with(self, code: int) -> None:
        if not self.is_gone:
            self.is_gone = True
            asyncio.get_running_loop().create_task(self._close(code))

    async def _close(self, code: int) -> None:
        try:
            await self.close(code=code)
        except (RuntimeError, OSError):  # it was gone already
            log.debug("socket was closed before")

    async def pump(self) -> None:
        while True:
            await self.send(text_data=await self.queue.get())


@dataclass(slots=True)
class Watched:
    """One room: who watches it and the last event they were told of."""

    seq: int
    watchers: set[Watcher] = field(default_factory=set)


class Hub:
    """All rooms and people watched through this process; lives on its event loop.

    `people` holds every watcher by person, `rooms` those on a room's page by room.
    """

    def __init__(self) -> None:
        self.rooms: dict[str, Watched] = {}
        self.people: dict[str, set[Watcher]] = {}
        self.awake = asyncio.Event()
        self._heads_told: dict[str, int] = {}
        self.tasks = [
            asyncio.create_task(self._look_for_ever()),
            asyncio.create_task(self._hear_for_ever()),
        ]

    async def join(self, watcher: Watcher, since: int) -> None:
        """Bring a socket up to date, then let it follow. Asked again, it is brought up again."""
        if watcher.sender is None:
            watcher.sender = asyncio.create_task(watcher.pump())
        self.people.setdefault(watcher.person_id, set()).add(watcher)
        if not watcher.room_id:
            watcher.offer(_frame(None, await _read(fresh_home)(watcher.person_id)))
            return
        fresh = await _read(_since)(watcher.room_id, since)
        watched = self.rooms.setdefault(watcher.room_id, Watched(seq=fresh.seq))
        watched.watchers.add(watcher)
        watcher.offer(_frame(fresh.seq, fresh.content))
        if watched.seq != fresh.seq:
            self.awake.set()  # what came in between is told to all from the older number
            watched.seq = min(watched.seq, fresh.seq)

    async def leave(self, watcher: Watcher) -> None:
        watcher.is_gone = True
        if watcher.sender is not None:
            watcher.sender.cancel()
        mine = self.people.get(watcher.person_id, set())
        mine.discard(watcher)
        if not mine:
            self.people.pop(watcher.person_id, None)
        if watched := self.rooms.get(watcher.room_id):
            watched.watchers.discard(watcher)
            if not watched.watchers:
                del self.rooms[watcher.room_id]

    def everyone(self) -> list[Watcher]:
        return [watcher for watchers in self.people.values() for watcher in watchers]

    async def _look_for_ever(self) -> None:
        """Once a second whatever happens, sooner when nudged, never faster than a frame."""
        loop = asyncio.get_running_loop()
        checked = loop.time()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.awake.wait(), LOOK_EVERY)
            self.awake.clear()
            try:
                await self._look()
                if loop.time() - checked >= LOOK_EVERY:
                    checked = loop.time()
                    await self._turn_away_removed()
            except Exception:
                log.exception("looking failed; the next look is in a second")
            await asyncio.sleep(FRAME_EVERY)

    async def _look(self) -> None:
        """Tell each room what is new since its number, and its people's own pages."""
        if not self.rooms and not self.people:
            return
        heads = await _read(_heads)(list(self.rooms), list(self.people))
        stirred: set[str] = set()
        for room_id, (head, people) in heads.items():
            watched = self.rooms.get(room_id)
            if watched is not None and head > watched.seq:
                seq, content = await _read(room_frame)(room_id, watched.seq)
                frame = _frame(seq, content)
                for watcher in list(watched.watchers):
                    watcher.offer(frame)
                watched.seq = seq
            if self._moved(room_id, head):
                stirred.update(people)
        for person_id in stirred & self.people.keys():
            await self._tell_person(person_id)

    async def _tell_person(self, person_id: str) -> None:
        """Their own pages get all of it, rooms' pages only how much waits."""
        watchers = list(self.people[person_id])
        if any(not watcher.room_id for watcher in watchers):
            whole = _frame(None, await _read(fresh_home)(person_id))
        count = _frame(None, await _read(fresh_nav)(person_id))
        for watcher in watchers:
            watcher.offer(count if watcher.room_id else whole)

    def _moved(self, room_id: str, head: int) -> bool:
        moved = self._heads_told.get(room_id) != head
        self._heads_told[room_id] = head
        return moved

    async def _turn_away_removed(self) -> None:
        """Close the sockets of people who were removed, signed out or lost the room."""
        watchers = self.everyone()
        if not watchers:
            return
        epochs, memberships = await _read(_standing)(
            {w.person_id for w in watchers}, {w.room_id for w in watchers if w.room_id}
        )
        for watcher in watchers:
            if epochs.get(watcher.person_id) != watcher.epoch or (
                watcher.room_id and (watcher.room_id, watcher.person_id) not in memberships
            ):
                watcher.leave_with(REMOVED)

    async def _hear_for_ever(self) -> None:
        """One subscription a process; if the broker is away, the look each second serves."""
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                await layer.group_add(LIVE_GROUP, channel)
                while True:
                    await layer.receive(channel)
                    self.awake.set()
            except asyncio.CancelledError:
                raise
            except AWAY as error:
                log.warning("no nudges for now: %s", type(error).__name__)
                await asyncio.sleep(LOOK_EVERY)


_hubs: dict[int, Hub] = {}


def hub() -> Hub:
    """This loop's hub, made when the first socket joins."""
    key = id(asyncio.get_running_loop())
    if key not in _hubs:
        _hubs[key] = Hub()
    return _hubs[key]


def _read(query: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    return database_sync_to_async(query)


def _frame(seq: int | None, content: str) -> str:
    """A frame of a room has its number; one of a person's pages has none."""
    return json.dumps({"content": content} if seq is None else {"seq": seq, "content": content})


def _since(room_id: str, since: int) -> FreshBoard:
    """What a socket missed; a fresh board if that is too much or nothing is known of it."""
    head = Stream.objects.filter(id=room_id).values_list("seq", flat=True).first() or 0
    if 0 < since <= head and head - since <= MOST_MISSED:
        seq, content = room_frame(room_id, since)
        return FreshBoard(seq, content)
    return fresh_board(room_id)


def _heads(room_ids: list[str], people: list[str]) -> dict[str, tuple[int, set[str]]]:
    """Per room its head and those of `people` who are in it."""
    members: dict[str, set[str]] = {room_id: set() for room_id in room_ids}
    rows = Member.objects.filter(person_id__in=people).values_list("room_id", "person_id")
    for room_id, person_id in rows:
        members.setdefault(room_id, set()).add(person_id)
    heads = Stream.objects.filter(id__in=list(members)).values_list("id", "seq")
    return {room_id: (seq, members[room_id]) for room_id, seq in heads}


def _standing(
    people: Iterable[str], rooms: Iterable[str]
) -> tuple[dict[str, int], set[tuple[str, str]]]:
    active = Person.objects.filter(id__in=list(people), is_active=True)
    memberships = Member.objects.filter(room_id__in=list(rooms)).values_list("room_id", "person_id")
    return dict(active.values_list("id", "auth_epoch")), set(memberships)
