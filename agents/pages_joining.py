"""Pages by which agents join: paste one URL and see who is there, then register by its door."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from agents.doors.base import Found
from agents.doors.verifying import verify_agent
from agents.people_api import check_url
from agents.probing import probe
from workspace.commands.agents import AgentFacts, edit_agent
from workspace.commands.joining import join_agent
from workspace.commands.locks import authorise_workspace
from workspace.commands.rooms import seat_agent
from workspace.errors import Refused
from workspace.policy import needs
from workspace.queries import agent_for, workspaces_of
from workspace.sentences.verification import checked, found_there
from workspace.views import agents as agents_page
from workspace.views.asking import at, back_to, by, person_of, posted, shown_again, signed_in

# At these doors everything that proves the agent is known by now: it is verified at once.
VERIFIED_AT_ONCE = ("a2a", "model")


@needs("agent.register")
@signed_in
@posted
def look(request: HttpRequest) -> HttpResponse:
    """Ask at the URL who is there, and say it with the form that fits; nothing is kept."""
    url = request.POST.get("url", "")
    try:
        authorise_workspace(workspaces_of(person_of(request))[0], by(request), "agent.register")
        check_url(url)
        facts = {**agents_page.facts_of(request), **_told(probe(url), request)}
    except Refused as error:
        return shown_again(request, _template(request), agents_page.facts_of(request), error)
    return render(request, _template(request), facts)


def _template(request: HttpRequest) -> str:
    """The form alone for a page that asks from a script, the whole page otherwise."""
    return "parts/register_form.html" if request.headers.get("HX-Request") else "agents.html"


def _told(found: Found, request: HttpRequest) -> dict[str, Any]:
    said = {"code": found.code, "params": found.params}
    given = {
        **request.POST.dict(),
        "url": found.url,
        "door": found.door,
        "name": request.POST.get("name") or found.name,
        "skills": request.POST.get("skills") or ", ".join(found.skills),
        "tools": ", ".join(found.tools),
    }
    return {"found": found, "found_says": checked(said), "given": given,
            "found_more": found_there(found.params)}  # fmt: skip


@needs("agent.register")
@signed_in
@posted
def register(request: HttpRequest) -> HttpResponse:
    """Only a URL that egress would talk to is registered; the page says what is wrong with it."""
    given, person = request.POST, person_of(request)
    door = given.get("door") or "webhook"
    try:
        if door != "mcp":
            check_url(given.get("url", ""))
        made, secret = join_agent(
            workspace_id=given.get("workspace") or workspaces_of(person)[0].id,
            facts=agents_page.given_facts(request), door=door, key=given.get("key", ""),
            owner=person, by=by(request), at=at(),
        )  # fmt: skip
        if room := given.get("room"):
            seat_agent(room_id=room, agent_id=made.id, by=by(request), at=at())
    except Refused as error:
        return shown_again(request, "agents.html", agents_page.facts_of(request), error)
    if door in VERIFIED_AT_ONCE:
        verify_agent(made.id, by=by(request))
    facts = agents_page.agent_facts(request, made.id, secret=secret, is_new=True)
    return render(request, "agent.html", facts)


@needs("agent.manage")
@signed_in
@posted
def confirm(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Its owner says that the agent lives at an address its card leads to; it is verified again."""
    found, address = agent_for(person_of(request), agent_id), request.POST.get("address", "")
    check_url(address)
    kept = [*found.reach.get("confirmed", []), address[:300]]
    edit_agent(
        agent_id=found.id, facts=AgentFacts(reach={"confirmed": sorted(set(kept))}),
        by=by(request), at=at(),
    )  # fmt: skip
    verify_agent(found.id, by=by(request))
    return back_to(request, f"/agents/{found.id}")


urlpatterns = [
    path("agents/<str:agent_id>/confirm", confirm),
    path("agents/look", look),
    path("agents/register", register),
]
