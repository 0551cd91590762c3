"""A person's deliverable: files inside JSON, or uploaded as multipart."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from ninja import Field, Router
from ninja.errors import ValidationError
from ninja.responses import Status
from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr, model_validator
from pydantic import ValidationError as WrongFields

from workspace.api.answering import once
from workspace.api.calling import caller
from workspace.api.deliverables import WholeDeliverable, whole_deliverable
from workspace.api.wall import Given, check_text, read_json
from workspace.commands.reviews import submit_as_person
from workspace.errors import Refused
from workspace.policy import needs
from workspace.reports import ClaimMade, Inline, Result, SourceNamed

router = Router(tags=["cards"])
PLACE = ("url", "title", "quote", "file", "lines", "deliverable_id", "sha256")


class FileSent(Given):
    """A file with its content as text or base64."""

    name: str = Field(min_length=1, max_length=255)
    media_type: str = Field("", max_length=120, pattern=r"^([\w.+-]+/[\w.+-]+)?$")
    role: str = Field("deliverable", pattern="^(deliverable|evidence|log)$")
    content: str | None = None
    content_base64: str | None = None

    @model_validator(mode="after")
    def one_content(self) -> FileSent:
        if (self.content is None) == (self.content_base64 is None):
            raise ValueError("a file needs either content or content_base64")
        return self


class ClaimSent(Given):
    id: str = Field(min_length=1, max_length=64)
    subject: str = Field(min_length=1, max_length=300)
    value: StrictStr | StrictBool | StrictInt | StrictFloat | None = None
    unit: str = Field("", max_length=32)
    text: str = Field("", max_length=2000)


class SourceSent(Given):
    """A web page, a file with its lines, or a file of an input."""

    url: str | None = Field(None, max_length=2000, pattern="^https?://")
    title: str | None = Field(None, max_length=300)
    quote: str | None = Field(None, max_length=4000)
    file: str | None = Field(None, max_length=500)
    lines: str | None = Field(None, max_length=60)
    deliverable_id: str | None = Field(None, max_length=60)
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    supports: list[str] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def has_place(self) -> SourceSent:
        if not (self.url or self.file or self.deliverable_id):
            raise ValueError("a source needs a url, a file or a deliverable_id")
        return self


class Submission(Given):
    summary: str = Field("", max_length=100_000)
    files: list[FileSent] = Field(default_factory=list, max_length=100)
    claims: list[ClaimSent] = Field(default_factory=list, max_length=1000)
    sources: list[SourceSent] = Field(default_factory=list, max_length=1000)


def _described() -> dict[str, Any]:
    """The two bodies this call takes, for the published description."""
    text = {"type": "string"}
    both = {
        "type": "array", "items": {"type": "string", "format": "binary"},
        "description": "Any field name; the file's name is its name in the deliverable.",
    }  # fmt: skip
    form = {
        "type": "object",
        "properties": {
            "files": both, "summary": text,
            "claims": {**text, "description": "JSON, as in the other body"},
            "sources": {**text, "description": "JSON, as in the other body"},
        },
    }  # fmt: skip
    content = {
        "application/json": {"schema": _without_refs(Submission.model_json_schema())},
        "multipart/form-data": {"schema": form},
    }
    return {"requestBody": {"required": True, "content": content}}


def _without_refs(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema in one piece: it stands alone, outside the shared components."""
    parts = schema.pop("$defs", {})

    def whole(node: Any) -> Any:
        if isinstance(node, list):
            return [whole(each) for each in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return whole(parts[node["$ref"].rpartition("/")[2]])
        return {name: whole(each) for name, each in node.items()}

    found: dict[str, Any] = whole(schema)
    return found


@router.post(
    "/cards/{row_id:card_id}/submit", response={201: WholeDeliverable}, openapi_extra=_described()
)
@needs("card.submit")
def submit(request: HttpRequest, card_id: str) -> Status[Any]:
    """Hand in your version: it goes through the same review as an agent's."""
    who = caller(request)
    card = who.card(card_id)
    result = _uploaded(request) if _is_form(request) else _inline(request)

    def act() -> WholeDeliverable:
        version = submit_as_person(card_id=card.id, result=result, by=who.by, at=who.at)
        return whole_deliverable(version)

    return once(request, act, 201)


def _is_form(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data"


def _inline(request: HttpRequest) -> Result:
    sent = _checked(read_json(request.body))
    return _result(sent, [_part(number, file) for number, file in enumerate(sent.files)])


def _part(number: int, file: FileSent) -> Inline:
    try:
        content = (
            file.content.encode()
            if file.content is not None
            else base64.b64decode(file.content_base64 or "", validate=True)
        )
    except (binascii.Error, ValueError):
        raise _wrong(("files", number, "content_base64"), "this must be base64") from None
    return Inline(file.name, file.media_type or "text/plain", content, file.role)


def _uploaded(request: HttpRequest) -> Result:
    given: dict[str, Any] = {"summary": request.POST.get("summary", "")}
    check_text(given["summary"])
    for name in ("claims", "sources"):
        if request.POST.get(name):
            given[name] = read_json(request.POST[name].encode(errors="surrogatepass"))
    parts = []
    for _field, files in request.FILES.lists():
        for file in files:
            assert isinstance(file, UploadedFile)
            check_text(file.name or "")
            media_type = (file.content_type or "application/octet-stream")[:120]
            parts.append(Inline(file.name or "", media_type, file.read()))
    return _result(_checked(given), parts)


def _checked(given: Any) -> Submission:
    try:
        return Submission.model_validate(given)
    except WrongFields as wrong:
        errors = wrong.errors(include_url=False, include_input=False, include_context=False)
        raise ValidationError(
            [{**error, "loc": ("body", *error["loc"])} for error in errors]
        ) from None


def _wrong(where: tuple[str | int, ...], message: str) -> ValidationError:
    return ValidationError([{"type": "value_error", "loc": ("body", *where), "msg": message}])


def _result(sent: Submission, parts: list[Inline]) -> Result:
    if not parts:
        raise Refused("empty_completion", status=422)
    return Result(
        summary_md=sent.summary,
        artifacts=tuple(parts),
        claims=tuple(
            ClaimMade(claim.id, claim.subject, claim.value, claim.unit, claim.text)
            for claim in sent.claims
        ),
        sources=tuple(
            SourceNamed(
                {name: getattr(source, name) for name in PLACE if getattr(source, name)},
                tuple(source.supports),
            )
            for source in sent.sources
        ),
    )
