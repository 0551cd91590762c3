"""What agents send to a run, read once at the wall into typed values."""

from collections.abc import Callable

from agents.doors.asks import read_permission, read_question
from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import KIB, Json
from agents.doors.results import read_result, read_source
from workspace.reports import (
    Accepted,
    Activity,
    ArtifactCreated,
    Beat,
    CheckpointKept,
    Declined,
    Failure,
    InboundEvent,
    Progress,
    Result,
    Said,
    SourceAdded,
    SourceNamed,
    Stopped,
)

MOST_EVENTS = 100
MOST_CHECKPOINT = 64 * KIB
STEP_STATES = ("running", "ok", "failed", "skipped")


def read_accepted(fields: Fields) -> Accepted:
    return Accepted(
        external_url=fields.link_or("external_url", ""),
        eta_s=fields.whole_or_none("eta_s", most=31_536_000),
    )


def read_progress(fields: Fields) -> Progress:
    return Progress(
        percent=fields.number_or_none("percent", least=0, most=100),
        step=fields.text_or("step", "", most=500),
        note_md=fields.text_or("note_md", "", most=16_000),
        ephemeral=fields.flag_or("ephemeral", False),
    )


def read_activity(fields: Fields) -> Activity:
    return Activity(
        kind=fields.choice("kind", ("thought", "action")),
        title=fields.text("title", most=500),
        input=fields.text_or("input", "", most=16_000),
        output=fields.text_or("output", "", most=64_000),
        status=fields.choice_or("status", "ok", STEP_STATES),
    )


def read_failure(fields: Fields) -> Failure:
    """Either the error itself or an object that carries it under `error`."""
    error = fields.object_or_none("error") or fields
    return Failure(
        code=error.text_or("code", "error", most=80) or "error",
        message=error.text_or("message", "", most=4000),
        retryable=error.flag_or("retryable", True),
    )


def read_declined(fields: Fields) -> Declined:
    return Declined(reason=fields.text_or("reason", "", most=4000))


def read_completion(fields: Fields) -> Result:
    """A result, bare or under `result`."""
    return read_result(fields.object_or_none("result") or fields)


EVENT_READERS: dict[str, Callable[[Fields], Said]] = {
    "run.accepted": read_accepted,
    "run.progress": read_progress,
    "run.activity": read_activity,
    "artifact.created": lambda fields: ArtifactCreated(fields.text("artifact_id", most=60)),
    "source.added": lambda fields: SourceAdded(read_source(fields)),
    "question.asked": read_question,
    "permission.requested": read_permission,
    "run.completed": read_completion,
    "run.failed": read_failure,
    "run.rejected": read_declined,
    "run.cancelled": lambda fields: Stopped(),
}


def read_events(body: Json) -> tuple[InboundEvent, ...]:
    """A batch in the order of its numbers; events without one keep their place at the end.

    Raises Malformed for the whole batch, naming the event: sending it again is harmless.
    """
    fields = Fields(body)
    events = fields.items("events", _event, most=MOST_EVENTS)
    if not events:
        raise Malformed("/events", "missing")
    return tuple(sorted(events, key=lambda event: (event.seq is None, event.seq or 0)))


def _event(fields: Fields) -> InboundEvent:
    kind = fields.choice("type", tuple(EVENT_READERS))
    data = fields.object_or_none("data") or Fields({}, f"{fields.at}/data")
    return InboundEvent(
        id=fields.text("id", most=128),
        seq=fields.whole_or_none("seq"),
        type=kind,
        at=fields.time_or_none("at"),
        said=EVENT_READERS[kind](data),
    )


def read_beat(body: Json) -> tuple[Beat, int | None]:
    """A heartbeat, and the last inbox number its sender has seen, if it says."""
    fields = Fields(body)
    beat = Beat(
        percent=fields.number_or_none("percent", least=0, most=100),
        note=fields.text_or("note", "", most=500),
    )
    return beat, fields.whole_or_none("after")


def read_checkpoint(body: Json) -> CheckpointKept:
    fields = Fields(body)
    return CheckpointKept(
        note_md=fields.text_or("note_md", "", most=MOST_CHECKPOINT),
        artifact_ids=fields.texts("artifact_ids", most=200, longest=60),
    )


def read_sources(body: Json) -> tuple[SourceNamed, ...]:
    sources = Fields(body).items("sources", read_source, most=500)
    if not sources:
        raise Malformed("/sources", "missing")
    return sources
