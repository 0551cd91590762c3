"""Composition root: pages, the people's API, and what the agents' side serves."""

from __future__ import annotations

from django.urls import include, path

from agents import people_api
from workspace.api.build import peoples_api
from workspace.api.joining import Doors
from workspace.api.suggestions import Suggesting
from workspace.health import healthz, metrics

api = peoples_api(
    Doors(check_url=people_api.check_url, verify=people_api.verify, probe=people_api.probe),
    Suggesting(listed=people_api.suggestions, confirm=people_api.confirm_suggestions),
)

urlpatterns = [
    path("healthz", healthz),
    path("metrics", metrics),
    path("api/v1/", api.urls),
    path("agent/v1/", include("agents.urls")),
    path("", include("agents.pages")),
    path("", include("workspace.views.urls")),
]
