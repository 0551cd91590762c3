"""Scorecards of pilots that a person may look at."""

from __future__ import annotations

from django.db.models import QuerySet

from workspace.errors import NotFound
from workspace.models import Person, Pilot
from workspace.queries import workspaces_of


def pilots_of(person: Person) -> QuerySet[Pilot]:
    """Of the workspaces this person is in, newest first."""
    return Pilot.objects.filter(workspace__in=workspaces_of(person)).order_by("-at", "-id")


def pilot_for(person: Person, pilot_id: str) -> Pilot:
    """`NotFound` for one of another workspace too."""
    found = pilots_of(person).filter(id=pilot_id).first()
    if found is None:
        raise NotFound("pilot", pilot_id)
    return found
