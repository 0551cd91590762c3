"""Where the product looks at a clock, rolls dice or talks: here all of it comes from the world."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from agents.egress import Answer, EgressRefused
from agents.trials.clock import VirtualClock, told_by

MORE_CLOCKS = ("agents.tick.timezone", "agents.sourcing.timezone")


def pass_time(clock: VirtualClock, seconds: float) -> None:
    clock.run(clock.true + timedelta(seconds=seconds))


@contextmanager
def fixed(
    clock: VirtualClock, dice: random.Random, *, hear: Callable[[str, str], None],
    fetch: Callable[..., Answer], model: Callable[..., Any], page: Callable[[str], Answer],
) -> Iterator[None]:  # fmt: skip
    """`fetch` is what agents answer, `model` what the model does, `page` what a source says."""
    wall = SimpleNamespace(now=clock.now)
    ids = SimpleNamespace(time_ns=lambda: int(clock.now().timestamp() * 1_000) * 1_000_000)

    def begin(outbound: Any, **_: Any) -> Future[Answer]:
        found: Future[Answer] = Future()
        try:
            found.set_result(page(outbound.url))
        except EgressRefused as refused:
            found.set_exception(refused)
        return found

    with ExitStack() as changed:
        changed.enter_context(told_by(clock, hear, fetch))
        for name in MORE_CLOCKS:
            changed.enter_context(patch(name, wall))
        passing = SimpleNamespace(
            sleep=lambda seconds: pass_time(clock, seconds),
            monotonic=lambda: clock.now().timestamp(),
            thread_time=lambda: 0.0,  # a world's rooms are small: looking at one costs nothing
        )
        changed.enter_context(patch("agents.tick.time", passing))
        changed.enter_context(patch("workspace.ids.time", ids))
        changed.enter_context(
            patch("workspace.ids.secrets", SimpleNamespace(randbits=dice.getrandbits))
        )
        changed.enter_context(patch("agents.doors.sending.random", dice))
        changed.enter_context(patch("agents.sourcing.begin", begin))
        changed.enter_context(patch("agents.egress.for_httpx2.fetch_async", model))
        yield
