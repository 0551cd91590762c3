"""Whether every part answers: for supervisors, load balancers and operators."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from workspace.models import Event, Heartbeat, Judgement, Run
from workspace.outbox import due_ids
from workspace.policy import needs
from workspace.queries import workspaces_of
from workspace.transitions import LIVE_RUN

STALE_AFTER = timedelta(seconds=15)


@needs("public")
def healthz(request: HttpRequest) -> JsonResponse:
    """200 if web, database, worker, sweep and broker all answer, else 503; a field per part."""
    parts = health(timezone.now())
    is_well = all(part["ok"] for part in parts.values())
    response = JsonResponse({"ok": is_well, **parts}, status=200 if is_well else 503)
    # Being asked while starting up is no error worth a line in the log each time.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def health(now: datetime) -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {"web": {"ok": True}}
    try:
        beats = {beat.name: beat for beat in Heartbeat.objects.all()}
        parts["database"] = {"ok": True, "vendor": connection.vendor}
    except DatabaseError as error:
        beats = {}
        parts["database"] = {"ok": False, "error": type(error).__name__}
    for name in ("worker", "sweep"):
        beat = beats.get(name)
        age = (now - beat.at).total_seconds() if beat else None
        parts[name] = {"ok": age is not None and age < STALE_AFTER.total_seconds(), "age_s": age}
    # The worker's sign of life travelled through the broker, so it vouches for both.
    parts["broker"] = {"ok": parts["worker"]["ok"]}
    return parts


@needs("metrics.read")
def metrics(request: HttpRequest) -> HttpResponse:
    """Counters as Prometheus text, for the owner of a workspace."""
    person = request.user
    if not person.is_authenticated:
        raise PermissionDenied
    mine = workspaces_of(person).filter(
        id__in=person.workspaces.filter(role="owner").values("workspace_id")
    )
    if not mine.exists():
        raise PermissionDenied
    lines = [
        f"muster_events_total {Event.objects.filter(workspace__in=mine).count()}",
        f"muster_live_runs {Run.objects.filter(workspace__in=mine, state__in=LIVE_RUN).count()}",
        f"muster_deliveries_due {len(due_ids(timezone.now(), 1000))}",
        f"muster_judgements_open "
        f"{Judgement.objects.filter(workspace__in=mine, state__in=['wanted', 'asking']).count()}",
        f"muster_embedded {int(settings.MUSTER_EMBEDDED)}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
