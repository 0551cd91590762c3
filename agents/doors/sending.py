"""Bringing what is owed to agents: claim short, talk with no transaction, mark.

The effect of an answer comes before the mark: a crash in between sends the event again under the
same id, and an effect that came already is not repeated.
"""

import random
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import close_old_connections, transaction

from agents.doors.base import Sent
from agents.doors.effects import Verdict, take_outcome
from agents.doors.outcomes import Delivered
from agents.doors.registry import door_of
from workspace import outbox
from workspace.actors import SYSTEM
from workspace.commands.agents import send_test_event
from workspace.commands.locks import lock_room
from workspace.commands.runs import offer_run
from workspace.errors import Refused
from workspace.reports import Accepted
from workspace.transitions import LIVE_RUN

if TYPE_CHECKING:
    from workspace.actors import By
    from workspace.models import Delivery

SENDABLE = ("verified", "verified_insecure", "unverified")
MOST_IN_FLIGHT = 200
# Every door ends a try by its own deadline; this only bounds a loop that died.
LONGEST_TRY = 120.0
# Marks what comes back while the jobs that began it are long done.
_markers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="deliveries")
_in_flight: set[str] = set()


def utc_now() -> datetime:
    return datetime.now(UTC)


def deliver_due(now: datetime, most: int = MOST_IN_FLIGHT) -> bool:
    """Begin what is due, at most so many; does not wait for answers. Whether there may be more."""
    found = outbox.due_ids(now, _room(most))
    begin_all(found, now)
    return 0 < len(found) == most


def begin_due(now: datetime) -> "list[Future[str]]":
    """Begin every delivery whose time has come; what will be the state each is left in."""
    return begin_all(outbox.due_ids(now, _room(MOST_IN_FLIGHT)), now)


def _room(most: int) -> int:
    return max(0, min(most, MOST_IN_FLIGHT - len(_in_flight)))


def begin_all(delivery_ids: Iterable[str], now: datetime) -> "list[Future[str]]":
    """Begin these as far as nobody else has, in this order."""
    begun = (_begin(delivery_id, now) for delivery_id in delivery_ids)
    return [future for future in begun if future is not None]


def deliver_one(delivery_id: str) -> str | None:
    """Send one due delivery and wait; the state it is left in, None if it is not ours to send."""
    ready = _claim(delivery_id, utc_now())
    if not isinstance(ready, Ready):
        return ready
    return _conclude(ready.delivery, ready.sent.result(timeout=LONGEST_TRY))


def send_test(*, agent_id: str, by: "By") -> "Delivery":
    """Owe the agent a ping and send it at once; what came of it is in its log."""
    delivery = send_test_event(agent_id=agent_id, by=by, at=utc_now())
    deliver_one(delivery.id)
    delivery.refresh_from_db()
    return delivery


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed delivery whose try has begun."""

    delivery: "Delivery"
    sent: "Future[Sent]"


def _begin(delivery_id: str, at: datetime) -> "Future[str] | None":
    _in_flight.add(delivery_id)
    try:
        ready = _claim(delivery_id, at)
    except BaseException:
        _in_flight.discard(delivery_id)
        raise
    marked: Future[str] = Future()
    if not isinstance(ready, Ready):
        _in_flight.discard(delivery_id)
        if ready is None:
            return None
        marked.set_result(ready)
        return marked

    def mark(sent: Future[Sent]) -> None:
        try:
            marked.set_result(_conclude(ready.delivery, sent.result()))
        except Exception as error:  # noqa: BLE001 — whoever waits is told; the claim lapses
            marked.set_exception(error)
        finally:
            _in_flight.discard(delivery_id)
            close_old_connections()

    ready.sent.add_done_callback(lambda future: _markers.submit(mark, future))
    return marked


def _claim(delivery_id: str, at: datetime) -> Ready | str | None:
    """A try that has begun, or the state of a delivery that needs no sending any more."""
    delivery = outbox.claim(delivery_id, at=at)
    if delivery is None:
        return None
    if not _is_at_home(delivery):
        return _sent(delivery, at)
    with _room_first(delivery):
        ready = _sent(delivery, at)
        return _conclude(delivery, ready.sent.result()) if isinstance(ready, Ready) else ready


@contextmanager
def _room_first(delivery: "Delivery") -> Iterator[None]:
    """A transaction about a delivery. Whoever ends a run holds its room and withdraws what is owed
    about it: here the room is locked before the delivery and the agent, too."""
    with transaction.atomic():
        if delivery.run is not None:
            lock_room(delivery.run.room_id)
        yield


def _is_at_home(delivery: "Delivery") -> bool:
    return delivery.type != "ping" and door_of(delivery.agent.door).at_home


def _sent(delivery: "Delivery", at: datetime) -> Ready | str:
    """The try of a claimed delivery, or the state it is left in where there is none."""
    if why := moot(delivery):
        return _end(delivery, "cancelled", why, at)
    try:
        door = door_of(delivery.agent.door)
        if delivery.type == "card.assigned" and delivery.run_id and door.can_reach(delivery):
            # The time to answer begins as it is sent: a frozen agent takes it and says nothing.
            offer_run(run_id=delivery.run_id, by=SYSTEM, at=at)
        return Ready(delivery, door.send(delivery, at))
    except (Refused, ValueError) as error:
        code = error.code if isinstance(error, Refused) else "secret_unreadable"
        return _end(delivery, "failed", code, at)


def moot(delivery: "Delivery") -> str:
    """Why nobody needs this any more, or nothing."""
    if delivery.agent.status not in SENDABLE:
        return f"agent_{delivery.agent.status}"
    run = delivery.run
    if run is not None and delivery.type != "card.cancelled" and run.state not in LIVE_RUN:
        return "run_over"
    return ""


def _end(delivery: "Delivery", state: str, code: str, at: datetime) -> str:
    outcome = {"code": code, "params": {}}
    outbox.mark(delivery, state=state, outcome=outcome, status=None, took_ms=0, at=at)
    return state


def _conclude(delivery: "Delivery", sent: Sent) -> str:
    """Take the effect of an answer, then mark the delivery; the state it is left in."""
    at = utc_now()
    chance = random.random()  # noqa: S311 — spreads retries, protects nothing
    # What is taken as it was meant to be is one transaction with its mark. Anything else may put
    # its agent to rest first and end its run after, and rows are locked in one order only.
    is_plain = isinstance(sent.outcome, Accepted | Delivered)
    with _room_first(delivery) if is_plain else nullcontext():
        verdict: Verdict = take_outcome(delivery, sent.outcome, at=at, chance=chance)
        outbox.mark(
            delivery, state=verdict.state, outcome=verdict.outcome, status=sent.status,
            took_ms=sent.took_ms, at=at, again_at=verdict.again_at,
        )  # fmt: skip
    return verdict.state
