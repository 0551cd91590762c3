"""Everything that is not done is answered as an RFC 9457 problem with a stable code."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from workspace.actors import request_id
from workspace.errors import NotFound, Refused
from workspace.sentences import refusal

log = logging.getLogger("muster.api")

TITLES = {
    400: lazy("The request cannot be read"),
    401: lazy("A personal token is needed"),
    403: lazy("Not allowed"),
    404: lazy("Not found"),
    405: lazy("This method is not answered here"),
    409: lazy("Not possible now"),
    413: lazy("Too large"),
    422: lazy("Something in the request is wrong"),
    500: lazy("Something went wrong here"),
}
RESERVED = ("type", "title", "status", "detail", "code", "request_id", "errors")
MOST_ERRORS = 20


def problem(error: Refused, errors: list[dict[str, str]] | None = None) -> HttpResponse:
    """The answer to a refusal; its parameters stand beside its code, `errors` name fields."""
    title = TITLES.get(error.status) or HTTPStatus(error.status).phrase
    body: dict[str, Any] = {
        "type": f"{settings.MUSTER_URL}/problems/{error.code.replace('_', '-')}",
        "title": str(title), "status": error.status, "detail": refusal(error),
        "code": error.code, "request_id": request_id.get(),
    }  # fmt: skip
    body |= {name: value for name, value in error.params.items() if name not in RESERVED}
    if errors is not None:
        body["errors"] = errors
    response = JsonResponse(body, status=error.status, content_type="application/problem+json")
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Muster"'
    return response


def told(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Any exception of an operation, as a problem."""
    if isinstance(error, Refused):
        return problem(error)
    if isinstance(error, ValidationError):
        return _wrong_fields(error)
    if isinstance(error, AuthenticationError):
        has_token = bool(request.headers.get("Authorization"))
        return problem(Refused("bad_token" if has_token else "no_token", status=401))
    if isinstance(error, HttpError):
        # The parser's own refusal arrives wrapped.
        return problem(_cause(error) or Refused("not_json", status=error.status_code))
    if isinstance(error, Http404):
        return problem(NotFound("page", request.path[:200]))
    if isinstance(error, RequestDataTooBig):
        return problem(Refused("body_too_large", status=413))
    if isinstance(error, SuspiciousOperation | MultiPartParserError):
        return problem(Refused("not_readable", status=400))
    log.exception("%s %s failed", request.method, request.path, exc_info=True)
    return problem(Refused("internal", status=500))


def _cause(error: HttpError) -> Refused | None:
    cause = error.__cause__
    while cause is not None and not isinstance(cause, Refused):
        cause = cause.__cause__
    return cause


def _wrong_fields(error: ValidationError) -> HttpResponse:
    """Which fields are wrong and why, by name and by JSON pointer."""
    errors = []
    for found in error.errors[:MOST_ERRORS]:
        where = [str(part) for part in found["loc"][1:]]
        if where and where[0] == "body":
            where = where[1:]
        errors.append({
            "field": ".".join(where) or "body",
            "at": "/" + "/".join(where),
            "problem": str(found["type"]),
            "detail": str(found["msg"]),
        })  # fmt: skip
    names = ", ".join(dict.fromkeys(each["field"] for each in errors))
    return problem(Refused("invalid_body", status=422, fields=names), errors)


def answer_problems(api: NinjaAPI) -> None:
    """Have every exception of the API's operations told by `told`."""
    for kind in (Exception, Refused, ValidationError, HttpError, AuthenticationError, Http404):
        api.add_exception_handler(kind, told)


def problem_schema() -> dict[str, Any]:
    """The OpenAPI component every operation's refusals point at."""
    text = {"type": "string"}
    return {
        "type": "object",
        "title": "Problem",
        "description": _("RFC 9457: what was refused and why; parameters stand beside the code."),
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {**text, "format": "uri"}, "title": text, "status": {"type": "integer"},
            "detail": text, "code": text, "request_id": text,
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"field": text, "at": text, "problem": text, "detail": text},
                },
            },
        },
        "additionalProperties": True,
    }  # fmt: skip
