"""How operations answer: pages of lists, and POSTs that may be sent twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Field, Schema
from ninja.responses import Status

from workspace.api.calling import caller
from workspace.commands.answers import answer_once
from workspace.errors import Refused

KEY = re.compile(r"[\x21-\x7e]{1,200}")
Row = TypeVar("Row", bound=Model)


class Paging(Schema):
    """Where a list goes on, and how much of it at once."""

    cursor: str | None = Field(None, pattern=r"^[a-z]{2,5}_[0-9a-z]{1,40}$")
    limit: int = Field(50, ge=1, le=200)


def page(
    rows: QuerySet[Row], paging: Paging, *, newest_first: bool = False
) -> tuple[list[Row], str | None]:
    """One page in the order of ids, which is the order of making, and the next cursor."""
    if paging.cursor:
        rows = rows.filter(**{"id__lt" if newest_first else "id__gt": paging.cursor})
    found = list(rows.order_by("-id" if newest_first else "id")[: paging.limit + 1])
    more = len(found) > paging.limit
    return found[: paging.limit], str(found[paging.limit - 1].pk) if more else None


def once(request: HttpRequest, act: Callable[[], Schema], status: int = 200) -> Status[Any]:
    """Do it; with an `Idempotency-Key`, once for that key, and answer the same each time."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return Status(status, act())
    if not KEY.fullmatch(key):
        raise Refused("bad_idempotency_key", status=422)
    who = caller(request)
    code, answer = answer_once(
        workspace_id=who.workspace_id, scope=who.token.id, key=key,
        body_sha256=_fingerprint(request), at=who.at,
        act=lambda: (status, act().model_dump(mode="json", by_alias=True)),
    )  # fmt: skip
    return Status(code, answer)


def _fingerprint(request: HttpRequest) -> str:
    """What makes two calls the same: method, path, and body or fields and files."""
    found = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if not (request.content_type or "").startswith("multipart/"):
        found.update(request.body)
        return found.hexdigest()
    for name, values in sorted(request.POST.lists()):
        found.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            assert isinstance(file, UploadedFile)
            file.seek(0)
            content = hashlib.sha256(file.read()).hexdigest()
            file.seek(0)
            found.update(repr((name, file.name, content)).encode())
    return found.hexdigest()
