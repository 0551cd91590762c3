"""Rooms: the list, a new one, the board, timeline, files, agents, settings."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from workspace.commands.attachments import create_room_with
from workspace.commands.judgements import plan_room
from workspace.commands.messages import post_message
from workspace.commands.rooms import pause_room, resume_room, set_mode
from workspace.errors import Refused
from workspace.models import Room
from workspace.policy import may_in_workspace, needs
from workspace.queries import (
    agents_of,
    head_seq,
    room_for,
    rooms_of,
    usable_ids,
    workspace_role,
    workspaces_of,
)
from workspace.shown.cards import board_shown
from workspace.shown.events import timeline
from workspace.shown.files import room_files
from workspace.shown.rooms import agent_strip, room_head, room_rows
from workspace.shown.who import agent_shown
from workspace.views.asking import (
    at,
    back_to,
    by,
    is_fragment,
    person_of,
    posted,
    room_facts,
    shown_again,
    signed_in,
    wire,
)
from workspace.views.attachments import files_given

PLANNING = ("wanted", "asking", "answered")


@needs("workspace.read")
@signed_in
def room_list(request: HttpRequest) -> HttpResponse:
    rooms = room_rows(list(rooms_of(person_of(request))))
    facts = {"section": "rooms", "rooms": rooms, "wire": {"url": "/live/me", "seq": 0}}
    return render(request, "rooms.html", facts)


@needs("room.create")
@signed_in
def new_room(request: HttpRequest) -> HttpResponse:
    """Name and goal; its cards are proposed on its board."""
    workspaces = list(workspaces_of(person_of(request)))
    given = request.POST
    agents = [agent_shown(agent) for agent in agents_of(person_of(request))]
    chosen = given.getlist("agents") or list(usable_ids(person_of(request)))
    facts = {
        "section": "rooms", "workspaces": workspaces, "given": given, "agents": agents,
        "chosen": chosen,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "new_room.html", facts)
    try:
        room = create_room_with(
            files=files_given(request),
            workspace_id=given.get("workspace") or workspaces[0].id, name=given.get("name", ""),
            goal=given.get("goal", ""), rules=given.get("rules", ""), owner=person_of(request),
            mode="manual" if given.get("mode") == "manual" else "auto",
            agents=given.getlist("agents"), by=by(request), at=at(),
        )  # fmt: skip
    except Refused as error:
        return shown_again(request, "new_room.html", facts, error)
    return redirect(f"/rooms/{room.id}")


@needs("room.read")
@signed_in
def board(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    return render(request, "board.html", board_facts(request, room))


def board_facts(request: HttpRequest, room: Room) -> dict[str, object]:
    """The number first, the facts after: what happens in between comes over the wire again."""
    seq = head_seq(room.id)
    return {
        **room_facts(request, room), "tab": "board", "head": room_head(room, at()),
        "columns": board_shown(room), "strip": agent_strip(room),
        "planning": room.judgements.filter(kind="plan", state__in=PLANNING).exists(),
        "may_freeze": _may_freeze(request, room), "wire": wire(room, seq),
    }  # fmt: skip


def _may_freeze(request: HttpRequest, room: Room) -> bool:
    """Demo agents run beside us only where one supervisor started everything."""
    role = workspace_role(person_of(request), room.workspace)
    is_here = room.is_demo and settings.MUSTER_EMBEDDED
    return is_here and may_in_workspace(role, "demo.freeze")


@needs("room.read")
@signed_in
def events(request: HttpRequest, room_id: str) -> HttpResponse:
    """The timeline; older events by page, and what people said among them."""
    room = room_for(person_of(request), room_id)
    seq = head_seq(room.id)
    before = request.GET.get("before", "")
    facts = {
        **room_facts(request, room), "tab": "timeline", "head": room_head(room, at()),
        "timeline": timeline(room, int(before) if before.isdigit() else None),
        "wire": wire(room, seq),
    }  # fmt: skip
    if is_fragment(request) and before:
        return render(request, "parts/timeline_rows.html", facts)
    return render(request, "timeline.html", facts)


@needs("room.read")
@signed_in
def files(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    facts = {
        **room_facts(request, room), "tab": "files", "head": room_head(room, at()),
        "cards": room_files(room), "wire": wire(room, head_seq(room.id)),
    }  # fmt: skip
    return render(request, "files.html", facts)


@needs("message.post")
@signed_in
@posted
def say(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    post_message(room_id=room.id, body=request.POST.get("body", ""), by=by(request), at=at())
    return back_to(request, f"/rooms/{room.id}/timeline")


@needs("room.pause")
@signed_in
@posted
def pause(request: HttpRequest, room_id: str) -> HttpResponse:
    pause_room(room_id=room_for(person_of(request), room_id).id, by=by(request), at=at())
    return head_again(request, room_id)


@needs("room.pause")
@signed_in
@posted
def resume(request: HttpRequest, room_id: str) -> HttpResponse:
    resume_room(room_id=room_for(person_of(request), room_id).id, by=by(request), at=at())
    return head_again(request, room_id)


@needs("room.edit")
@signed_in
@posted
def mode(request: HttpRequest, room_id: str) -> HttpResponse:
    room = room_for(person_of(request), room_id)
    set_mode(room_id=room.id, mode=request.POST.get("mode", ""), by=by(request), at=at())
    return head_again(request, room_id)


@needs("room.plan")
@signed_in
@posted
def plan(request: HttpRequest, room_id: str) -> HttpResponse:
    plan_room(room_id=room_for(person_of(request), room_id).id, by=by(request), at=at())
    return head_again(request, room_id)


def head_again(request: HttpRequest, room_id: str) -> HttpResponse:
    """The room's head as it is now; without htmx the whole board."""
    if not is_fragment(request):
        return redirect(f"/rooms/{room_id}")
    room = room_for(person_of(request), room_id)
    return render(
        request,
        "parts/room_head.html",
        {**room_facts(request, room), "head": room_head(room, at())},
    )
