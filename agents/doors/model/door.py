"""The model door: the workspace itself works for an agent that is a model and a role.

What is sent begins or wakes a conversation; the work is done by its loop, see `host`.
"""

from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING

from agents.doors.base import Door, Finding, Sent, at_once
from agents.doors.events import CardAssigned, Ping
from agents.doors.model.endpoint import endpoint_of
from agents.doors.model.files import numbers_of
from agents.doors.model.host import host, poke
from agents.doors.model.opening import order_text, system_text
from agents.doors.model.verify import look_for_model, ping
from agents.doors.orders import event_of
from agents.doors.outcomes import Delivered, Outcome, Unacceptable
from workspace import queries
from workspace.commands.talks import look_now, open_talk
from workspace.reports import Accepted

if TYPE_CHECKING:
    from workspace.models import Agent, Delivery


class ModelDoor(Door):
    at_home = True

    def send(self, delivery: "Delivery", at: datetime) -> "Future[Sent]":
        event = event_of(delivery, at=at)
        if isinstance(event, Ping):
            return ping(delivery.agent)
        if isinstance(event, CardAssigned):
            return at_once(Sent(_begin(delivery, event, at)))
        if delivery.run_id:
            # The loop reads its own inbox; this only makes it sooner.
            look_now(run_id=delivery.run_id, at=at)
            poke()
        return at_once(Sent(Delivered()))

    def look(self, now: datetime) -> None:
        host().look(now)

    def verify(self, agent: "Agent") -> Finding:
        return look_for_model(agent)


DOOR = ModelDoor()


def _begin(delivery: "Delivery", event: CardAssigned, at: datetime) -> Outcome:
    """Open the run's conversation with what it begins with; sent twice, it goes on."""
    run = delivery.run
    assert run is not None
    endpoint = endpoint_of(delivery.agent)
    if not endpoint.url or not endpoint.model:
        return Unacceptable("no_model", {})
    if not queries.is_conversing(run.id):
        opening = {"system": system_text(endpoint), "order": order_text(event, numbers_of(run))}
        open_talk(run_id=run.id, facts={"opening": opening}, due_at=at, at=at)
    return Accepted()
