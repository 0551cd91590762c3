"""Whose turn it is to write a SQLite file: one at a time, woken as soon as it is free.

SQLite lets a writer that finds the file locked look again after ever longer sleeps, up to a tenth
of a second. Who writes often finds it free each time, and who comes seldom can miss it for as long
as its patience lasts, and then fails with "database is locked". Here a thread waits for its
process, and a process for the others, without polling; a process that dies gives its turn back.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading

try:
    import fcntl
except ImportError:  # where there is none, the threads of one process still take turns
    fcntl = None  # type: ignore[assignment]


class Turns:
    """The turns of one file, as this process sees them."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._mine = threading.Lock()
        self._file: int | None = None

    def take(self, within: float) -> None:
        """Wait for the turn. Raises sqlite3.OperationalError where this process's own threads do
        not come to an end `within` seconds; what other processes take is waited out."""
        if not self._mine.acquire(timeout=within):
            raise sqlite3.OperationalError("database is locked")
        if fcntl is None:
            return
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._mine.release()
            raise

    def give_back(self) -> None:
        """The turn is the next one's; only after `take`."""
        if fcntl is not None and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._mine.release()

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)


_known: dict[str, Turns] = {}  # by path; one path may be known under several names
_named: dict[str, Turns] = {}
_knowing = threading.Lock()


def turns_of(database: str) -> Turns:
    """The turns of a database file, the same for all threads of this process."""
    if found := _named.get(database):
        return found
    with _knowing:
        path = os.path.realpath(database) + ".turn"
        if path not in _known:
            _known[path] = Turns(path)
        _named[database] = _known[path]
        return _known[path]


def _forget() -> None:
    # A fork shares its parent's open file, and with it the parent's turn: it opens its own.
    global _knowing
    for known in _known.values():
        known.close()
    _known.clear()
    _named.clear()
    _knowing = threading.Lock()


os.register_at_fork(after_in_child=_forget)
