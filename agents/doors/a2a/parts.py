"""What messages and artifacts are made of, read from any dialect and written in each."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import TypeAlias

from agents.doors.a2a.loose import Loose
from agents.doors.json_wall import Json

LONGEST_TEXT = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    media_type: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """A JSON value. `name` is a file's, where the part gives one."""

    value: Json
    name: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """Bytes, or the address they are at."""

    name: str
    media_type: str
    content: bytes | None = field(default=None, repr=False)
    url: str = ""


Part: TypeAlias = Text | Data | File


def read_parts(holder: Loose) -> tuple[Part, ...]:
    """The parts of a message or an artifact; what cannot be read as one is left out.

    1.0 says by which field there is what a part is, 0.3 by `kind`, and its REST by fields again,
    under `content`.
    """
    listed = holder.objects("parts") or holder.objects("content")
    return tuple(part for part in map(_read_part, listed) if part is not None)


def _read_part(part: Loose) -> Part | None:
    about = part.object("metadata")
    name = part.text("filename", "name", most=255) or about.text("filename", "name", most=255)
    media_type = part.text("mediaType", "mimeType", most=120)
    text = part.raw("text")
    # Some write every field, the empty ones too.
    if isinstance(text, str) and (text or part.raw("data", "file", "raw", "url") is None):
        return Text(text[:LONGEST_TEXT], media_type, name)
    if file := part.object("file"):
        name = file.text("name", "filename", most=255) or name
        media_type = file.text("mimeType", "mediaType", most=120) or media_type
        return _read_file(
            name, media_type, file, ("bytes", "fileWithBytes"), ("uri", "fileWithUri")
        )
    if part.raw("raw", "url") is not None:
        return _read_file(name, media_type, part, ("raw",), ("url",))
    if (value := part.raw("data")) is not None:
        return Data(_whole(_unwrapped(value)), name)
    return None


def _read_file(
    name: str, media_type: str, holder: Loose, held: tuple[str, ...], linked: tuple[str, ...]
) -> File | None:
    if isinstance(encoded := holder.raw(*held), str):
        content = _decoded(encoded)
        return None if content is None else File(name, media_type, content)
    url = holder.text(*linked, most=2048)
    return File(name, media_type, None, url) if url else None


def _decoded(encoded: str) -> bytes | None:
    """Base64 in either alphabet, padded or not."""
    plain = encoded.strip().translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _unwrapped(value: Json) -> Json:
    """0.3's REST puts the data of a data part into another `data`."""
    if isinstance(value, dict) and list(value) == ["data"] and isinstance(value["data"], dict):
        return value["data"]
    return value


def _whole(value: Json) -> Json:
    """Whole numbers as such: what has been a protobuf value has only one kind of number."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    return value


def write_part(part: Part, dialect: str) -> dict[str, Json]:
    """`dialect`: 1.0, 0.3, or 0.3 REST."""
    if isinstance(part, Text):
        return {"text": part.text} if dialect != "0.3" else {"kind": "text", "text": part.text}
    if isinstance(part, Data):
        if dialect == "0.3 REST":
            return {"data": {"data": part.value}}
        return {"data": part.value} if dialect == "1.0" else {"kind": "data", "data": part.value}
    return _written_file(part, dialect)


def _written_file(file: File, dialect: str) -> dict[str, Json]:
    encoded = None if file.content is None else base64.b64encode(file.content).decode()
    if dialect == "1.0":
        held: dict[str, Json] = {"url": file.url} if encoded is None else {"raw": encoded}
        return {**held, "filename": file.name, "mediaType": file.media_type}
    if dialect == "0.3 REST":
        held = {"fileWithUri": file.url} if encoded is None else {"fileWithBytes": encoded}
        return {"file": {**held, "mimeType": file.media_type}}
    held = {"uri": file.url} if encoded is None else {"bytes": encoded}
    return {"kind": "file", "file": {**held, "name": file.name, "mimeType": file.media_type}}
