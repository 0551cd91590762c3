"""Cards that agents propose: they wait in triage until a person keeps or drops them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from workspace.actors import By
from workspace.commands.cards import CardFacts, add_card
from workspace.commands.locks import lock_agent, lock_room
from workspace.errors import Refused
from workspace.models import Card, Room, Run, Seat
from workspace.transitions import LIVE_RUN

# What people have not sorted yet is bounded, so that nobody is flooded; one run proposes few.
MOST_UNSORTED = 10
MOST_OF_A_RUN = 5


@transaction.atomic
def propose_card(
    *, agent_id: str, room_id: str, run_id: str, title: str, brief: str, criteria: list[str],
    skills: list[str], kind: str, at: datetime,
) -> Card:  # fmt: skip
    """A card in triage, by an agent with a seat in the room; `run_id` is the work it came out of,
    or empty.

    Refused beyond ten that nobody has sorted, or five of one run.
    """
    room = lock_room(room_id)
    agent = lock_agent(agent_id)
    if agent.status == "revoked":
        raise Refused("agent_revoked", status=401)
    if not Seat.objects.filter(room=room, agent=agent).exists():
        raise Refused("agent_not_in_room", status=404)
    _require_few(room, agent_id, run_id)
    cause = {"rule": "proposed", "run": run_id} if run_id else {"rule": "proposed"}
    facts = CardFacts(title=title, brief=brief, criteria=criteria, skills=skills, kind=kind)
    return add_card(room, facts, by=By(agent_id, cause=cause), at=at, status="triage")


def _require_few(room: Room, agent_id: str, run_id: str) -> None:
    mine = Card.objects.filter(room=room, proposed_by__actor=agent_id)
    if mine.filter(status="triage").count() >= MOST_UNSORTED:
        raise Refused("too_many_proposals", status=429, most=MOST_UNSORTED)
    if not run_id:
        return
    if not Run.objects.filter(id=run_id, room=room, agent_id=agent_id, state__in=LIVE_RUN).exists():
        raise Refused("unknown_run", status=404)
    if mine.filter(proposed_by__run=run_id).count() >= MOST_OF_A_RUN:
        raise Refused("too_many_proposals", status=429, most=MOST_OF_A_RUN)
