"""The library of roles, and making a specialist of the workspace's own model from one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from agents.doors.model.roles import templates
from agents.doors.verifying import verify_agent
from workspace.commands.rooms import seat_agent
from workspace.commands.specialists import SpecialistRole, make_specialist
from workspace.errors import NotFound, Refused
from workspace.policy import needs
from workspace.queries import model_of, rooms_of, workspaces_of
from workspace.views.asking import at, back_to, by, person_of, posted, shown_again, signed_in


@needs("agent.read")
@signed_in
def roles(request: HttpRequest) -> HttpResponse:
    return render(request, "doors/model_roles.html", _facts(request))


def _facts(request: HttpRequest) -> dict[str, object]:
    person = person_of(request)
    workspaces = list(workspaces_of(person))
    with_model = [one for one in workspaces if model_of(one) is not None]
    return {
        "section": "agents",
        "roles": list(templates().values()),
        "rooms": list(rooms_of(person)),
        "workspaces": with_model,
        "given": request.POST,
    }


@needs("agent.register")
@signed_in
@posted
def make(request: HttpRequest) -> HttpResponse:
    """An agent of that role, verified, with a seat where one was asked for."""
    given, person = request.POST, person_of(request)
    try:
        one = templates().get(given.get("role", ""))
        if one is None:
            raise NotFound("role", given.get("role", "")[:40])
        role = SpecialistRole(
            name=one.name, title=one.title, skills=list(one.skills), tools=list(one.tools)
        )
        workspace_id = given.get("workspace") or workspaces_of(person)[0].id
        made = make_specialist(
            workspace_id=workspace_id, role=role, owner=person, by=by(request), at=at()
        )
        verify_agent(made.id, by=by(request))
        if room := given.get("room"):
            seat_agent(room_id=room, agent_id=made.id, by=by(request), at=at())
    except Refused as error:
        return shown_again(request, "doors/model_roles.html", _facts(request), error)
    return back_to(request, f"/agents/{made.id}")


urlpatterns = [path("agents/roles", roles), path("agents/roles/make", make)]
