"""One long-lived loop thread per process, and the two ways to hand it a request."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from agents.egress.addresses import EgressPolicy
from agents.egress.client import Answer, Egress, Outbound
from agents.per_process import PerProcess

T = TypeVar("T")
# Reading stops at the request's own deadline; this only bounds a loop that died with its process.
_GRACE = 10.0


class LoopThread:
    """An event loop on a daemon thread, with the one client session of this process on it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._egress = Egress()
        threading.Thread(target=self._loop.run_forever, name="egress", daemon=True).start()

    def submit(self, request: Outbound, policy: EgressPolicy) -> Future[Answer]:
        return asyncio.run_coroutine_threadsafe(
            self._egress.fetch(request, policy=policy), self._loop
        )

    def spawn(self, work: Callable[[Egress], Coroutine[Any, Any, T]]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work(self._egress), self._loop)


_loop = PerProcess(LoopThread)


def begin(request: Outbound, *, policy: EgressPolicy) -> Future[Answer]:
    """Send one request without waiting; the future gives the Answer or raises EgressRefused."""
    return _loop.get().submit(request, policy)


def spawn(work: Callable[[Egress], Coroutine[Any, Any, T]]) -> Future[T]:
    """Run a coroutine on this process's one loop, with its one client, from ordinary code.

    It shares the loop with every request of the process: it must never block.
    """
    return _loop.get().spawn(work)


def fetch(request: Outbound, *, policy: EgressPolicy) -> Answer:
    """Send one request from ordinary code and wait for the answer. Raises EgressRefused."""
    future = begin(request, policy=policy)
    try:
        return future.result(timeout=request.deadline + _GRACE)
    finally:
        future.cancel()


async def fetch_async(request: Outbound, *, policy: EgressPolicy) -> Answer:
    """The same from any event loop; cancelling the caller cancels the request."""
    return await asyncio.wrap_future(begin(request, policy=policy))
