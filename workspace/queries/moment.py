"""Facts of one moment, where what is read in several queries has to fit together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read within is as it was at the first reading; nobody waits for it, and it may
    change nothing. Within a transaction, that one's own rules hold instead."""
    if connection.in_atomic_block:
        yield
        return
    with _only_reading(connection), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _only_reading(connected: Any) -> Iterator[None]:
    if connected.vendor != "sqlite":
        yield
        return
    connected.begins_reading(True)
    try:
        yield
    finally:
        connected.begins_reading(False)
