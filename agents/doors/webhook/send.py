"""Bringing what is owed to agents: claim short, talk with no transaction, mark.

The effect of an answer comes before the mark: a crash in between sends the event again under the
same webhook-id, and an effect that came already is not repeated.
"""

import json
import random
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections

from agents.audition import proxy
from agents.doors.webhook.events import envelope
from agents.doors.webhook.orders import event_of, workspace_ref
from agents.doors.webhook.outcomes import Verdict, take_outcome
from agents.doors.webhook.replies import LARGEST_REPLY, read_refusal, read_reply
from agents.doors.webhook.sign import signed_headers
from agents.egress import Answer, EgressPolicy, EgressRefused, Outbound
from workspace import outbox
from workspace.actors import SYSTEM
from workspace.commands.agents import send_test_event
from workspace.commands.runs import offer_run
from workspace.errors import Refused
from workspace.keys import decrypted
from workspace.queries import timings
from workspace.transitions import LIVE_RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.actors import By
    from workspace.models import Agent, Delivery

SENDABLE = ("verified", "verified_insecure", "unverified")
MOST_IN_FLIGHT = 200
GRACE = 10.0  # seconds beyond a request's deadline; this only bounds a loop that died
# Marks what comes back while the jobs that began it are long done.
_markers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="deliveries")
_in_flight: set[str] = set()


def utc_now() -> datetime:
    return datetime.now(UTC)


@lru_cache(maxsize=4)
def _policy(cidrs: tuple[str, ...]) -> EgressPolicy:
    return EgressPolicy.allowing(cidrs)


def egress_policy() -> EgressPolicy:
    """What this installation's operator lets agents live at."""
    return _policy(tuple(settings.MUSTER_ALLOW_CIDRS))


def deliver_due(now: datetime) -> int:
    """Begin every delivery whose time has come and return how many; does not wait for answers."""
    return len(begin_due(now))


def begin_due(now: datetime) -> "list[Future[str]]":
    """The same, handing back what will be the state each delivery is left in."""
    room = MOST_IN_FLIGHT - len(_in_flight)
    begun = (_begin(delivery_id, now) for delivery_id in outbox.due_ids(now, max(0, room)))
    return [future for future in begun if future is not None]


def deliver_one(delivery_id: str) -> str | None:
    """Send one due delivery and wait; the state it is left in, None if it is not ours to send."""
    at = utc_now()
    ready = _claim(delivery_id, at)
    if not isinstance(ready, Ready):
        return ready
    return _conclude(ready.delivery, _answer(_sent(ready), ready.request))


def send_copy(delivery: "Delivery") -> None:
    """Send an assignment once more, on purpose and without effect: what comes of it is logged."""
    request = _request(delivery, utc_now())
    sent = proxy.send_again(delivery, request, policy=egress_policy())
    _answer(sent, request)
    proxy.note_copy(delivery, sent)


def _sent(ready: "Ready") -> "Future[Answer]":
    return proxy.send(ready.delivery, ready.request, policy=egress_policy(), aside=_mark_aside)


def _mark_aside(note: "Callable[[], None]") -> "Future[None]":
    def noted() -> None:
        try:
            note()
        finally:
            close_old_connections()

    return _markers.submit(noted)


def _answer(sent: "Future[Answer]", request: Outbound) -> Answer | EgressRefused:
    """Wait for what came back; the request ends at its own deadline."""
    try:
        return sent.result(timeout=request.deadline + GRACE)
    except EgressRefused as refused:
        return refused


def send_test(*, agent_id: str, by: "By") -> "Delivery":
    """Owe the agent a ping and send it at once; what came of it is in its log."""
    delivery = send_test_event(agent_id=agent_id, by=by, at=utc_now())
    deliver_one(delivery.id)
    delivery.refresh_from_db()
    return delivery


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed delivery and the signed request for it."""

    delivery: "Delivery"
    request: Outbound


def _begin(delivery_id: str, at: datetime) -> "Future[str] | None":
    ready = _claim(delivery_id, at)
    if not isinstance(ready, Ready):
        return None
    _in_flight.add(delivery_id)
    marked: Future[str] = Future()

    def mark(answered: Future[Answer]) -> None:
        try:
            error = answered.exception()
            if error is None:
                marked.set_result(_conclude(ready.delivery, answered.result()))
            elif isinstance(error, EgressRefused):
                marked.set_result(_conclude(ready.delivery, error))
            else:
                marked.set_exception(error)
        except Exception as error:  # noqa: BLE001 — whoever waits is told; the claim lapses
            marked.set_exception(error)
        finally:
            _in_flight.discard(delivery_id)
            close_old_connections()

    try:
        answered = _sent(ready)
    except BaseException:
        _in_flight.discard(delivery_id)
        raise
    answered.add_done_callback(lambda future: _markers.submit(mark, future))
    return marked


def _claim(delivery_id: str, at: datetime) -> Ready | str | None:
    """What to send, or the state of a delivery that needs no sending any more."""
    delivery = outbox.claim(delivery_id, at=at)
    if delivery is None:
        return None
    if why := _moot(delivery):
        return _end(delivery, "cancelled", why, at)
    try:
        ready = Ready(delivery, _request(delivery, at))
        if delivery.type == "card.assigned" and delivery.run_id:
            # The time to answer begins as it is sent: a frozen agent takes it and says nothing.
            offer_run(run_id=delivery.run_id, by=SYSTEM, at=at)
        return ready
    except (Refused, ValueError) as error:
        code = error.code if isinstance(error, Refused) else "secret_unreadable"
        return _end(delivery, "failed", code, at)


def _moot(delivery: "Delivery") -> str:
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


def _request(delivery: "Delivery", at: datetime) -> Outbound:
    agent = delivery.agent
    sent = envelope(
        event_of(delivery, at=at), workspace=workspace_ref(delivery), at=delivery.created_at
    )
    body = json.dumps(sent, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    limits = timings(agent.workspace, delivery.run.room if delivery.run else None, agent)
    return Outbound(
        method="POST",
        url=agent.url,
        headers=signed_headers(live_secrets(agent, at), webhook_id=delivery.id, at=at, body=body),
        body=body,
        deadline=limits.deliver_within,
        connect=limits.connect_within,
        max_bytes=LARGEST_REPLY,
    )


def live_secrets(agent: "Agent", at: datetime) -> list[str]:
    """The secrets that count now, the newest first. ValueError if none can be read."""
    if agent.secret is None:
        raise ValueError("this agent has no secret")
    found = [decrypted(agent.secret)]
    until = agent.secret_before_until
    if agent.secret_before is not None and until is not None and until > at:
        found.append(decrypted(agent.secret_before))
    return found


def _conclude(delivery: "Delivery", answer: Answer | EgressRefused) -> str:
    """Take the effect of an answer, then mark the delivery; the state it is left in."""
    at = utc_now()
    if isinstance(answer, EgressRefused):
        outcome, status, took = read_refusal(answer), None, 0
    else:
        outcome, status, took = read_reply(answer, now=at), answer.status, answer.elapsed_ms
    verdict: Verdict = take_outcome(delivery, outcome, at=at, chance=random.random())  # noqa: S311
    outbox.mark(
        delivery,
        state=verdict.state,
        outcome=verdict.outcome,
        status=status,
        took_ms=took,
        at=at,
        again_at=verdict.again_at,
    )
    return verdict.state
