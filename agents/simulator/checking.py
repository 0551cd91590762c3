"""Every step is followed by a look: the promises of the rooms it touched, and all of them at times.

A check is repeated where a table it has read was written since it found nothing. What it reads is
seen in its own queries, so a check that learns to look elsewhere is repeated for that too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from workspace import queries
from workspace.fold import Board
from workspace.verify import OF_ROWS, Breach, Seen, Within, follow, verify

WRITTEN = re.compile(r'^(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "(\w+)"')
SET = re.compile(r'"(\w+)" = (?:%s|NULL|"\w+"|CASE|\()')
READ = re.compile(r'(?:FROM|JOIN) "(\w+)"')
EVENTS, ROW = "events", "row"
# Columns no promise speaks of and that no check reads: signs of life, and what a run says it does.
OF_NO_CONCERN = {
    "workspace_run": frozenset({"last_sign_at", "percent", "note", "steps_count", "trail",
                                "checkpoint", "offered_at", "ack_by", "accepted_at"}),
}  # fmt: skip
# Rows that belong to no room, or to several: written by one, they concern all.
SHARED = frozenset(
    f"workspace_{name}"
    for name in ("agent", "person", "workspace", "workspacemember", "budget", "reservation", "seat",
                 "member", "delivery")
)  # fmt: skip


@lru_cache(maxsize=4_096)
def written_by(sql: str) -> str:
    """The table that this writes to, or nothing."""
    found = WRITTEN.match(sql)
    if found is None:
        return ""
    spared = OF_NO_CONCERN.get(found[1])
    if spared and sql.startswith("UPDATE"):
        columns = set(SET.findall(sql.split(" WHERE ")[0]))
        return "" if columns and columns <= spared else found[1]
    return found[1]


@lru_cache(maxsize=4_096)
def read_by(sql: str) -> frozenset[str]:
    return frozenset(READ.findall(sql))


@dataclass(slots=True)
class Watched:
    """One room as it was last seen, and per check what it read then."""

    seen: Seen = field(default_factory=Seen)
    reads: dict[str, set[str]] = field(default_factory=dict)
    unseen: dict[str, set[str]] = field(default_factory=dict)  # written since, by check
    board: Board = field(default_factory=dict)  # as it was fetched, part by part


class Checking:
    """Follows every room of a world from its first event."""

    def __init__(self) -> None:
        self.rooms: dict[str, Watched] = {}
        self.told: Counter[str] = Counter()  # events of rooms, by type
        self.written: set[str] = set()
        self.looks = 0
        self._reading: set[str] | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        with connection.execute_wrapper(self._execute):
            yield

    def _execute(self, run: Callable[..., Any], sql: str, *more: Any) -> Any:
        if self._reading is not None:
            self._reading |= read_by(sql)
        elif table := written_by(sql):
            self.written.add(table)
        return run(sql, *more)

    def look(self, room_ids: Iterable[str], now: datetime) -> list[Breach]:
        """What the last step broke in these rooms."""
        written, self.written = self.written, set()
        touched = set(room_ids)
        for room_id, room in self.rooms.items():
            concerns = written if room_id in touched else written & SHARED
            for unseen in room.unseen.values():
                unseen |= concerns
        found = []
        for room_id in sorted(touched):
            found += self._look_at(room_id, self.rooms.setdefault(room_id, Watched()), now)
        return found

    def _look_at(self, room_id: str, room: Watched, now: datetime) -> list[Breach]:
        found: list[Breach] = []
        changed = [part for part in queries.BOARD if self._is_due(room, part)]
        if changed:
            with self._noting(room, ROW):
                row = queries.room_with_workspace(room_id)
            assert row is not None
            for part in changed:
                with self._noting(room, part):
                    room.board[part] = queries.BOARD[part](row)
                room.reads[part] |= room.reads[ROW]
        # Also where no event came: what has changed without one is what nobody was told of.
        if changed or self._is_due(room, EVENTS):
            with self._noting(room, EVENTS):
                room.seen, found = follow(room_id, room.seen, room.board)
            self.told.update(room.seen.told)
        for name, check in OF_ROWS.items():
            if self._is_due(room, name):
                with self._noting(room, name):
                    found += check(now, Within(room_id))
        return found

    def _is_due(self, room: Watched, name: str) -> bool:
        return name not in room.reads or bool(room.reads[name] & room.unseen[name])

    @contextmanager
    def _noting(self, room: Watched, name: str) -> Iterator[None]:
        self.looks += 1
        self._reading = set()
        try:
            yield
        finally:
            room.reads[name], self._reading = self._reading, None
            room.unseen[name] = set()

    def look_at_everything(self, now: datetime) -> list[Breach]:
        self._reading = set()
        try:
            return verify(now)
        finally:
            self._reading = None
