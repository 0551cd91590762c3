"""The type of a file: the one on which its content, its ending and its sender agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

OCTETS = "application/octet-stream"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
# Pictures a browser and a model may be shown: made of points, and nothing that runs.
RASTER = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f")) + b"\x7f"
CODE = (
    "txt log py js ts jsx tsx css scss sql sh go rs c h cpp hpp java kt rb php pl lua r swift "
    "yaml yml toml ini cfg conf xml diff patch rst tex srt"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type, how its content is told, and what else senders rightly call it."""

    media_type: str
    is_it: Callable[[bytes], bool]
    called: tuple[str, ...] = ()


def decoded(content: bytes) -> str | None:
    """The text these bytes hold; None if they are not text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _as(content, "utf-16")
    if content.translate(None, CONTROLS) != content:
        return None
    found = _as(content, "utf-8-sig")
    # What office programs of the West still write; every such byte is some letter.
    return content.decode("cp1252", "replace") if found is None else found


def _as(content: bytes, encoding: str) -> str | None:
    try:
        found = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\x00" in found else found


def _is_text(content: bytes) -> bool:
    return decoded(content) is not None


def _is_json(content: bytes) -> bool:
    text = decoded(content)
    try:
        json.loads(text or "")
    except (ValueError, RecursionError):
        return False
    return True


def _is_drawing(content: bytes) -> bool:
    return _is_text(content) and b"<svg" in content[:4096].lower()


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _starts(*signs: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signs)


def _office(part: bytes) -> Callable[[bytes], bool]:
    # The names of its parts are written into a zip as they are: nothing has to be unpacked.
    return lambda content: content.startswith(b"PK\x03\x04") and part in content


PLAIN = Kind("text/plain", _is_text, ("text/", "application/", "video/mp2t"))
ZIPPED = ("application/zip", "application/x-zip-compressed")
BY_ENDING: dict[str, Kind] = {
    "png": Kind("image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    "jpg": Kind("image/jpeg", _starts(b"\xff\xd8\xff"), ("image/jpg",)),
    "jpeg": Kind("image/jpeg", _starts(b"\xff\xd8\xff"), ("image/jpg",)),
    "gif": Kind("image/gif", _starts(b"GIF87a", b"GIF89a")),
    "webp": Kind("image/webp", _is_webp),
    "svg": Kind("image/svg+xml", _is_drawing, ("text/xml", "application/xml")),
    "pdf": Kind("application/pdf", _starts(b"%PDF-"), ("application/x-pdf",)),
    "docx": Kind(DOCX, _office(b"word/document.xml"), ZIPPED),
    "xlsx": Kind(XLSX, _office(b"xl/workbook.xml"), ZIPPED),
    "pptx": Kind(PPTX, _office(b"ppt/presentation.xml"), ZIPPED),
    "zip": Kind("application/zip", _starts(b"PK\x03\x04"), ZIPPED),
    "md": Kind("text/markdown", _is_text, ("text/",)),
    "markdown": Kind("text/markdown", _is_text, ("text/",)),
    "csv": Kind("text/csv", _is_text, ("text/", "application/csv", "application/vnd.ms-excel")),
    "tsv": Kind("text/tab-separated-values", _is_text, ("text/",)),
    "json": Kind("application/json", _is_json, ("text/",)),
    "html": Kind("text/html", _is_text, ("application/xhtml+xml", "text/plain")),
    "htm": Kind("text/html", _is_text, ("application/xhtml+xml", "text/plain")),
    **dict.fromkeys(CODE.split(), PLAIN),
    "": PLAIN,
}


def media_type_of(name: str, declared: str, content: bytes) -> str:
    """The type of a file. Where content, ending and `declared` do not agree it is just bytes.

    A sender that declares nothing, or just bytes, does not disagree.
    """
    base = name.rpartition("/")[2]
    kind = BY_ENDING.get(base.rpartition(".")[2].lower() if "." in base else "")
    if kind is None or not kind.is_it(content):
        return OCTETS
    said = declared.partition(";")[0].strip().lower()
    agrees = said in ("", OCTETS, kind.media_type) or said.startswith(kind.called or ("\x00",))
    return kind.media_type if agrees else OCTETS
