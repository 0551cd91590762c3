"""The coordinator's page of a room, and one judgement in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workspace.errors import NotFound
from workspace.models import Room
from workspace.policy import needs
from workspace.queries import head_seq, room_for
from workspace.shown.coordinator import coordinator_shown, why_judge
from workspace.shown.judged import judgements_shown, pretty
from workspace.shown.rooms import judge_at_work, room_head
from workspace.views.asking import at, person_of, room_facts, signed_in, wire


def coordinator_page(
    request: HttpRequest, room: Room, held: Iterable[tuple[str, Mapping[str, Any]]]
) -> HttpResponse:
    """Called by the side that knows what the coordinator holds back now."""
    seq = head_seq(room.id)
    facts = {
        **room_facts(request, room), "tab": "coordinator", "head": room_head(room, at()),
        "coordinator": coordinator_shown(room, held, at()), "wire": wire(room, seq),
    }  # fmt: skip
    return render(request, "coordinator.html", facts)


@needs("room.read")
@signed_in
def judgement(request: HttpRequest, room_id: str, judgement_id: str) -> HttpResponse:
    """What was asked, what came back, what it took; every try that failed too."""
    room = room_for(person_of(request), room_id)
    row = room.judgements.filter(id=judgement_id).first()
    if row is None:
        raise NotFound("judgement", judgement_id)
    seq = head_seq(room.id)
    facts = {
        **room_facts(request, room), "tab": "coordinator", "head": room_head(room, at()),
        "shown": judgements_shown([row], at())[0], "row": row,
        "why_judge": why_judge(*judge_at_work(room, at())),
        "asked_about": pretty(row.asked_about), "proposal": pretty(row.proposal),
        "verdict": pretty(row.verdict), "calls": row.calls.order_by("at", "id"),
        "wire": wire(room, seq),
    }  # fmt: skip
    return render(request, "judgement.html", facts)
