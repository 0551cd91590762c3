"""One file sent as multipart, read at the wall."""

from dataclasses import dataclass, field

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import Json, JsonRefused, check_text
from agents.doors.results import MIB, ROLES, read_file_name, read_media_type, read_sha256
from agents.doors.sniff import honest_media_type

LARGEST_FILE = 25 * MIB
_FORM_ROOM = 64 * 1024  # what boundaries and the other fields may add
_FIELDS = ("name", "media_type", "sha256", "role")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as its sender described it; `media_type` is already what the bytes can be."""

    name: str
    media_type: str
    sha256: str
    role: str
    content: bytes = field(repr=False)


def read_upload(request: HttpRequest) -> Upload:
    """Raises Malformed or JsonRefused, like every reader of the wall."""
    if request.content_type != "multipart/form-data":
        raise Malformed("", "unsupported_media_type")
    if _announced(request) > LARGEST_FILE + _FORM_ROOM:
        raise Malformed("/file", "artifact_too_large", limit=LARGEST_FILE)
    try:
        file, sent = request.FILES.get("file"), request.POST
    except (MultiPartParserError, SuspiciousOperation):
        raise Malformed("", "unsupported_media_type") from None
    if not isinstance(file, UploadedFile):
        raise Malformed("/file", "missing")
    if (file.size or 0) > LARGEST_FILE:
        raise Malformed("/file", "artifact_too_large", limit=LARGEST_FILE)
    told: dict[str, Json] = {name: _text(sent.get(name)) for name in _FIELDS if name in sent}
    return _described(Fields(told), file)


def _described(fields: Fields, file: "UploadedFile[bytes]") -> Upload:
    content = file.read()
    name = fields.text_or("name", file.name or "", most=255)
    declared = fields.text_or("media_type", file.content_type or "", most=200)
    declared = read_media_type(declared or "application/octet-stream", "")
    promised = fields.text_or("sha256", "", most=80)
    return Upload(
        name=read_file_name(name, ""),
        media_type=honest_media_type(declared, content),
        sha256=read_sha256(promised, "") if promised else "",
        role=fields.choice_or("role", "deliverable", ROLES),
        content=content,
    )


def _text(value: str | list[object] | None) -> Json:
    if not isinstance(value, str):
        return None
    check_text(value)
    return value


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise JsonRefused("not_json") from None
