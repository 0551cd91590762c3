"""What follows from an exchange: rows are written beside the loop that talks, never on it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from django.db import close_old_connections

Came = TypeVar("Came")
Made = TypeVar("Made")
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="a2a")


def aside(work: Callable[[], Made]) -> "Future[Made]":
    """Have rows read or written where that holds nobody up."""

    def done() -> Made:
        try:
            return work()
        finally:
            close_old_connections()

    return _threads.submit(done)


def conclude(came: "Future[Came]", make: Callable[["Future[Came]"], Made]) -> "Future[Made]":
    """What `make` makes of an exchange once it is over; also of how it failed."""
    made: Future[Made] = Future()

    def work() -> None:
        try:
            made.set_result(make(came))
        except BaseException as error:  # noqa: BLE001 — whoever waits is told; a claim lapses
            made.set_exception(error)
        finally:
            close_old_connections()

    came.add_done_callback(lambda _: _threads.submit(work))
    return made
