"""Connectors: who is there, a code for a new one, and taking one away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.responses import Status

from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.commands.connectors import PAIR_WITHIN, make_pairing, revoke_connector
from workspace.errors import NotFound
from workspace.models import Connector
from workspace.policy import needs
from workspace.queries import connector_for, connectors_of

router = Router(tags=["agents"])


class ConnectorShape(Schema):
    id: str
    name: str
    version: str
    is_online: bool
    agent_ids: list[str]
    paired_at: datetime
    last_seen_at: datetime | None


class ConnectorList(Schema):
    items: list[ConnectorShape]
    next: str | None


class PairingCode(Schema):
    code: str
    expires_at: datetime


@router.get("/connectors", response=ConnectorList)
@needs("agent.read")
def list_connectors(request: HttpRequest, paging: Query[Paging]) -> ConnectorList:
    """The connectors of the workspace and whether they are there now."""
    who = caller(request)
    mine = connectors_of(who.person).filter(workspace_id=who.workspace_id)
    rows, following = page(mine.order_by("id"), paging)
    return ConnectorList(items=[_shape(row, who.at) for row in rows], next=following)


def _shape(row: Connector, at: datetime) -> ConnectorShape:
    agents = row.agents.exclude(status="revoked").order_by("id")
    return ConnectorShape(
        id=row.id, name=row.name, version=row.version,
        is_online=row.held_until is not None and row.held_until > at,
        agent_ids=list(agents.values_list("id", flat=True)), paired_at=row.paired_at,
        last_seen_at=row.last_seen_at,
    )  # fmt: skip


@router.post("/connectors/codes", response={201: PairingCode})
@needs("agent.register")
def make_code(request: HttpRequest) -> Status[Any]:
    """A code by which one connector joins, in this answer only."""
    who = caller(request)

    def act() -> PairingCode:
        code = make_pairing(workspace_id=who.workspace_id, by=who.by, at=who.at)
        return PairingCode(code=code, expires_at=who.at + PAIR_WITHIN)

    return once(request, act, 201)


@router.post("/connectors/{row_id:connector_id}/revoke", response=ConnectorShape)
@needs("agent.manage")
def remove_connector(request: HttpRequest, connector_id: str) -> Status[Any]:
    """Its token opens nothing any more, and its agents are removed."""
    who = caller(request)
    found = connector_for(who.person, connector_id)
    if found.workspace_id != who.workspace_id:
        raise NotFound("connector", connector_id)

    def act() -> ConnectorShape:
        revoke_connector(connector_id=found.id, by=who.by, at=who.at)
        found.refresh_from_db()
        return _shape(found, who.at)

    return once(request, act)
