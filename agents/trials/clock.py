"""Time that passes only when a trial says so, and who is told of it.

The clock on the wall may be set wrong, forwards or backwards; what is planned on the agenda still
comes in its order. Commands are told what the wall says.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from agents.egress import EgressRefused

Deed = Callable[[], None]

# Edges of the product that read the clock, and what each calls it.
CLOCKS = ("agents.judging.timezone", "agents.questions.timezone")


class VirtualClock:
    """`true` is the time that has passed; `now()` what the wall says."""

    def __init__(self, start: datetime) -> None:
        self.start = self.true = start
        self.jumps: list[datetime] = []
        self._wrong_by = timedelta(0)
        self._agenda: list[tuple[datetime, int, Deed]] = []
        self._order = count()

    def now(self) -> datetime:
        return self.true + self._wrong_by

    def jump(self, by: timedelta) -> None:
        """Somebody sets the clock on the wall."""
        self._wrong_by += by
        self.jumps.append(self.true)

    def when(self, on_the_wall: datetime) -> datetime:
        """The true time at which the wall will say this, as it is set now."""
        return on_the_wall - self._wrong_by

    def at(self, true: datetime, deed: Deed) -> None:
        heapq.heappush(self._agenda, (max(true, self.true), next(self._order), deed))

    def after(self, seconds: float, deed: Deed) -> None:
        self.at(self.true + timedelta(seconds=seconds), deed)

    def every(self, seconds: float, deed: Deed) -> None:
        """Again and again, as long as the agenda is followed."""

        def again() -> None:
            self.after(seconds, again)
            deed()

        self.after(seconds, again)

    def run(self, until: datetime) -> None:
        """Do what is on the agenda up to then, in its order."""
        while self._agenda and self._agenda[0][0] <= until:
            self.true, _, deed = heapq.heappop(self._agenda)
            deed()
        self.true = until


def begun_by(fetch: Callable[..., Any]) -> Callable[..., Future[Any]]:
    """What answers at once, as if it had been begun and had ended meanwhile."""

    def begin(outbound: Any, **more: Any) -> Future[Any]:
        ended: Future[Any] = Future()
        try:
            ended.set_result(fetch(outbound, **more))
        except EgressRefused as refused:
            ended.set_exception(refused)
        return ended

    return begin


@contextmanager
def told_by(
    clock: VirtualClock, hear: Callable[[str, str], None], fetch: Callable[..., object]
) -> Iterator[None]:
    """The product's edges ask this clock, give their hints to `hear`, and send with `fetch`."""
    wall = SimpleNamespace(now=clock.now)
    with ExitStack() as changed:
        for name in CLOCKS:
            changed.enter_context(patch(name, wall))
        changed.enter_context(patch("agents.doors.sending.utc_now", clock.now))
        changed.enter_context(patch("agents.audition.proxy.begin", begun_by(fetch)))
        changed.enter_context(patch("workspace.record.nudge", hear))
        yield
