"""What a worker hands in: a summary, files, claims and their sources. Shared by every door."""

import base64
import binascii
import re

from agents.doors.fields import Fields, Malformed
from agents.doors.sniff import honest_media_type
from workspace.reports import ClaimMade, Inline, Result, SourceNamed, Uploaded

MIB = 1024 * 1024
MOST_INLINE = MIB
MOST_ARTIFACTS = 200
MOST_CLAIMS = 1_000
MOST_SOURCES = 2_000
MOST_USD = 100_000
ROLES = ("deliverable", "evidence", "log")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_result(fields: Fields) -> Result:
    result = Result(
        summary_md=fields.text_or("summary_md", "", most=64_000),
        artifacts=fields.items("artifacts", read_artifact, most=MOST_ARTIFACTS),
        claims=fields.items("claims", read_claim, most=MOST_CLAIMS),
        sources=fields.items("sources", read_source, most=MOST_SOURCES),
        cost_usd=fields.number_or_none("cost_usd", least=0, most=MOST_USD),
    )
    _once(
        fields.at,
        "artifacts",
        [a.name for a in result.artifacts if isinstance(a, Inline)],
    )
    _once(fields.at, "claims", [claim.ref for claim in result.claims])
    inline = sum(len(a.content) for a in result.artifacts if isinstance(a, Inline))
    if inline > MOST_INLINE:
        raise Malformed(f"{fields.at}/artifacts", "artifact_too_large", limit=MOST_INLINE)
    return result


def read_artifact(fields: Fields) -> Uploaded | Inline:
    if fields.has("artifact_id"):
        return Uploaded(fields.text("artifact_id", most=60))
    declared = fields.text_or("media_type", "application/octet-stream", most=120)
    content = _content(fields)
    return Inline(
        name=read_file_name(fields.text("name", most=255), fields.at),
        media_type=honest_media_type(read_media_type(declared, fields.at), content),
        content=content,
        role=fields.choice_or("role", "deliverable", ROLES),
    )


def _content(fields: Fields) -> bytes:
    if fields.has("content") == fields.has("content_base64"):
        raise Malformed(fields.at, "content_or_content_base64")
    if fields.has("content"):
        return fields.text("content", most=MOST_INLINE, least=0).encode("utf-8")
    text = fields.text("content_base64", most=2 * MOST_INLINE, least=0)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Malformed(f"{fields.at}/content_base64", "not_base64") from None


def read_file_name(name: str, at: str) -> str:
    """A name such as `notes.md` or `src/client.py`; nothing that leaves its folder or hides."""
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or any(part in ("", ".", "..") for part in parts):
        raise Malformed(f"{at}/name", "bad_file_name")
    return name


def read_media_type(text: str, at: str) -> str:
    """The type without its parameters."""
    found = text.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(found):
        raise Malformed(f"{at}/media_type", "unsupported_media_type")
    return found


def read_sha256(text: str, at: str) -> str:
    found = text.removeprefix("sha256:").lower()
    if not _SHA256.fullmatch(found):
        raise Malformed(f"{at}/sha256", "not_a_sha256")
    return found


def read_claim(fields: Fields) -> ClaimMade:
    value = fields.raw("value")
    if isinstance(value, dict | list):
        raise Malformed(f"{fields.at}/value", "not_a_plain_value")
    if isinstance(value, str) and len(value) > 2000:
        raise Malformed(f"{fields.at}/value", "too_long", limit=2000)
    return ClaimMade(
        ref=fields.text("id", most=64),
        subject=fields.text("subject", most=300),
        value=value,
        unit=fields.text_or("unit", "", most=32),
        text=fields.text_or("text", "", most=2000),
    )


def read_source(fields: Fields) -> SourceNamed:
    """A web page with a quote, a file with its lines, or a file of an input."""
    kinds = [kind for kind in ("url", "deliverable_id", "file") if fields.has(kind)]
    if not kinds:
        raise Malformed(fields.at, "source_without_place")
    place: dict[str, str] = {}
    if "url" in kinds:
        place["url"] = fields.link_or("url", "")
    for name, most in (
        ("deliverable_id", 60),
        ("file", 500),
        ("lines", 60),
        ("title", 300),
        ("quote", 4000),
    ):
        if fields.has(name):
            place[name] = fields.text(name, most=most, least=0)
    if fields.has("sha256"):
        place["sha256"] = read_sha256(fields.text("sha256", most=80), fields.at)
    if moment := fields.time_or_none("retrieved_at"):
        place["retrieved_at"] = moment.isoformat()
    return SourceNamed(place=place, supports=fields.texts("supports", most=200, longest=64))


def _once(at: str, name: str, found: list[str]) -> None:
    if len(set(found)) != len(found):
        raise Malformed(f"{at}/{name}", "named_twice")
