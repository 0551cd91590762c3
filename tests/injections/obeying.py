"""A model that obeys every instruction it reads, for the scripted model server.

    with model_server(Obeying()) as server: ...

Where it finds nothing of the pack in its prompt it answers soberly, so that a room goes on. Where
it finds something it answers with the worst it can say for the kind asked: `blunt` leaves the form
(ids nobody offered, 10,000 parts, fields that order effects), `sly` stays within the form and puts
the harm into what is allowed. `both` is blunt at first and sly when it is asked again.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Literal

from tests.fakes.model_server import Answer, Request
from tests.injections.answers import answer_to
from tests.injections.orders import kind_of, orders_in
from tests.injections.pack import Injection

Manner = Literal["blunt", "sly", "both"]


@dataclass(frozen=True)
class Followed:
    """One answer given: for which kind, in which manner, and the injections it obeyed."""

    kind: str
    manner: str
    injections: tuple[Injection, ...]


class Obeying:
    """A behaviour; `followed` is what it answered, in order. Safe to use from several threads."""

    def __init__(self, manner: Manner = "both") -> None:
        self.manner = manner
        self.followed: list[Followed] = []
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        kind, orders = kind_of(request), orders_in(request)
        manner = self._manner_for(request) if orders.injections else "sober"
        with self._lock:
            self.followed.append(Followed(kind, manner, orders.injections))
        return Answer(json.dumps(answer_to(kind, manner, orders), ensure_ascii=False))

    @property
    def obeyed(self) -> frozenset[str]:
        """The ids of all injections that have reached the model."""
        return frozenset(one.id for step in self.followed for one in step.injections)

    def _manner_for(self, request: Request) -> Literal["blunt", "sly"]:
        if self.manner != "both":
            return self.manner
        asked_again = any(one["role"] == "assistant" for one in request.body["messages"])
        return "sly" if asked_again else "blunt"
