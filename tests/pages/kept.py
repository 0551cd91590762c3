"""A sample made once and put back for the tests after it: the commands that make it take a second.

What is put back is what the commands wrote, statement by statement, so that whatever the database
itself refuses or adds is as it was. Every test keeps a transaction of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection

# Pages show how long ago something was; nothing in the sample comes due within this time.
FRESH_FOR = 20.0  # seconds
WRITES = ("INSERT", "UPDATE", "DELETE")
Made = TypeVar("Made")


class Kept(Generic[Made]):
    """What `make` returned, and how it wrote that into a database that was empty."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._made: list[Made] = []
        self._made_at = 0.0
        self._written: list[tuple[str, Any, bool]] = []

    def there(self) -> Made:
        """The rows are there: made anew, or written again."""
        # Elsewhere than in SQLite numbers that were given in vain are not given again.
        is_kept = connection.vendor == "sqlite" and self._made
        if not is_kept or time.monotonic() > self._made_at + FRESH_FOR:
            self._written.clear()
            with connection.execute_wrapper(self._note):
                self._made = [self._make()]
            self._made_at = time.monotonic()
        else:
            with connection.cursor() as cursor:
                for sql, params, many in self._written:
                    (cursor.executemany if many else cursor.execute)(sql, params)
        return self._made[0]

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(WRITES):
            self._written.append((sql, params, many))
        assert not sql.startswith("ROLLBACK"), "what was undone would be written again"
        return execute(sql, params, many, context)
