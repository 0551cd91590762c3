"""What an agent says of a task, in whatever spelling it says it."""

import hashlib
import re
from dataclasses import dataclass

from agents.doors.a2a.loose import Loose
from agents.doors.a2a.parts import Data, File, Part, Text, read_parts
from agents.doors.json_wall import Json

OVER = ("completed", "failed", "rejected", "canceled")
ASKING = ("input-required", "auth-required")
AT_WORK = ("submitted", "working")
SPELLINGS = {"cancelled": "canceled", "auth-requested": "auth-required", "": "unknown"}
LONGEST = 16_000


@dataclass(frozen=True, slots=True)
class Message:
    """Something the agent said. `ref` tells it from others, also where it has no id."""

    ref: str
    parts: tuple[Part, ...]
    task: str = ""

    @property
    def text(self) -> str:
        return "\n\n".join(p.text for p in self.parts if isinstance(p, Text)).strip()

    def data(self, kind: str) -> dict[str, Json] | None:
        """The first data part of that `kind`."""
        for part in self.parts:
            value = part.value if isinstance(part, Data) else None
            if isinstance(value, dict) and value.get("kind") == kind:
                return value
        return None

    def data_parts(self) -> list[dict[str, Json]]:
        return [
            part.value
            for part in self.parts
            if isinstance(part, Data) and isinstance(part.value, dict)
        ]


@dataclass(frozen=True, slots=True)
class Artifact:
    id: str
    name: str
    description: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A task as it is now; a bare message is one that is over, with no id.

    `mark` is equal as long as nothing about it has changed.
    """

    task: str
    context: str
    state: str
    message: Message | None
    artifacts: tuple[Artifact, ...] = ()
    history: tuple[Message, ...] = ()
    mark: str = ""

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def links(self) -> list[File]:
        """The files of it that are elsewhere."""
        parts = [part for artifact in self.artifacts for part in artifact.parts]
        if not self.artifacts and self.message is not None:
            parts = list(self.message.parts)
        return [part for part in parts if isinstance(part, File) and part.content is None]


def read_snapshot(result: Json) -> Snapshot | None:
    """The task or message in a result; None where there is neither.

    1.0 names which it is by a field, 0.3 by `kind`; some send it bare.
    """
    holder = Loose(result)
    if (task := holder.object("task")) and task.text("id"):
        return _task(task)
    if (message := holder.object("message")) and not holder.text("id"):
        return _bare(message)
    if holder.text("id") and holder.object("status"):
        return _task(holder)
    if holder.raw("parts", "content") is not None and holder.text("role", "messageId", "kind"):
        return _bare(holder)
    return None


def read_tasks(result: Json) -> list[Snapshot]:
    """The tasks of a list."""
    holder = Loose(result)
    return [_task(each) for each in holder.objects("tasks") if each.text("id")]


def read_state(text: str) -> str:
    """`TASK_STATE_INPUT_REQUIRED`, `input_required` and `input-required` are one."""
    plain = re.sub(r"[\s_-]+", "-", text.strip().lower()).removeprefix("task-state-")[:40]
    return SPELLINGS.get(plain, plain)


def _task(task: Loose) -> Snapshot:
    status = task.object("status")
    message = status.object("message", "update")
    artifacts = tuple(map(_artifact, task.objects("artifacts")))
    said = read_message(message) if message else None
    state = read_state(status.text("state", most=80))
    mark = _digest(state, status.text("timestamp", most=60), said, artifacts)
    return Snapshot(
        task=task.text("id", most=200),
        context=task.text("contextId", most=200),
        state=state,
        message=said,
        artifacts=artifacts,
        history=tuple(
            read_message(each)
            for each in task.objects("history")
            if not each.text("role").lower().endswith("user")
        ),
        mark=mark,
    )


def _bare(message: Loose) -> Snapshot:
    said = read_message(message)
    return Snapshot("", message.text("contextId", most=200), "completed", said, mark=said.ref)


def read_message(message: Loose) -> Message:
    parts = read_parts(message)
    ref = message.text("messageId", most=120)
    return Message(ref or _digest(parts), parts, message.text("taskId", most=200))


def _artifact(artifact: Loose) -> Artifact:
    return Artifact(
        id=artifact.text("artifactId", "id", most=120),
        name=artifact.text("name", most=200),
        description=artifact.text("description", most=2000),
        parts=read_parts(artifact),
    )


def _digest(*what: object) -> str:
    found = hashlib.sha256()
    for each in what:
        _feed(found, each)
    return found.hexdigest()[:24]


def _feed(found: "hashlib._Hash", what: object) -> None:
    """Everything that counts of a message or an artifact, files by their bytes."""
    if isinstance(what, tuple):
        for each in what:
            _feed(found, each)
    elif isinstance(what, File):
        found.update(f"{what.name}|{what.url}|".encode())
        found.update(what.content or b"")
    elif isinstance(what, Artifact):
        _feed(found, (what.id, what.name, what.parts))
    elif isinstance(what, Message):
        _feed(found, (what.ref, what.parts))
    else:
        found.update(f"{what!r}|".encode())
