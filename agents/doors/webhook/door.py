"""The webhook door: signed events to an agent's URL; it answers at once or calls back."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import close_old_connections

from agents.allowed import egress_policy
from agents.audition import proxy
from agents.doors.base import Door, Finding, Sent
from agents.doors.events import envelope
from agents.doors.orders import event_of, workspace_ref
from agents.doors.outcomes import read_refusal
from agents.doors.webhook.replies import LARGEST_REPLY, read_reply
from agents.doors.webhook.secrets import live_secrets
from agents.doors.webhook.sign import signed_headers
from agents.doors.webhook.verify import shake_hands
from agents.egress import Answer, EgressRefused, Outbound
from workspace.queries import timings

if TYPE_CHECKING:
    from workspace.models import Agent, Delivery

GRACE = 10.0  # seconds beyond a request's deadline; this only bounds a loop that died
_aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-copies")


class WebhookDoor(Door):
    def send(self, delivery: "Delivery", at: datetime) -> "Future[Sent]":
        request = request_of(delivery, at)
        answered = proxy.send(delivery, request, policy=egress_policy(), aside=_mark_aside)
        sent: Future[Sent] = Future()
        answered.add_done_callback(lambda future: _read(future, sent))
        return sent

    def verify(self, agent: "Agent") -> Finding:
        return shake_hands(agent)


DOOR = WebhookDoor()


def send_copy(delivery: "Delivery") -> None:
    """Send an assignment once more, on purpose and without effect: what comes of it is logged."""
    request = request_of(delivery, datetime.now(UTC))
    sent = proxy.send_again(delivery, request, policy=egress_policy())
    # The request ends at its own deadline; how it ended is for the note to say.
    sent.exception(timeout=request.deadline + GRACE)
    proxy.note_copy(delivery, sent)


def request_of(delivery: "Delivery", at: datetime) -> Outbound:
    """The signed request of one try. ValueError if its agent's secret cannot be read."""
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


def _read(answered: "Future[Answer]", sent: "Future[Sent]") -> None:
    try:
        answer = answered.result()
        outcome = read_reply(answer, now=datetime.now(UTC))
        sent.set_result(Sent(outcome, answer.status, answer.elapsed_ms))
    except EgressRefused as refused:
        sent.set_result(Sent(read_refusal(refused)))
    except BaseException as error:  # noqa: BLE001 — whoever waits is told; the claim lapses
        sent.set_exception(error)


def _mark_aside(note: "Callable[[], None]") -> "Future[None]":
    def noted() -> None:
        try:
            note()
        finally:
            close_old_connections()

    return _aside.submit(noted)
