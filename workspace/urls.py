"""Composition root: pages, the people's API, and what the agents' side serves."""

from __future__ import annotations

from django.urls import include, path

from workspace.api import api
from workspace.health import healthz, metrics

urlpatterns = [
    path("healthz", healthz),
    path("metrics", metrics),
    path("api/v1/", api.urls),
    path("agent/v1/", include("agents.urls")),
    path("", include("workspace.views.urls")),
]
