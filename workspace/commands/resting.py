"""How long a run waited for people: it counts against no limit, nor for or against its agent."""

from __future__ import annotations

from datetime import datetime, timedelta

from workspace.models import Run


def rests(run: Run, at: datetime) -> list[tuple[datetime, datetime]]:
    """The times at which a blocking ask was open, oldest first, without overlap; the last of them
    lasts until `at` if it has not ended."""
    asked = run.asks.filter(blocking=True).order_by("opened_at", "id")
    found: list[tuple[datetime, datetime]] = []
    for opened, closed in asked.values_list("opened_at", "closed_at"):
        ended = max(opened, min(closed or at, at))
        if found and opened <= found[-1][1]:
            began, until = found.pop()
            found.append((began, max(until, ended)))
        else:
            found.append((opened, ended))
    return found


def rested(run: Run, at: datetime) -> timedelta:
    """How much of the time until `at` the run was at rest."""
    return sum((ended - began for began, ended in rests(run, at)), timedelta(0))
