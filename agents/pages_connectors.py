"""Connectors: who is there, a code for a new one, and taking one away."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from agents.doors.connector.views import pair, program
from workspace import queries
from workspace.commands.connectors import LINKED, PAIR_WITHIN, make_pairing, revoke_connector
from workspace.errors import NotFound, Refused
from workspace.policy import needs
from workspace.views.asking import at, by, person_of, posted, shown_again, signed_in


@needs("agent.read")
@signed_in
def connectors(request: HttpRequest) -> HttpResponse:
    return render(request, "connectors/list.html", _facts(request))


@needs("agent.register")
@signed_in
@posted
def code(request: HttpRequest) -> HttpResponse:
    """A code for one connector, on this answer only."""
    made = make_pairing(workspace_id=_workspace_of(request), by=by(request), at=at())
    return render(request, "connectors/list.html", {**_facts(request), "code": made})


@needs("agent.register")
@signed_in
def confirm(request: HttpRequest) -> HttpResponse:
    """The link that a connector showed: it joins once this is confirmed here."""
    of = request.POST.get("of") or request.GET.get("of", "")
    if not LINKED.fullmatch(of):
        raise NotFound("pairing", "")
    facts = {"section": "agents", "of": of, "word": f"{of[:4]}-{of[4:8]}"}
    if request.method != "POST":
        return render(request, "connectors/confirm.html", facts)
    try:
        workspace_id = _workspace_of(request)
        make_pairing(workspace_id=workspace_id, by=by(request), at=at(), code_sha256=of)
    except Refused as error:
        return shown_again(request, "connectors/confirm.html", facts, error)
    return redirect("/connectors")


@needs("agent.manage")
@signed_in
@posted
def revoke(request: HttpRequest, connector_id: str) -> HttpResponse:
    found = queries.connector_for(person_of(request), connector_id)
    revoke_connector(connector_id=found.id, by=by(request), at=at())
    return redirect("/connectors")


def _workspace_of(request: HttpRequest) -> str:
    """The one that was chosen; whose person has only one need not choose."""
    workspaces = queries.workspaces_of(person_of(request))
    chosen = request.POST.get("workspace")
    found = (workspaces.filter(id=chosen) if chosen else workspaces).first()
    if found is None:
        raise NotFound("workspace", chosen or "")
    return str(found.id)


def _facts(request: HttpRequest) -> dict[str, object]:
    now = at()
    rows = queries.connectors_of(person_of(request))
    return {
        "section": "agents",
        "now": now,
        "base": settings.MUSTER_URL,
        "workspaces": list(queries.workspaces_of(person_of(request))),
        "minutes": int(PAIR_WITHIN.total_seconds() // 60),
        "connectors": [
            {
                "row": row,
                "is_online": row.held_until is not None and row.held_until > now,
                "agents": [
                    {"agent": agent, "is_away": agent.is_away(now)}
                    for agent in row.agents.exclude(status="revoked").order_by("name")
                ],
            }
            for row in rows
        ],
    }


urlpatterns = [
    path("connect/pair", pair),
    path("connect/muster-connect.pyz", program),
    path("connectors", connectors),
    path("connectors/code", code),
    path("connectors/confirm", confirm),
    path("connectors/<str:connector_id>/revoke", revoke),
]
