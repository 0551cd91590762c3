"""An empty database in memory, in place of the one at hand: every world begins with nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

IN_MEMORY = {
    "default": {"BACKEND": "agents.simulator.database.Objects"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
_shape: list[sqlite3.Connection] = []  # one that was migrated and is only copied


class Objects(Storage):
    """Files as an object store keeps them: whole, by name, with no path."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def _open(self, name: str, mode: str = "rb") -> File:
        return ContentFile(self._kept[name], name)

    def _save(self, name: str, content: File) -> str:
        self._kept[name] = content.read()
        return name

    def exists(self, name: str) -> bool:
        return name in self._kept

    def size(self, name: str) -> int:
        if name not in self._kept:
            raise FileNotFoundError(name)
        return len(self._kept[name])


@contextmanager
def empty_database() -> Iterator[None]:
    """Rows and files of its own for the length of a `with` block; transactions are real ones."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        raise RuntimeError("worlds are kept in SQLite, outside of any transaction")
    connection.ensure_connection()
    theirs = connection.connection
    mine = _connected()
    try:
        connection.connection = mine
        if not _shape:
            _shape.append(_migrated(mine))
        _shape[0].backup(mine)
        with override_settings(STORAGES=IN_MEMORY):
            yield
    finally:
        connection.connection = theirs
        connection.run_on_commit = []
        mine.close()


def _connected() -> Any:
    """As Django connects, but to memory."""
    found = connection.get_new_connection(
        connection.get_connection_params() | {"database": ":memory:"}
    )
    found.isolation_level = None
    return found


def _migrated(mine: Any) -> sqlite3.Connection:
    """A copy of the empty tables, made once a process."""
    call_command("migrate", verbosity=0)
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    mine.backup(kept)
    return kept
