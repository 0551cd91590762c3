"""Open connections at rest, for whoever in this process needs one next.

Under ASGI each request has a thread of its own, and would open the file anew: two milliseconds for
the file and its settings, and everything it asks is then prepared for the first time.
"""

from __future__ import annotations

import os
import sqlite3
import threading

MOST = 8  # at rest for one file, each with up to 8 MB of its pages; what comes beyond is closed

_rest: dict[str, list[sqlite3.Connection]] = {}
_lock = threading.Lock()
_of_parents: list[object] = []


def take(database: str) -> sqlite3.Connection | None:
    """One that was opened with the settings of this process, or none."""
    with _lock:
        kept = _rest.get(database)
        return kept.pop() if kept else None


def give(database: str, connection: sqlite3.Connection) -> bool:
    """Whether it is kept. Only after its last transaction is over and nothing is being read."""
    with _lock:
        kept = _rest.setdefault(database, [])
        if len(kept) >= MOST:
            return False
        kept.append(connection)
        return True


def _forget() -> None:
    # A connection is its process's own: not even closed by a child.
    global _lock
    _of_parents.append(dict(_rest))
    _rest.clear()
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forget)
