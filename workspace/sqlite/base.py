"""Where Django looks for a backend: its own for SQLite, with turns taken around transactions."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from django.db.backends.sqlite3 import base

from workspace.sqlite import idle
from workspace.sqlite.turns import Turns, turns_of


class DatabaseWrapper(base.DatabaseWrapper):
    """Transactions begin when it is their turn. What is written outside of one waits as ever.

    Those that only read need no turn: they see the file as it was when they began to.
    """

    _turn: Turns | None = None
    only_reads = False
    _cursors: WeakSet[Any]

    def begins_reading(self, only_reads: bool) -> None:
        """Whether the transactions from here on only read. Outside of one."""
        self.only_reads = False  # also where the database cannot be reached
        with self.cursor() as cursor:
            cursor.execute(f"PRAGMA query_only={'ON' if only_reads else 'OFF'}")
        self.only_reads = only_reads

    def _start_transaction_under_autocommit(self) -> None:
        if self.only_reads:
            self.cursor().execute("BEGIN DEFERRED")
            return
        if not self.is_in_memory_db():
            turns = turns_of(str(self.settings_dict["NAME"]))
            with self.wrap_database_errors:
                turns.take(float(self.settings_dict["OPTIONS"].get("timeout", 5.0)))
            self._turn = turns
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_back()
            raise

    def _commit(self) -> Any:
        done = super()._commit()  # type: ignore[misc]
        self._give_back()  # after a failure Django rolls back
        return done

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._give_back()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One at rest, or a new one."""
        self._cursors = WeakSet()
        return idle.take(str(conn_params["database"])) or super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        self._cursors.add(cursor)
        return cursor

    def _close(self) -> Any:
        found = self.connection
        is_well = found is not None and not self.errors_occurred and not found.in_transaction
        try:
            if is_well:
                # Whoever left off reading would have the next one see the file as it was then.
                for cursor in list(self._cursors):
                    cursor.close()
                if idle.give(str(self.settings_dict["NAME"]), found):
                    return None
            return super()._close()  # type: ignore[misc]
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            turn.give_back()
