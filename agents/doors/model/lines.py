"""Whose turn it is to ask a model whose account has limits: who came first is asked for first.

The account's rows decide, because its calls come from many processes and from the coordinator.
In each process only the first in line looks at them; the others wait behind it without looking.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from agents.doors.model.endpoint import Endpoint
from agents.doors.model.reading import Trouble
from agents.limits import HOLD, counted, wait_before, wait_behind
from workspace.commands.calls import begin_run_call, end_call

Beside = Callable[[Callable[[], Any]], Any]  # something to wait for, done in a thread
SIGN_EVERY = 2.0  # seconds after which whoever waits may say so


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that is to be made. `lost`: the one before it, of which nobody knows what became."""

    run_id: str
    endpoint: Endpoint
    tokens: int
    lost: int | None = None


class Line:
    """The calls of this process on one account."""

    def __init__(self) -> None:
        self._first = asyncio.Lock()
        self._freed = asyncio.Event()

    async def enter(
        self, wanted: Wanted, beside: Beside, meanwhile: Callable[[str], None]
    ) -> "Place":
        """Wait until the call may be made; while it may not, `meanwhile` is told so."""
        if not wanted.endpoint.limits.are_any:
            return Place(self, None, beside)
        began, waited = asyncio.get_running_loop().time(), 0.0
        waiting = asyncio.ensure_future(self._counted(wanted, beside))
        try:
            while not (await asyncio.wait({waiting}, timeout=SIGN_EVERY))[0]:
                waited = asyncio.get_running_loop().time() - began
                meanwhile(f"Waits for its turn at the model: {waited:.0f} s so far.")
        except asyncio.CancelledError:
            waiting.cancel()
            (number,) = await asyncio.gather(waiting, return_exceptions=True)
            if isinstance(number, int):
                await beside(lambda: _ended(number, None))
            raise
        return Place(self, waiting.result(), beside, waited)

    async def _counted(self, wanted: Wanted, beside: Beside) -> int:
        """The number under which the call counts; who came first comes first."""
        async with self._first:
            while True:
                self._freed.clear()
                found = await self._begun(wanted, beside)
                if not isinstance(found, timedelta):
                    return found
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._freed.wait(), found.total_seconds())

    async def _begun(self, wanted: Wanted, beside: Beside) -> int | timedelta:
        """What nobody waits for any more is over as soon as it counts."""
        made = asyncio.ensure_future(beside(lambda: _begin(wanted)))
        try:
            found: int | timedelta = await asyncio.shield(made)
        except asyncio.CancelledError:
            number = await made
            if isinstance(number, int):
                await beside(lambda: _ended(number, None))
            raise
        return found

    def look_again(self) -> None:
        """A call of this process is over: whoever is first need not wait any longer."""
        self._freed.set()


class Place:
    """A call that may be made now: it is over when the block ends. Without limits, nothing is.
    `after_s`: how long it has waited, where that was said."""

    def __init__(
        self, line: Line, number: int | None, beside: Beside, after_s: float = 0.0
    ) -> None:
        self._line, self._number, self._beside, self.after_s = line, number, beside, after_s

    @property
    def noted(self) -> dict[str, int]:
        """What is kept with the call, for whoever has to make it again."""
        return {} if self._number is None else {"counted": self._number}

    async def __aenter__(self) -> "Place":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if (number := self._number) is not None:
            trouble = error if isinstance(error, Trouble) else None
            await self._beside(lambda: _ended(number, trouble))
            self._line.look_again()


class Lines:
    """The lines of one loop: one for each account. What an agent may do there is its own: two
    who share an account need not have the same limits."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def of(self, account: str) -> Line:
        return self._lines.setdefault(account, Line())


def _begin(wanted: Wanted) -> int | timedelta:
    now, endpoint = datetime.now(UTC), wanted.endpoint

    def wait(rows: Sequence[Any]) -> timedelta:
        if endpoint.is_shared:
            return wait_behind(rows, now, wanted.tokens, endpoint.limits)
        return wait_before(counted(rows), now, wanted.tokens, endpoint.limits)

    found = begin_run_call(
        run_id=wanted.run_id,
        account=endpoint.account,
        tokens_wanted=wanted.tokens,
        wait=wait,
        at=now,
        lost=wanted.lost,
    )
    return found if isinstance(found, timedelta) else found.id


def _ended(number: int, trouble: Trouble | None) -> None:
    """What the call cost is its run's to say."""
    held = None
    if trouble is not None and trouble.failure == "rate_limited":
        held = timedelta(seconds=trouble.retry_after) if trouble.retry_after else HOLD
    end_call(
        call_id=number, tokens=0, cost_usd=0, outcome=trouble.code if trouble else "answered",
        at=datetime.now(UTC), held_for=held,
    )  # fmt: skip
