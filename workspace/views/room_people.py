"""Who and what a room has: agents in it, members, invites, its rules and timings."""

from __future__ import annotations

from dataclasses import fields

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workspace.commands.people import invite, remove_member, revoke_invite, set_role
from workspace.commands.rooms import edit_room, seat_agent, unseat_agent
from workspace.errors import NotFound, Refused
from workspace.models import Invite, Room
from workspace.policy import ROLES, needs
from workspace.queries import agents_of, head_seq, room_for, room_policy, timings
from workspace.shown.agents import agent_rows
from workspace.shown.attachments import attachments_shown
from workspace.shown.demands import policy_fields, policy_given
from workspace.shown.rooms import room_head
from workspace.shown.rules import rules_shown
from workspace.shown.who import person_shown
from workspace.shown.words import role_word
from workspace.timings import Timings
from workspace.views.agents import sample_agent
from workspace.views.asking import (
    at,
    back_to,
    by,
    person_of,
    posted,
    room_facts,
    shown_again,
    signed_in,
    wire,
)

SHOWN_TIMINGS = ("ack_within", "silent_after", "lease", "cancel_within", "judge_within")


@needs("room.read")
@signed_in
def agents(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    mine = list(agents_of(person_of(request)).filter(workspace=room.workspace))
    seated = set(room.seats.values_list("agent_id", flat=True))
    facts = {
        **room_facts(request, room), "tab": "agents", "head": room_head(room, at()),
        "rows": agent_rows([agent for agent in mine if agent.id in seated]),
        "others": [agent for agent in mine if agent.id not in seated],
        "sample_agent": sample_agent(),
        "wire": wire(room, head_seq(room.id)),
    }  # fmt: skip
    return render(request, "room_agents.html", facts)


@needs("room.seats")
@signed_in
@posted
def seat(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    seat_agent(room_id=room.id, agent_id=request.POST.get("agent", ""), by=by(request), at=at())
    return back_to(request, f"/rooms/{room.id}/agents")


@needs("room.seats")
@signed_in
@posted
def unseat(request: HttpRequest, room_id: str, agent_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    unseat_agent(room_id=room.id, agent_id=agent_id, by=by(request), at=at())
    return back_to(request, f"/rooms/{room.id}/agents")


@needs("room.read")
@signed_in
def room_settings(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    return render(request, "room_settings.html", _settings(request, room))


def _settings(request: HttpRequest, room: Room) -> dict[str, object]:
    members = room.members.select_related("person").order_by("joined_at")
    limits = timings(room.workspace, room)
    open_invites = Invite.objects.filter(
        room=room, used_at=None, revoked_at=None, expires_at__gt=at()
    )
    return {
        **room_facts(request, room), "tab": "settings", "head": room_head(room, at()),
        "members": [(person_shown(one.person), one) for one in members],
        "roles": [(role, role_word(role)) for role in ROLES],
        "policy_groups": policy_fields(
            room_policy(room), request.POST.dict() if request.POST.get("form") == "policy" else None
        ),
        "invites": open_invites.order_by("-made_at"),
        "attachments": attachments_shown(room), "rules": rules_shown(room, at()),
        "limits": [(name, f"{getattr(limits, name):g}") for name in SHOWN_TIMINGS],
        "wire": wire(room, head_seq(room.id)),
    }  # fmt: skip


@needs("room.edit")
@signed_in
@posted
def edit(request: HttpRequest, room_id: str) -> HttpResponse:
    """Goal and rules, what the room demands, or its timings: whichever form was sent."""
    room = room_for(person_of(request), room_id)
    try:
        edit_room(room_id=room.id, changes=_changes(request), by=by(request), at=at())
    except Refused as error:
        return shown_again(request, "room_settings.html", _settings(request, room), error)
    return back_to(request, f"/rooms/{room.id}/settings")


def _changes(request: HttpRequest) -> dict[str, object]:
    given = request.POST
    if given.get("form") == "policy":
        return {"policy": policy_given(given.dict())}
    if given.get("form") == "timings":
        known = {one.name for one in fields(Timings)}
        wanted = {name: given[name] for name in known & given.keys() if given[name]}
        return {"timings": {name: _seconds(name, text) for name, text in wanted.items()}}
    return {name: given[name] for name in ("name", "goal", "rules") if name in given}


def _seconds(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Refused("not_a_duration", status=422, name=name) from None


@needs("room.invite")
@signed_in
@posted
def make_invite(request: HttpRequest, room_id: str) -> HttpResponse:
    """An invite's link, shown this once."""
    room = room_for(person_of(request), room_id)
    role = request.POST.get("role", "reviewer")
    _made, token = invite(room_id=room.id, role=role, by=by(request), at=at())
    link = f"{settings.MUSTER_URL}/join/{token}"
    return render(request, "room_settings.html", {**_settings(request, room), "link": link})


@needs("room.invite")
@signed_in
@posted
def take_invite_back(request: HttpRequest, room_id: str, invite_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    if not Invite.objects.filter(id=invite_id, room=room).exists():
        raise NotFound("invite", invite_id)
    revoke_invite(invite_id=invite_id, by=by(request), at=at())
    return back_to(request, f"/rooms/{room.id}/settings")


@needs("room.members")
@signed_in
@posted
def role(request: HttpRequest, room_id: str, person_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    chosen = request.POST.get("role", "")
    set_role(room_id=room.id, person_id=person_id, role=chosen, by=by(request), at=at())
    return back_to(request, f"/rooms/{room.id}/settings")


@needs("room.members")
@signed_in
@posted
def remove(request: HttpRequest, room_id: str, person_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    remove_member(room_id=room.id, person_id=person_id, by=by(request), at=at())
    left = person_id == person_of(request).id
    return back_to(request, "/" if left else f"/rooms/{room.id}/settings")
