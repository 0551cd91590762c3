"""From a task as it is now to what is reported of the run: the same thing said, the same id."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.doors.a2a.loose import Loose
from agents.doors.a2a.results import result_of
from agents.doors.a2a.tasks import ASKING, AT_WORK, OVER, Message, Snapshot
from agents.doors.asks import read_form, read_permission, read_question
from agents.doors.callbacks import read_progress
from agents.doors.fields import Fields, Malformed, is_link
from agents.doors.json_wall import Json
from workspace.reports import (
    Accepted,
    Declined,
    Failure,
    InboundEvent,
    PermissionWanted,
    Progress,
    Question,
    Result,
    Said,
    Stopped,
)

LONGEST_STEP = 200
MOST_SEEN = 300
_LINK = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True, slots=True)
class Heard:
    """What is new, in order. `seen` are the ids of all that was told before, these included."""

    events: list[InboundEvent] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


def heard(
    snapshot: Snapshot, facts: Mapping[str, Any], *, own_url: str, fetched: Mapping[str, bytes]
) -> Heard:
    """What a look at a task brought. Raises Malformed for what says it is ours and is not."""
    before = [str(each) for each in facts.get("seen", [])]
    told = [_as_event(ref, said) for ref, said in _said(snapshot, own_url, fetched)]
    new = [event for event in told if event.id not in before]
    return Heard(new, [*before, *(event.id for event in new)][-MOST_SEEN:])


def _as_event(ref: str, said: Said) -> InboundEvent:
    return InboundEvent(id=f"a2a-{ref}"[:128], type=TYPES[type(said)], said=said)


TYPES: dict[type, str] = {
    Accepted: "run.accepted",
    Progress: "run.progress",
    Question: "question.asked",
    PermissionWanted: "permission.requested",
    Result: "run.completed",
    Failure: "run.failed",
    Declined: "run.rejected",
    Stopped: "run.cancelled",
}


def _said(
    snapshot: Snapshot, own_url: str, fetched: Mapping[str, bytes]
) -> Iterable[tuple[str, Said]]:
    state, message = snapshot.state, snapshot.message
    task = snapshot.task or "message"
    if state != "submitted":
        yield f"taken-{task}", Accepted()
    at_work = [*snapshot.history, *([message] if message and state not in OVER + ASKING else [])]
    for each in at_work:
        if message is None or each.ref != message.ref or state not in OVER + ASKING:
            yield from _progress(each)
    if state not in (*OVER, *ASKING, *AT_WORK):
        # A word this protocol does not have: people see it, and the lease goes on.
        yield f"state-{task}-{state}", Progress(step=state)
    elif state in ASKING:
        yield _asked(snapshot, own_url)
    elif state in OVER:
        yield f"over-{task}", _ending(snapshot, fetched)


def steps_of(message: Message) -> list[InboundEvent]:
    """A message along the way as the events a look would make of it, ids included."""
    return [_as_event(ref, said) for ref, said in _progress(message)]


def _progress(message: Message) -> Iterable[tuple[str, Said]]:
    """A message along the way is a step; a data part of ours may say how far it is."""
    told = message.data("progress")
    if told is not None:
        yield f"step-{message.ref}", read_progress(Fields(told, "/data"))
        return
    if not message.text:
        return
    first = message.text.splitlines()[0].strip()
    note = message.text[:16_000] if message.text != first or len(first) > LONGEST_STEP else ""
    yield f"step-{message.ref}", Progress(step=first[:LONGEST_STEP], note_md=note)


def _asked(snapshot: Snapshot, own_url: str) -> tuple[str, Said]:
    message = snapshot.message
    ref = message.ref if message is not None else f"{snapshot.task}-{snapshot.mark}"
    ref = ref[:100]
    if snapshot.state == "auth-required":
        text = message.text[:16_000] if message is not None else ""
        return f"ask-{ref}", Question(ref, text, url=_place(message, own_url))
    if message is None:
        return f"ask-{ref}", Question(ref, "")
    if (wanted := message.data("permission")) is not None:
        return f"ask-{ref}", read_permission(Fields(_leave(wanted, message, ref), "/data"))
    if (asked := message.data("question")) is not None:
        filled = {"message_md": message.text, **_named(asked, ref)}
        return f"ask-{ref}", read_question(Fields(filled, "/data"))
    return f"ask-{ref}", Question(ref, message.text[:16_000], schema=_form(message))


def _named(data: dict[str, Json], ref: str) -> dict[str, Json]:
    """The part as our wire has it. Its own id may come again, the message's does not."""
    return {**{k: v for k, v in data.items() if k != "kind"}, "id": ref}


def _leave(wanted: dict[str, Json], message: Message, ref: str) -> dict[str, Json]:
    """A permission as our wire has it; `kind` is taken here, so what it is stands elsewhere."""
    action = Loose(wanted.get("action"))
    kind = "execute" if action.raw("argv", "command") else "other"
    told: dict[str, Json] = {
        "title": message.text[:200] or kind,
        **_named(wanted, ref),
        "kind": Loose(wanted).text("actionKind") or kind,
    }
    told.pop("action_kind", None)
    return told


def _form(message: Message) -> dict[str, Any] | None:
    """A form in a data part of somebody else's, as far as it is one we can show."""
    for data in message.data_parts():
        schema = Loose(data).object("schema", "requestedSchema")
        if not schema:
            continue
        try:
            return dict(read_form(Fields(schema.value, "/schema")))
        except Malformed:
            continue
    return None


def _place(message: Message | None, own_url: str) -> str:
    """Where a person gives the agent what it wants: never here. Its own address, failing others."""
    if message is not None:
        for data in message.data_parts():
            said = Loose(data).text("url", "authUrl", "authorizationUrl", "verificationUri")
            if is_link(said):
                return said
        if (found := _LINK.search(message.text)) and is_link(found[0].rstrip(".,;:")):
            return found[0].rstrip(".,;:")
    return own_url


def _ending(snapshot: Snapshot, fetched: Mapping[str, bytes]) -> Said:
    message = snapshot.message
    text = message.text[:4000] if message is not None else ""
    if snapshot.state == "completed":
        return result_of(snapshot, fetched)
    if snapshot.state == "rejected":
        return Declined(text)
    if snapshot.state == "canceled":
        return Stopped()
    error = Loose(message.data("error") if message is not None else None)
    # Where it says nothing about it, the state's own word is all there is.
    words = text or error.text("message", most=4000) or snapshot.state
    return Failure(error.text("code", most=80) or "error", words)
