"""The fault proxy: what happens on the way between a door and an agent that is being tried.

It is keyed on the scratch room of a running audition, and on the item the run is for; a run of
any other room never meets it. It keeps nothing itself: what it did is in the agent's log.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agents.egress import Answer, EgressPolicy, Outbound, begin
from workspace import outbox, queries
from workspace.transitions import LIVE_RUN

if TYPE_CHECKING:
    from workspace.models import Delivery, Run

LATE_BY = 2  # seconds a delivery is held back, at least
WAIT = 2  # seconds a limited caller is told to wait
ASSIGNED = "card.assigned"
# Calls that keep a run alive or only read are never limited.
LET_THROUGH = ("heartbeat", "inbox", "files")
COPY = "sent_again"  # how the log names a copy

Aside = Callable[[Callable[[], None]], object]


def send(
    delivery: Delivery, request: Outbound, *, policy: EgressPolicy, aside: Aside
) -> Future[Answer]:
    """Send a delivery, with the fault of its item where it is part of an audition.

    `aside` runs what must not hold up the loop that talks.
    """
    fault = _fault_of(delivery.run) if delivery.type == ASSIGNED else ""
    if fault == "late" and delivery.tries == 1:
        return _held_back()
    answered = begin(request, policy=policy)
    if fault == "duplicate" and delivery.tries == 1:
        copy = begin(request, policy=policy)
        copy.add_done_callback(lambda done: aside(lambda: note_copy(delivery, done)))
    return answered


def _fault_of(run: Run | None) -> str:
    found = queries.scratch_item(run) if run is not None else None
    return str(found[1]["code"]) if found is not None else ""


def send_again(delivery: Delivery, request: Outbound, *, policy: EgressPolicy) -> Future[Answer]:
    """Send a copy; whoever waits for what comes back notes it."""
    return begin(request, policy=policy)


def _held_back() -> Future[Answer]:
    """As if something on the way had said: not now."""
    done: Future[Answer] = Future()
    done.set_result(Answer(429, {"retry-after": str(LATE_BY)}, b"", 0))
    return done


def note_copy(delivery: Delivery, done: Future[Answer]) -> None:
    """What the agent answered to a copy of a delivery, beside its answer to the first."""
    error = done.exception()
    answer = done.result() if error is None else None
    outbox.log_copy(
        delivery,
        code=COPY,
        status=answer.status if answer else None,
        took_ms=answer.elapsed_ms if answer else 0,
        at=datetime.now(UTC),
    )


def limits_call(run: Run, name: str, at: datetime) -> int:
    """For how many seconds a call of a run is told to wait; 0 is not at all."""
    if name in LET_THROUGH:
        return 0
    found = queries.scratch_item(run)
    if found is None:
        return 0
    code = found[1]["code"]
    if code == "cancel":
        # It must still be at work when it is told to stop.
        has_begun = name != "events" or run.steps_count > 0
        return 1 if run.state in LIVE_RUN and has_begun else 0
    if code != "throttled":
        return 0
    limited = [when for _, when in queries.limited_calls(run)]
    if not limited:
        return WAIT
    opens = limited[0] + timedelta(seconds=WAIT)
    return math.ceil((opens - at).total_seconds()) if at < opens else 0
