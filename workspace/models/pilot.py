"""Scorecards of pilots: what was measured, at which commit. Kept as they were handed in."""

from __future__ import annotations

from django.db import models

from workspace.models.base import Row, key


class Pilot(Row):
    """One pilot's scorecard; `facts` is the referee's JSON, which only pages read."""

    id = key("plt")
    at = models.DateTimeField()
    commit = models.CharField(max_length=80, blank=True)
    facts = models.JSONField()
    who = models.CharField(max_length=60)  # usr_…, or system for the console
