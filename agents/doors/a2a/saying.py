"""Bringing an event to an agent as a message on its task, and taking what it makes of it."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

from agents.doors.a2a import exchange, messages
from agents.doors.a2a.beside import conclude
from agents.doors.a2a.exchange import Came, Outgoing
from agents.doors.a2a.looking import line_to, listen
from agents.doors.a2a.parts import Part, Text
from agents.doors.a2a.reach import reach_of
from agents.doors.a2a.taking import take
from agents.doors.a2a.tasks import Snapshot
from agents.doors.a2a.wire import Draft, Push, Trouble
from agents.doors.base import Sent, at_once
from agents.doors.events import (
    CardAssigned,
    CardRevised,
    MessagePosted,
    OutboundEvent,
    PermissionDecided,
    QuestionAnswered,
)
from agents.doors.outcomes import Delivered, Outcome, Unacceptable
from agents.egress import spawn
from workspace.commands.talks import look_now, open_talk
from workspace.keys import push_token
from workspace.reports import Accepted, Failure
from workspace.transitions import LIVE_RUN

if TYPE_CHECKING:
    from workspace.models import Delivery, Run

Facts = Mapping[str, Any]
# On these an agent may go on in a new task of the conversation; elsewhere that is beside it.
GOES_ON = (CardAssigned, CardRevised, QuestionAnswered, PermissionDecided)


def say(delivery: "Delivery", event: OutboundEvent, at: datetime) -> "Future[Sent]":
    """Begin to bring it. Raises Refused or ValueError where nothing can be sent."""
    run = delivery.run
    assert run is not None
    facts = facts_of(run)
    if isinstance(event, CardAssigned):
        if facts.get("task"):
            look_now(run_id=run.id, at=at)
            return at_once(Sent(Delivered("already_known")))
        return _send(delivery, event, _order(run, event, at))
    if not facts.get("task"):
        return at_once(Sent(Unacceptable("a2a_no_task", {})))
    if isinstance(event, MessagePosted) and run.state == "waiting":
        # To the agent the next message is the answer to what it asked.
        held = [*facts.get("held", []), messages.posted_text(event)]
        open_talk(run_id=run.id, facts={"held": held}, due_at=at, at=at)
        return at_once(Sent(Delivered("held_until_answered")))
    parts = _parts(event, facts)
    draft = Draft(_own_id(delivery.id), str(facts.get("context", "")), parts, str(facts["task"]))
    return _send(delivery, event, Outgoing(line_to(delivery.agent, run), draft, _push(run)))


def facts_of(run: "Run") -> dict[str, Any]:
    """What is known of a run's conversation; empty before there is one."""
    talk = getattr(run, "talk", None)
    return dict(talk.facts) if talk is not None else {}


def _order(run: "Run", event: CardAssigned, at: datetime) -> Outgoing:
    assert run.agent is not None
    before = _rounds_before(run)
    contexts = [str(facts["context"]) for facts in before if facts.get("context")]
    tasks = tuple(str(facts["task"]) for facts in before if facts.get("task"))
    draft = Draft(
        id=_own_id(f"{run.id}.{run.attempt}.{run.round}"),
        context=contexts[0] if contexts else _own_id(run.id),
        parts=messages.order_parts(run, event, at=at),
        references=tasks[:1],
    )
    plain = None
    if len(draft.parts) > 1:
        plain = replace(draft, parts=messages.order_parts(run, event, at=at, attach=False))
    return Outgoing(line_to(run.agent, run), draft, _push(run), plain, known=tasks)


def _own_id(of: str) -> str:
    """Always the same for the same; some servers take nothing but UUIDs as ids."""
    return str(uuid5(NAMESPACE_URL, f"muster:{of}"))


def _rounds_before(run: "Run") -> list[dict[str, Any]]:
    """What is known of the conversation in the rounds before, the newest first.

    A new attempt begins a new one: what went wrong before must not weigh on it.
    """
    found = []
    later = run
    while later.round > 1 and (earlier := later.previous) is not None:
        if earlier.agent_id != run.agent_id:
            break
        found.append(facts_of(earlier))
        later = earlier
    return found


def _push(run: "Run") -> Push | None:
    """Our address for news of this run, where the agent's card says that it sends some."""
    assert run.agent is not None
    if not reach_of(run.agent).push:
        return None
    return Push(f"{settings.MUSTER_URL}/agent/v1/a2a/{run.id}", push_token(run.id, run.fence))


def _parts(event: OutboundEvent, facts: Facts) -> tuple[Part, ...]:
    held = [str(each) for each in facts.get("held", [])]
    in_data = bool(facts.get("in_data"))
    match event:
        case QuestionAnswered():
            return messages.answer_parts(event, held, in_data=in_data)
        case PermissionDecided():
            return messages.decision_parts(event, held, in_data=in_data)
        case CardRevised():
            return (Text(messages.revised_text(event)),)
        case MessagePosted():
            return (Text(messages.posted_text(event)),)
    raise ValueError(f"an A2A agent is not told of {event.TYPE}")


def _send(delivery: "Delivery", event: OutboundEvent, message: Outgoing) -> "Future[Sent]":
    started, is_again = monotonic(), delivery.tries > 1 and isinstance(event, CardAssigned)
    sent = spawn(lambda egress: exchange.deliver(egress, message, is_again=is_again))

    def taken(done: "Future[Came]") -> Sent:
        took_ms = int((monotonic() - started) * 1000)
        try:
            snapshot, fetched = done.result()
        except Trouble as trouble:
            return Sent(_met(delivery, event, trouble.outcome), trouble.status, took_ms)
        outcome = _taken(delivery, event, message.draft, snapshot, fetched)
        return Sent(outcome, 200, took_ms)

    return conclude(sent, taken)


def _met(delivery: "Delivery", event: OutboundEvent, outcome: Outcome) -> Outcome:
    """An agent that takes no message while it works has not failed at its work.

    Nor has one that went on by itself once the person had signed in.
    """
    if not isinstance(outcome, Failure):
        return outcome
    signed_in = delivery.run and facts_of(delivery.run).get("state") == "auth-required"
    if isinstance(event, CardRevised | MessagePosted) or signed_in:
        return Delivered("not_taken")
    return outcome


def _taken(
    delivery: "Delivery", event: OutboundEvent, draft: Draft, snapshot: Snapshot,
    fetched: Mapping[str, bytes],
) -> Outcome:  # fmt: skip
    """Keep which task it is and look at it; what is over at once is taken at once."""
    run, at = delivery.run, datetime.now(UTC)
    assert run is not None
    is_another = bool(draft.task) and draft.task not in (snapshot.task, _said_of(snapshot))
    if is_another and not isinstance(event, GOES_ON):
        return Delivered("another_task")
    if not snapshot.task and _said_of(snapshot) == draft.task and draft.task:
        look_now(run_id=run.id, at=at)
        return Delivered("answered")
    facts = facts_of(run)
    kept: dict[str, Any] = {
        "task": snapshot.task or facts.get("task", ""),
        "context": snapshot.context or draft.context,
    }
    if isinstance(event, QuestionAnswered | PermissionDecided):
        kept["held"] = []
    if snapshot.is_over and (fetched or not snapshot.links):
        # Some agents do not remember what they have finished: it is told here, or nowhere.
        kept |= take(run, snapshot, facts, fetched=fetched, at=at).facts
    open_talk(run_id=run.id, facts=kept, due_at=at, at=at)
    run.refresh_from_db()
    if run.state not in LIVE_RUN and not snapshot.is_over:
        stop(run, task=snapshot.task)
    listen(run, snapshot.state, snapshot.task)
    is_taken = snapshot.state != "submitted" and isinstance(event, CardAssigned)
    return Accepted() if is_taken else Delivered()


def _said_of(snapshot: Snapshot) -> str:
    """The task a bare message belongs to."""
    return snapshot.message.task if not snapshot.task and snapshot.message is not None else ""


def stop(run: "Run", *, task: str) -> "Future[str]":
    """Tell the agent to stop a task; nobody waits for what it answers."""
    assert run.agent is not None
    line = line_to(run.agent, run)
    return spawn(lambda egress: exchange.cancel(egress, line, task))
