"""Three bugs that somebody might make, put into the product for the length of a `with` block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

from workspace.actors import By
from workspace.commands import reviews
from workspace.models import Deliverable, Event
from workspace.record import event_hash

EVERY = 40  # events


@contextmanager
def a_stale_token_is_accepted() -> Iterator[None]:
    """Whoever knows the run is believed to hold its lease."""
    with patch("workspace.commands.leases.is_same", lambda shown, kept: True):
        yield


@contextmanager
def an_event_has_no_number() -> Iterator[None]:
    """Now and then a number is left out: the next event has the one after."""
    made = 0

    def leave_one_out(event: Event) -> str:
        nonlocal made
        made += 1
        event.seq += made % EVERY == 0
        return event_hash(event)

    with patch("workspace.record.event_hash", leave_one_out):
        yield


@contextmanager
def another_version_is_accepted() -> Iterator[None]:
    """What the person had in front of them is not compared with what is there now."""
    real = reviews.accept_deliverable

    def accept_deliverable(
        *, deliverable_id: str, sha256: str, by: By, at: datetime, **more: Any
    ) -> Deliverable:
        found = Deliverable.objects.get(id=deliverable_id)
        return real(deliverable_id=found.id, sha256=found.sha256, by=by, at=at, **more)

    with patch("workspace.commands.reviews.accept_deliverable", accept_deliverable):
        yield


# Each with the promise that has to be named by what finds it.
PLANTED: dict[str, tuple[Callable[[], AbstractContextManager[None]], str]] = {
    "a stale token accepted": (a_stale_token_is_accepted, "I7"),
    "an event without number": (an_event_has_no_number, "I5"),
    "another version accepted": (another_version_is_accepted, "I3"),
}
