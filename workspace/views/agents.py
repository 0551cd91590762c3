"""Agents: registered by URL, verified, watched, paused, rotated, revoked."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from workspace.commands.agents import (
    WORK_FROM,
    AgentFacts,
    edit_agent,
    pause_agent,
    replay_delivery,
    revoke_agent,
    send_test_event,
)
from workspace.commands.auditions import start_audition, stop_audition
from workspace.commands.joining import rotate_credential
from workspace.errors import NotFound, Refused
from workspace.models import Agent
from workspace.policy import needs
from workspace.queries import (
    agent_for,
    agents_of,
    audition_of,
    auditions_for,
    newest_audition,
    rooms_of,
    workspaces_of,
)
from workspace.shown.agents import agent_page, agent_rows, headline
from workspace.shown.auditions import badge_of, scorecard
from workspace.shown.health import health_shown
from workspace.views.asking import at, back_to, by, person_of, posted, shown_again, signed_in

DURATIONS = ("ack_within", "silent_after", "lease")
OF_A_MODEL = ("model", "role", "prompt")


@needs("agent.read")
@signed_in
def table(request: HttpRequest) -> HttpResponse:
    return render(request, "agents.html", facts_of(request))


def facts_of(request: HttpRequest) -> dict[str, object]:
    person = person_of(request)
    rows = agent_rows(list(agents_of(person)))
    return {
        "section": "agents", "rows": rows, "headline": headline(rows),
        "workspaces": list(workspaces_of(person)), "rooms": list(rooms_of(person)),
        "chosen_room": request.GET.get("room", ""), "given": request.POST,
        "allowed": settings.MUSTER_ALLOW_CIDRS, "base": settings.MUSTER_URL,
        "sample_agent": sample_agent(),
    }  # fmt: skip


@lru_cache(maxsize=1)
def sample_agent() -> str:
    """The program of the docs, to be copied; none where the docs are not installed."""
    path = settings.BASE_DIR / "docs" / "sample_agent.py"
    return path.read_text("utf-8") if path.exists() else ""


@needs("agent.read")
@signed_in
def agent(request: HttpRequest, agent_id: str) -> HttpResponse:
    return render(request, "agent.html", agent_facts(request, agent_id))


def agent_facts(request: HttpRequest, agent_id: str, **more: object) -> dict[str, object]:
    person = person_of(request)
    found = agent_for(person, agent_id)
    page = agent_page(found, failed_only="failed" in request.GET)
    seated = set(found.seats.values_list("room_id", flat=True))
    rooms = [(room, room.id in seated) for room in rooms_of(person)]
    return {
        "section": "agents", "page": page, "rooms": rooms, "base": settings.MUSTER_URL,
        "health": health_shown(found, at()), "work_from": WORK_FROM,
        **_audition_facts(request, found), **more,
    }  # fmt: skip


def _audition_facts(request: HttpRequest, found: Agent) -> dict[str, object]:
    newest = newest_audition(found)
    return {
        "agent": found, "badge": badge_of(audition_of(found)),
        "scorecard": scorecard(newest, at()) if newest else None,
        # Only whoever started it is in its scratch room.
        "may_look": newest is not None and newest.started_by_id == person_of(request).id,
    }  # fmt: skip


@needs("agent.read")
@signed_in
def audition(request: HttpRequest, agent_id: str) -> HttpResponse:
    """Its scorecard, as it is now; posted to, it is begun."""
    found = agent_for(person_of(request), agent_id)
    if request.method == "POST":
        return begin_audition(request, agent_id=found.id)
    return render(request, "parts/audition_fresh.html", _audition_facts(request, found))


@needs("agent.manage")
@signed_in
@posted
def begin_audition(request: HttpRequest, agent_id: str) -> HttpResponse:
    start_audition(agent_id=agent_id, by=by(request), at=at())
    return back_to(request, f"/agents/{agent_id}#audition")


@needs("agent.manage")
@signed_in
@posted
def end_audition(request: HttpRequest, agent_id: str, audition_id: str) -> HttpResponse:
    """Stop it: what it found by then says nothing."""
    found = agent_for(person_of(request), agent_id)
    running = auditions_for(found).filter(id=audition_id).first()
    if running is None:
        raise NotFound("audition", audition_id)
    stop_audition(audition_id=running.id, by=by(request), at=at())
    return back_to(request, f"/agents/{found.id}#audition")


def given_facts(request: HttpRequest) -> AgentFacts:
    """What a form says of an agent; what it does not ask for stays as it is."""
    given = request.POST
    timings = {name: _seconds(name, given[name]) for name in DURATIONS if given.get(name)}
    most = given.get("max_concurrency", "")
    reach = {name: given[name].strip() for name in OF_A_MODEL if given.get(name, "").strip()}
    return AgentFacts(
        name=given.get("name") or None, url=_url(given["url"]) if given.get("url") else None,
        timings=timings or None, skills=_words(given, "skills"), tools=_words(given, "tools"),
        max_concurrency=int(most) if most.isdigit() else None, reach=reach or None,
        work_from=given.get("work_from") or None,
    )  # fmt: skip


def _url(text: str) -> str:
    url = text.strip()
    parts = urlsplit(url) if "://" in url else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("not_a_url", status=422, url=url[:200])
    return url


def _words(given: QueryDict, name: str) -> list[str] | None:
    if name not in given:
        return None
    return [word.strip() for word in str(given[name]).split(",") if word.strip()]


def _seconds(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Refused("not_a_duration", status=422, name=name) from None


@needs("agent.manage")
@signed_in
@posted
def edit(request: HttpRequest, agent_id: str) -> HttpResponse:
    found = agent_for(person_of(request), agent_id)
    try:
        edit_agent(agent_id=found.id, facts=given_facts(request), by=by(request), at=at())
    except Refused as error:
        return shown_again(request, "agent.html", agent_facts(request, found.id), error)
    return back_to(request, f"/agents/{found.id}")


@needs("agent.manage")
@signed_in
@posted
def pause(request: HttpRequest, agent_id: str) -> HttpResponse:
    found = agent_for(person_of(request), agent_id)
    paused = request.POST.get("paused") == "1"
    pause_agent(agent_id=found.id, paused=paused, by=by(request), at=at())
    return back_to(request, f"/agents/{found.id}")


@needs("agent.manage")
@signed_in
@posted
def rotate(request: HttpRequest, agent_id: str) -> HttpResponse:
    found = agent_for(person_of(request), agent_id)
    key = request.POST.get("key", "")
    secret = rotate_credential(agent_id=found.id, key=key, by=by(request), at=at())
    return render(request, "agent.html", agent_facts(request, found.id, secret=secret))


@needs("agent.manage")
@signed_in
@posted
def revoke(request: HttpRequest, agent_id: str) -> HttpResponse:
    found = agent_for(person_of(request), agent_id)
    revoke_agent(agent_id=found.id, by=by(request), at=at())
    return redirect("/agents")


@needs("agent.manage")
@signed_in
@posted
def test_event(request: HttpRequest, agent_id: str) -> HttpResponse:
    found = agent_for(person_of(request), agent_id)
    send_test_event(agent_id=found.id, by=by(request), at=at())
    return back_to(request, f"/agents/{found.id}#log")


@needs("agent.manage")
@signed_in
@posted
def replay(request: HttpRequest, agent_id: str, delivery_id: str) -> HttpResponse:
    found = agent_for(person_of(request), agent_id)
    replay_delivery(delivery_id=delivery_id, by=by(request), at=at())
    return back_to(request, f"/agents/{found.id}#log")
