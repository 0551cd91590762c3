"""What a run has to say, on disk until the workspace has taken it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.connect.disk import append_line, read_json, read_lines, write_json

MOST_IN_BATCH = 50
LARGEST_BATCH = 200_000  # characters; a frame takes half a megabyte
# Beyond this what only shows progress is left out; what changes the run is always kept.
MOST_WAITING = 5_000
UNIMPORTANT = ("run.activity", "run.progress")
_UNSENDABLE = re.compile("[\ud800-\udfff\x00]")

Event = dict[str, Any]


class Outbox:
    """Events of one run in order. Each has an id of its own, so said again it has no effect."""

    def __init__(self, run_id: str, folder: Path, stir: Callable[[], None]) -> None:
        self.run_id, self._stir = run_id, stir
        self._lines = folder / "outbox.jsonl"
        self._taken = folder / "taken.json"
        taken = read_json(self._taken) or 0
        written: list[Event] = read_lines(self._lines)
        self.last = max([event["seq"] for event in written], default=0)
        self._said = {event["id"] for event in written}
        self._waiting = [event for event in written if event["seq"] > taken]

    def add(self, kind: str, data: dict[str, Any], *, name: str = "") -> bool:
        """Keep an event; one of a `name` that was said before is not said twice."""
        if kind in UNIMPORTANT and len(self._waiting) >= MOST_WAITING:
            return False
        event_id = f"{self.run_id}-{name or self.last + 1}"
        if event_id in self._said:
            return False
        self.last += 1
        event: Event = {
            "id": event_id,
            "seq": self.last,
            "type": kind,
            "at": datetime.now(UTC).isoformat(),
            "data": clean(data),
        }
        append_line(self._lines, event, is_synced=kind not in UNIMPORTANT)
        self._said.add(event_id)
        self._waiting.append(event)
        self._stir()
        return True

    def batch(self, most: int = MOST_IN_BATCH) -> list[Event]:
        """The oldest that nobody has taken, as many as go together."""
        found: list[Event] = []
        size = 0
        for event in self._waiting[:most]:
            size += len(str(event))
            if found and size > LARGEST_BATCH:
                break
            found.append(event)
        return found

    def taken(self, seq: int) -> None:
        """Everything up to this number was taken, or will never be."""
        self._waiting = [event for event in self._waiting if event["seq"] > seq]
        write_json(self._taken, seq)

    @property
    def is_empty(self) -> bool:
        return not self._waiting


def clean(value: Any) -> Any:
    """The value without characters that no database and no wire holds."""
    if isinstance(value, str):
        return _UNSENDABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {clean(name): clean(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean(each) for each in value]
    return value
