"""Numbering: every event gets the next number of its stream, under the stream's row lock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from workspace.actors import By, request_id
from workspace.events import Happened
from workspace.hearers import hearers
from workspace.ids import new_id
from workspace.models import Event, Room, Stream, Workspace
from workspace.models.many import add_rows
from workspace.models.prepared import Prepared
from workspace.nudges import nudge

STREAM = Prepared(lambda stream_id: Stream.objects.select_for_update().filter(id=stream_id))


def record(stream: Room | Workspace, what: Happened, *, by: By, at: datetime) -> Event:
    """Add `what` to a room's or a workspace's stream, and hint to those who hear of it.

    Must run inside the transaction that made it true.
    """
    return record_all(stream, [(what, by)], at=at)[0]


def record_all(
    stream: Room | Workspace, happened: Sequence[tuple[Happened, By]], *, at: datetime
) -> list[Event]:
    """`record` for several that became true together: one lock, one write, in this order."""
    # Numbered under the row lock, so order of numbers is order of commits.
    head = STREAM.one(stream.id)
    events = [_numbered(head, what, by, at) for what, by in happened]
    add_rows(events)
    head.save(update_fields=["seq", "head_hash"])
    for hearer in sorted(set().union(*(hearers(what.TYPE) for what, _ in happened))):
        hint(hearer, stream.id)
    return events


def _numbered(head: Stream, what: Happened, by: By, at: datetime) -> Event:
    event = Event(
        id=new_id("evt"), workspace_id=head.workspace_id, stream=head, seq=head.seq + 1,
        type=what.TYPE, version=what.VERSION, at=at, actor=by.actor, on_behalf_of=by.on_behalf_of,
        request_id=request_id.get(), cause=by.cause, data=what.data(), prev_hash=head.head_hash,
    )  # fmt: skip
    event.hash = event_hash(event)
    head.seq, head.head_hash = event.seq, event.hash
    return event


def hint(hearer: str, subject_id: str) -> None:
    """Nudge once this transaction is committed."""
    transaction.on_commit(lambda: nudge(hearer, subject_id))


def event_hash(event: Event) -> str:
    """SHA-256 over the event before it and this one's canonical JSON."""
    facts = [
        event.prev_hash, event.id, event.stream_id, event.seq, event.type, event.version,
        event.at.isoformat(), event.actor, event.on_behalf_of, event.request_id, event.cause,
        event.data,
    ]  # fmt: skip
    canonical = json.dumps(facts, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(canonical.encode()).hexdigest()
