"""Scorecards of pilots over the people's API: what was measured, each figure n of m."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from workspace.api.answering import Paging, page
from workspace.api.calling import caller
from workspace.errors import NotFound
from workspace.models import Pilot
from workspace.policy import needs
from workspace.queries.pilots import pilot_for, pilots_of

router = Router(tags=["pilots"])


class PilotShape(Schema):
    """`columns`: with the rules on and off, how many of how many ended as wanted."""

    id: str
    at: datetime
    commit: str
    who: str
    passed: bool
    columns: dict[str, dict[str, int]]


class WholePilot(PilotShape):
    """With the whole scorecard, as the referee gave it."""

    facts: dict[str, Any]


class PilotList(Schema):
    items: list[PilotShape]
    next: str | None


def pilot_said(pilot: Pilot) -> dict[str, Any]:
    said = {"passed": pilot.facts["passed"], "columns": pilot.facts["columns"]}
    return {**said, "id": pilot.id, "at": pilot.at, "commit": pilot.commit, "who": pilot.who}


@router.get("/pilots", response=PilotList)
@needs("workspace.read")
def list_pilots(request: HttpRequest, paging: Query[Paging]) -> PilotList:
    """The workspace's pilots, newest first."""
    who = caller(request)
    mine = pilots_of(who.person).filter(workspace=who.workspace_id)
    found, following = page(mine, paging, newest_first=True)
    return PilotList(items=[PilotShape(**pilot_said(one)) for one in found], next=following)


@router.get("/pilots/{row_id:pilot_id}", response=WholePilot)
@needs("workspace.read")
def get_pilot(request: HttpRequest, pilot_id: str) -> WholePilot:
    who = caller(request)
    found = pilot_for(who.person, pilot_id)
    if found.workspace_id != who.workspace_id:
        raise NotFound("pilot", pilot_id)
    return WholePilot(**pilot_said(found), facts=found.facts)
