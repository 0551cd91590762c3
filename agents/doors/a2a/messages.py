"""What an event says as a message: text a model can read, and the files that go with it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.storage import default_storage

from agents.doors.a2a.parts import Data, File, Part, Text
from agents.doors.events import (
    Callback,
    CardAssigned,
    CardRevised,
    FileRef,
    MessagePosted,
    PermissionDecided,
    QuestionAnswered,
)
from agents.doors.files import readable_file
from agents.doors.json_wall import KIB, Json
from workspace.errors import Refused

if TYPE_CHECKING:
    from workspace.models import Run

LARGEST_FILE = 256 * KIB
LARGEST_FILES = 1024 * KIB
DECISIONS = {
    "allow_once": "Allowed, this once.",
    "allow_always": "Allowed.",
    "reject_once": "Rejected. Do not do it.",
    "reject_always": "Rejected. Do not do it.",
}


def order_parts(
    run: "Run", event: CardAssigned, *, at: datetime, attach: bool = True
) -> tuple[Part, ...]:
    """The prompt; small files as they are, larger ones by address with what opens it.

    Without `attach` there is text alone, in which every file is an address.
    """
    refs = [ref for given in event.inputs for ref in given.files]
    refs += [*event.attachments, *(ref for past in event.previous_runs[-1:] for ref in past.files)]
    files = _files(run, refs, at, LARGEST_FILES if attach else 0)
    text = event.prompt
    if files:
        text += f"\n## Files\n{_listed(files, event.callback)}\n"
    return (Text(text), *files) if attach else (Text(text),)


def _files(run: "Run", refs: Iterable[FileRef], at: datetime, left: int) -> list[File]:
    found: list[File] = []
    for ref in refs:
        if ref.size <= min(LARGEST_FILE, left):
            content = _content(run, ref, at)
            left -= len(content)
            found.append(File(ref.name, ref.media_type, content))
        else:
            found.append(File(ref.name, ref.media_type, None, ref.url))
    return found


def _content(run: "Run", ref: FileRef, at: datetime) -> bytes:
    row = readable_file(run, ref.url.rpartition("/")[2], at=at)
    with default_storage.open(row.blob.path) as file:
        content: bytes = file.read()
    return content


def _listed(files: list[File], callback: Callback) -> str:
    held = [file.name for file in files if file.content is not None]
    linked = [file for file in files if file.content is None]
    lines = [f"These come with this message: {', '.join(held)}."] if held else []
    if linked:
        header = f"`Authorization: Bearer {callback.token}`"
        lines.append(f"These do not come with it. Fetch them with the header {header}:")
        lines += [f"- {file.name}: {file.url}" for file in linked]
    return "\n".join(lines)


def revised_text(event: CardRevised) -> str:
    """What a live run is told of an edit, whole: agents do not compare versions."""
    card = event.card
    criteria = "\n".join(f"- {line}" for line in card.acceptance_criteria)
    inputs = "\n".join(
        f"- {given.card_title} (version {given.version}): {given.summary_md}"
        for given in event.inputs
    )
    parts = [
        "The card was changed while you are at work. This is what holds now.",
        event.feedback_md,
        f"# {card.title}\n\n{card.description_md}",
        f"## It is accepted when\n{criteria}" if criteria else "",
        f"## What you build on\n{inputs}" if inputs and event.reason == "input_changed" else "",
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip())


def posted_text(event: MessagePosted) -> str:
    return f"{event.message.author} wrote on the card:\n\n{event.message.body_md}"


def answer_parts(event: QuestionAnswered, held: list[str], *, in_data: bool) -> tuple[Part, ...]:
    """The answer as text, and as data for an agent that asked in data."""
    answered: dict[str, Json] = {
        "kind": "answer", "question_id": event.question_id, "action": event.action,
        "content": event.content,
    }  # fmt: skip
    text = Text("\n\n".join([*held, _answer(event)]))
    return (text, Data(answered)) if in_data else (text,)


def _answer(event: QuestionAnswered) -> str:
    if event.action != "accept":
        return "The person declined to answer. Go on without it, or give up and say why."
    content = event.content if isinstance(event.content, dict) else {}
    if not content:
        return "Done. Go on."
    if len(content) == 1:
        return _value(next(iter(content.values())))
    return "\n".join(f"{name}: {_value(value)}" for name, value in content.items())


def _value(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def decision_parts(event: PermissionDecided, held: list[str], *, in_data: bool) -> tuple[Part, ...]:
    """The decision, bound to the digest of exactly what was asked for."""
    decided: dict[str, Json] = {
        "kind": "decision", "permission_id": event.permission_id, "decision": event.decision,
        "action_digest": event.action_digest,
    }  # fmt: skip
    said = DECISIONS.get(event.decision)
    if said is None:
        raise Refused("unknown_decision", status=422)
    text = Text("\n\n".join([*held, said]))
    return (text, Data(decided)) if in_data else (text,)
