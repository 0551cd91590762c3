"""Routes of the agents' side, mounted at /agent/v1/: made from what is described."""

from collections.abc import Callable

from django.urls import URLPattern, path, re_path, register_converter
from django.urls.converters import StringConverter

from agents.audition.planted import planted
from agents.doors.a2a.push import pushed
from agents.doors.webhook import views
from agents.doors.webhook.inbox import long_poll
from agents.doors.webhook.openapi import ROUTES


class IdConverter(StringConverter):
    """An id of ours: whatever else stands there names nothing."""

    regex = "[a-z]{2,5}_[0-9a-z]{1,32}"


register_converter(IdConverter, "id")

VIEWS: dict[str, Callable[..., object]] = {
    "events": views.events,
    "heartbeat": views.heartbeat,
    "checkpoint": views.checkpoint,
    "inbox": long_poll,
    "artifacts": views.artifacts,
    "sources": views.sources,
    "questions": views.questions,
    "permissions": views.permissions,
    "complete": views.complete,
    "fail": views.fail,
    "reject": views.reject,
    "files": views.files,
}


def _pattern(route_path: str) -> str:
    return route_path.replace("{run_id}", "<id:run_id>").replace("{file_id}", "<id:file_id>")


urlpatterns: list[URLPattern] = [
    *(path(_pattern(route.path), VIEWS[route.name]) for route in ROUTES),  # type: ignore[arg-type]
    path("openapi.json", views.openapi),
    path("a2a/<id:run_id>", pushed),
    path("planted/<str:canary>", planted),
    re_path(r"^.*$", views.nowhere),
]
