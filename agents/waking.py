"""Hints that are given again in a moment, so that no thread of a worker sleeps on a room's turn.

Kept in this process only: losing one costs at most one sweep.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from datetime import timedelta


class Waker:
    """One thread that says each name to `say` when its time has come; a name waits only once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._due: list[tuple[float, str]] = []
        self._waiting: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def wake(self, name: str, after: timedelta) -> None:
        with self._changed:
            if name in self._waiting:
                return
            self._waiting.add(name)
            heapq.heappush(self._due, (time.monotonic() + after.total_seconds(), name))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
                self._thread.start()
            self._changed.notify()

    def is_waiting(self, name: str) -> bool:
        """Whether this name will be said anyway."""
        return name in self._waiting and self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        while True:
            self._say(self._next())

    def _next(self) -> str:
        with self._changed:
            while True:
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    _, name = heapq.heappop(self._due)
                    self._waiting.discard(name)
                    return name
                self._changed.wait(left)
