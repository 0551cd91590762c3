"""When a service may be called again, by the limits of its tier. Pure: time is an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

WINDOW = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=2)  # nobody knows when a running call ends
LONGEST_CALL = timedelta(minutes=15)  # a gateway ends it by then, whatever its row says


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tier allows over all models and rooms of one account; 0 means no such limit."""

    concurrency: int = 1
    rpm: int = 3
    tpm: int = 500_000

    @property
    def are_any(self) -> bool:
        return bool(self.concurrency or self.rpm or self.tpm)


NONE = Limits(0, 0, 0)
# As the vendor listed them; they change, so each number is a setting.
TIERS = {0: Limits(), 1: Limits(15, 100, 2_000_000), 3: Limits(50, 200, 3_000_000)}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: when it began, its prompt plus the output it asked for, and when it ended.

    `asks`: how often the model may be asked in it; a lawless answer is asked for once more, so
    one that is not over yet may still become two.
    """

    at: datetime
    tokens: int
    ended: datetime | None = None
    asks: int = 1


ASKS = 2  # at most, in one question
HOLD = timedelta(seconds=10)  # where a service that wants no calls does not say how long


def counted(calls: Iterable[Any]) -> list[Call]:
    """Rows as they count: a question that is under way may still be asked again."""
    return [
        Call(
            row.at, row.tokens_wanted, row.ended_at,
            ASKS if row.ended_at is None and row.judgement_id else 1,
        )
        for row in calls
    ]  # fmt: skip


def wait_behind(rows: Sequence[Any], now: datetime, tokens: int, limits: Limits) -> timedelta:
    """As `wait_before`, for who works on the coordinator's account: where it holds more than one
    question, room for the next is left, so that no number of specialists keeps it from asking."""
    is_asking = running(counted(row for row in rows if row.judgement_id), now) > 0
    left = replace(
        limits,
        concurrency=limits.concurrency - (limits.concurrency > 1 and not is_asking),
        rpm=limits.rpm - ASKS if limits.rpm > 2 * ASKS else limits.rpm,
    )
    return wait_before(counted(rows), now, tokens, left)


def wait_before(
    calls: Sequence[Call], now: datetime, tokens_wanted: int, limits: Limits, asks: int = 1
) -> timedelta:
    """How long to wait before a call of this size; zero if it may go now.

    There has to be room for all its `asks`. A call larger than a whole limit may go when nothing
    else counts.
    """
    recent = [one for one in calls if now - one.at < WINDOW]
    counted = sorted((one.at, one.tokens) for one in recent for _ in range(one.asks))
    tokens_wanted *= asks
    waits = [timedelta(0)]
    if limits.concurrency and running(calls, now) >= limits.concurrency:
        waits.append(LOOK_AGAIN)
    if limits.rpm:
        left = max(limits.rpm - asks, 0)
        waits.append(until(counted, now, lambda gone: len(counted) - gone <= left))
    if limits.tpm:
        used = [0, *accumulate(tokens for _, tokens in counted)]
        room = max(limits.tpm - tokens_wanted, 0)
        waits.append(until(counted, now, lambda gone: used[-1] - used[gone] <= room))
    return max(waits)


def running(calls: Sequence[Call], now: datetime) -> int:
    return sum(
        (one.ended is None or one.ended > now) and now - one.at < LONGEST_CALL for one in calls
    )


def until(
    counted: Sequence[tuple[datetime, int]], now: datetime, may_go: Callable[[int], bool]
) -> timedelta:
    """How long until enough of the oldest calls have left the window; `may_go` of how many."""
    for gone in range(len(counted) + 1):
        if may_go(gone):
            return counted[gone - 1][0] + WINDOW - now if gone else timedelta(0)
    return WINDOW
