"""What a finished task hands in: its artifacts as files, with claims where it made some."""

import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import replace

from agents.doors.a2a.parts import Data, File, Part, Text
from agents.doors.a2a.tasks import Artifact, Message, Snapshot
from agents.doors.fields import Fields, Malformed
from agents.doors.results import read_media_type, read_result
from agents.doors.sniff import PLAIN, honest_media_type
from workspace.reports import Inline, Result, Uploaded

ANSWER = "answer"
MOST_FILES = 200
LONGEST_SUMMARY = 64_000
OUR_SHAPE = ("claims", "sources", "summary_md")
KINDS = {".md": "text/markdown", ".markdown": "text/markdown", ".csv": "text/csv"}
_UNSAFE = re.compile(r"[^\w .()+/-]+")


def result_of(snapshot: Snapshot, fetched: Mapping[str, bytes]) -> Result:
    """Everything the task hands in. `fetched` is what was at the links its files name.

    Without an artifact the last message is what it hands in. Raises Malformed where a part says
    that it is a result of ours and is none.
    """
    message = snapshot.message
    artifacts = snapshot.artifacts
    if not any(artifact.parts for artifact in artifacts):
        artifacts = (_as_artifact(message),) if message is not None else ()
        message = None
    files: dict[str, Inline] = {}
    told = Result()
    for artifact in artifacts:
        for part in artifact.parts:
            if (ours := _in_our_shape(part)) is not None:
                told = _joined(told, ours)
        for file in _files_of(artifact, fetched):
            name = _free(file.name, files)
            files[name] = replace(file, name=name)
    if message is not None:
        for shape in map(_in_our_shape, message.parts):
            told = _joined(told, shape) if shape is not None else told
    named: list[Uploaded | Inline] = [*list(files.values())[:MOST_FILES]]
    inline = (kept for kept in told.artifacts if isinstance(kept, Inline))
    named += [replace(kept, name=_free(kept.name, files)) for kept in inline]
    return replace(
        told,
        artifacts=tuple(named),
        summary_md=told.summary_md or _summary(message, artifacts),
    )


def _as_artifact(message: Message) -> Artifact:
    return Artifact(id="", name="", description="", parts=message.parts)


def _summary(message: Message | None, artifacts: tuple[Artifact, ...]) -> str:
    said = [message.text] if message is not None else []
    said += [artifact.description for artifact in artifacts]
    return "\n\n".join(text.strip() for text in said if text.strip())[:LONGEST_SUMMARY]


def _in_our_shape(part: Part) -> Result | None:
    """A data part that carries claims, sources or a summary as our own wire has them."""
    if not isinstance(part, Data) or not isinstance(part.value, dict):
        return None
    value = part.value
    if value.get("kind") != "result" and not any(name in value for name in OUR_SHAPE[:2]):
        return None
    return read_result(Fields({k: v for k, v in value.items() if k != "kind"}, "/data"))


def _joined(first: Result, second: Result) -> Result:
    return replace(
        first,
        summary_md=first.summary_md or second.summary_md,
        artifacts=(*first.artifacts, *second.artifacts),
        claims=(*first.claims, *second.claims),
        sources=(*first.sources, *second.sources),
        cost_usd=second.cost_usd if first.cost_usd is None else first.cost_usd,
    )


def _files_of(artifact: Artifact, fetched: Mapping[str, bytes]) -> list[Inline]:
    """One file of an artifact's text, whichever parts it came in, and one of each other part."""
    made: list[Inline] = []
    texts = [part for part in artifact.parts if isinstance(part, Text)]
    if text := "".join(part.text for part in texts):
        name = next((part.name for part in texts if part.name), artifact.name)
        declared = next((part.media_type for part in texts if part.media_type), "")
        made.append(_inline(name or ANSWER, declared, text.encode(), "text/markdown"))
    for part in artifact.parts:
        if isinstance(part, Data) and _in_our_shape(part) is None:
            content = json.dumps(part.value, ensure_ascii=False, indent=2).encode()
            name = part.name or artifact.name or "data"
            made.append(_inline(name, "application/json", content, "application/json"))
        elif isinstance(part, File):
            held = part.content if part.content is not None else fetched[part.url]
            name = part.name or artifact.name or part.url.rpartition("/")[2] or "file"
            made.append(_inline(name, part.media_type, held, PLAIN))
    return made


def _inline(name: str, declared: str, content: bytes, fallback: str) -> Inline:
    """A file with a name that shows its type, and a type its bytes do not belie."""
    name = _file_name(name)
    media_type = _media_type(declared) or _type_of(name) or fallback
    if not _type_of(name):
        is_prose = media_type == "text/markdown"
        name += ".md" if is_prose else mimetypes.guess_extension(media_type) or ""
    return Inline(name, honest_media_type(media_type, content), content)


def _media_type(declared: str) -> str:
    try:
        return read_media_type(declared, "")
    except Malformed:
        return ""


def _type_of(name: str) -> str:
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    return KINDS.get(ending) or mimetypes.guess_type(name)[0] or ""


def _file_name(name: str) -> str:
    """A name that leaves no folder; agents also put sentences here."""
    printable = "".join(char for char in name.replace("\\", "/") if char.isprintable())
    parts = [part.strip() for part in _UNSAFE.sub("-", printable).split("/")]
    kept = "/".join(part for part in parts if part.strip(".- "))[-120:].lstrip("/")
    return kept or ANSWER


def _free(name: str, taken: Mapping[str, Inline]) -> str:
    """The name, or the same with a number where it is taken."""
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (name, "")
    tried, n = name, 1
    while tried in taken:
        n += 1
        tried = f"{stem}-{n}{ending}"
    return tried
