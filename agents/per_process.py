"""What a process has one of, such as a loop on a thread of its own."""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """One `T` a process, made when it is first asked for; a forked process makes its own.

    For things that live as long as their module: what is to be done after a fork is never undone.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._forget()
        # Threads do not survive a fork, and a lock that one of them held would stay locked.
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._made: T | None = None

    def get(self) -> T:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def if_made(self) -> T | None:
        """The one there is; None where nobody has asked for it yet."""
        return self._made
