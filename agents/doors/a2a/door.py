"""The A2A door: a card becomes a task of the agent's, which is looked at until it is over."""

from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from agents.doors.a2a.beside import aside, conclude
from agents.doors.a2a.looking import look_at_due
from agents.doors.a2a.saying import facts_of, say, stop
from agents.doors.a2a.verify import find_out
from agents.doors.a2a.wire import Trouble
from agents.doors.base import Door, Finding, Sent, at_once
from agents.doors.events import CardCancelled, LeaseExpiring, Ping
from agents.doors.orders import event_of
from agents.doors.outcomes import Delivered, TryAgain, Unacceptable
from workspace.commands.talks import look_now
from workspace.errors import Refused

if TYPE_CHECKING:
    from workspace.models import Agent, Delivery


class A2ADoor(Door):
    def send(self, delivery: "Delivery", at: datetime) -> "Future[Sent]":
        event = event_of(delivery, at=at)
        match event:
            case Ping():
                return aside(partial(_pinged, delivery.agent))
            case CardCancelled():
                return _cancel(delivery)
            case LeaseExpiring(run_id):
                look_now(run_id=run_id, at=at)
                return at_once(Sent(Delivered("looked_at")))
        try:
            return say(delivery, event, at)
        except Refused as refused:
            # Said as what its door found, so that the run does not wait for an answer.
            return at_once(
                Sent(Unacceptable(refused.code, {"kind": refused.code, **refused.params}))
            )

    def look(self, now: datetime) -> None:
        look_at_due(now)

    def verify(self, agent: "Agent") -> Finding:
        return find_out(agent)


DOOR = A2ADoor()


def _pinged(agent: "Agent") -> Sent:
    """There is no event for a test at this door: what is asked is what verifying asks."""
    found = find_out(agent)
    if found.status != "unverified":
        return Sent(Delivered())
    wrong = next(step for step in found.steps if not step["ok"])
    return Sent(TryAgain(str(wrong["code"]), dict(wrong["params"])))


def _cancel(delivery: "Delivery") -> "Future[Sent]":
    """Sent and not waited for: the run is fenced here already."""
    run = delivery.run
    task = str(facts_of(run).get("task", "")) if run is not None else ""
    if run is None or not task:
        return at_once(Sent(Delivered("nothing_to_cancel")))

    def told(done: "Future[str]") -> Sent:
        try:
            return Sent(Delivered(done.result()))
        except Trouble as trouble:
            return Sent(trouble.outcome, trouble.status)

    return conclude(stop(run, task=task), told)
