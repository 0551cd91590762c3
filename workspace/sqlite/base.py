"""Where Django looks for a backend: its own for SQLite, with turns taken around transactions."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import base

from workspace.sqlite.turns import Turns, turns_of


class DatabaseWrapper(base.DatabaseWrapper):
    """Transactions begin when it is their turn. What is written outside of one waits as ever."""

    _turn: Turns | None = None

    def _start_transaction_under_autocommit(self) -> None:
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

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            turn.give_back()
