"""The API as a whole: its routes, its walls, and its description."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path, register_converter, reverse
from django.urls.converters import StringConverter
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.openapi.views import openapi_json

from workspace.api.calling import PersonalToken, within_scope
from workspace.api.problems import answer_problems, problem, problem_schema
from workspace.api.wall import MOST_BYTES, StrictParser
from workspace.errors import NotFound, Refused
from workspace.files import MOST_BYTES as MOST_FILE_BYTES
from workspace.policy import needs

REPEATABLE = ("verify", "probe")  # sent twice it does no harm and keeps no answer
MOST_UPLOAD = MOST_FILE_BYTES + MOST_BYTES
PROBLEM = {
    "description": "Refused, with a code",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
IDEMPOTENCY_KEY = {
    "in": "header", "name": "Idempotency-Key", "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "The same key and body get the same answer for 24 hours, with one effect.",
}  # fmt: skip


class IdConverter(StringConverter):
    """An id of ours: whatever else stands there names nothing."""

    regex = "[a-z]{2,5}_[0-9a-z]{1,40}"


register_converter(IdConverter, "row_id")


class PeoplesApi(NinjaAPI):
    """django-ninja with a problem for every refusal, and no page that loads others' scripts."""

    def __init__(self) -> None:
        super().__init__(
            title="Muster, the people's API", version="1", urls_namespace="api", docs_url=None,
            auth=PersonalToken(), parser=StrictParser(),
            description="What a person can do in rooms, as a program: Bearer token with scopes.",
        )  # fmt: skip
        answer_problems(self)
        self.add_decorator(within_scope, mode="operation")

    def _get_urls(self) -> list[URLPattern | URLResolver]:
        described = needs("public")(partial(openapi_json, api=self))
        found: list[URLPattern | URLResolver] = [
            path("openapi.json", described, name="openapi-json")
        ]
        for bound in self._get_bound_routers():
            for entry in bound.urls_paths(bound.prefix):
                entry.callback = guarded(entry.callback)
                found.append(entry)
        found.append(path("", nowhere, name="api-root"))
        return [*found, re_path(r"^.*$", nowhere)]

    def get_openapi_operation_id(self, operation: Any) -> str:
        return str(operation.view_func.__name__)

    def get_openapi_schema(self, **where: Any) -> OpenAPISchema:
        """Paths are below the server's URL; every operation may answer with a problem."""
        schema = super().get_openapi_schema(path_prefix="", path_params=None)
        schema["servers"] = [{"url": settings.MUSTER_URL + reverse("api:api-root").rstrip("/")}]
        schema["components"]["schemas"]["Problem"] = problem_schema()
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                operation["responses"]["4XX"] = PROBLEM
                if method == "post" and operation["operationId"] not in REPEATABLE:
                    operation["parameters"].append(IDEMPOTENCY_KEY)
        return schema


def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuses bodies by their announced size before reading them; tells 405 as a problem."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_upload = (request.content_type or "").startswith("multipart/")
        most = MOST_UPLOAD if is_upload else MOST_BYTES
        if _announced(request) > most:
            return problem(Refused("body_too_large", status=413, most=most))
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = problem(Refused("method_not_allowed", status=405, allowed=allowed))
            response["Allow"] = allowed
        return response

    return answered


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdigit() else 0


@needs("public")
def nowhere(request: HttpRequest) -> HttpResponse:
    """Whatever has no route is a problem too, not a page."""
    return problem(NotFound("route", request.path[:200]))


nowhere.csrf_exempt = True  # type: ignore[attr-defined]
