"""Processes that die at a commit: just before it, or just after it and before any hint is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.db.transaction import Atomic

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Crash(BaseException):
    """The process is no more. No product code may catch this, and none of it runs on."""


class Crashes:
    """Whoever takes a step may be doomed to die at one of its commits."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self.ended = ended  # a transaction has, whether it was committed or not
        self.commits_left = 0  # 0: nobody is doomed
        self.after = False
        self.is_dead = False

    def doom(self, commits: int, *, after: bool) -> None:
        self.commits_left, self.after = commits, after

    def revive(self) -> None:
        """A new process takes the place of the dead one; a doom that met no commit is void."""
        self.commits_left, self.is_dead = 0, False

    def leave(self, real: Callable[..., Any], atomic: Atomic, *error: Any) -> Any:
        """In place of the end of a transaction."""
        is_outermost = connection.in_atomic_block and not connection.savepoint_ids
        if not is_outermost or connection.only_reads:  # type: ignore[attr-defined]
            return real(atomic, *error)
        try:
            return self._end(real, atomic, *error)
        finally:
            self.ended()

    def _end(self, real: Callable[..., Any], atomic: Atomic, *error: Any) -> Any:
        is_commit = error[0] is None and not connection.needs_rollback
        if is_commit and self.commits_left:
            self.commits_left -= 1
            self.is_dead = not self.commits_left
            if self.is_dead and self.after:
                connection.run_on_commit = []
                real(atomic, *error)
                raise Crash
        if is_commit and self.is_dead:
            # Also what stands in a `finally`: a process that was killed does not tidy up.
            death = Crash()
            real(atomic, Crash, death, None)
            raise death
        return real(atomic, *error)

    def execute(self, run: Callable[..., Any], sql: str, *more: Any) -> Any:
        """A write outside of any transaction is one that a dead process does not make either."""
        if self.is_dead and not connection.in_atomic_block and sql.startswith(WRITES):
            raise Crash
        return run(sql, *more)


@contextmanager
def crashing(crashes: Crashes) -> Iterator[None]:
    """Every transaction of this process may be one somebody dies at."""
    real = Atomic.__exit__

    def leave(atomic: Atomic, *error: Any) -> Any:
        return crashes.leave(real, atomic, *error)

    with patch.object(Atomic, "__exit__", leave), connection.execute_wrapper(crashes.execute):
        yield
