"""What an agent that comes by itself may see: every query here starts from the agent."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from workspace.models import Agent, Ask, Card, Room, Run
from workspace.transitions import LIVE_RUN

# A claim that is not answered yet: given to the agent, and nothing heard of it.
GIVEN = ("queued", "offered")


def rooms_seated(agent: Agent) -> QuerySet[Room]:
    """The rooms this agent has a seat in, the oldest seat first."""
    found = Room.objects.filter(seats__agent=agent, archived_at=None)
    return found.order_by("seats__added_at", "id")


def runs_held(agent: Agent) -> QuerySet[Run]:
    """Its live runs, those it has not answered yet first, then by when they were given."""
    found = Run.objects.filter(agent=agent, state__in=LIVE_RUN)
    return found.select_related("card", "room", "agent").order_by("queued_at", "id")


def runs_on(agent: Agent, card_id: str) -> QuerySet[Run]:
    """Every run this agent had of a card, the newest first."""
    found = Run.objects.filter(agent=agent, card_id=card_id)
    return found.select_related("card", "room", "agent").order_by("-fence")


def card_seen(agent: Agent, card_id: str) -> Card | None:
    """A card in a room it has a seat in. What it had before it lost its seat is not shown it."""
    mine = Card.objects.filter(room__seats__agent=agent, room__archived_at=None)
    return mine.filter(id=card_id).select_related("room").first()


def ask_of(run: Run, ask_id: str) -> Ask | None:
    """One of a run's asks, by our id or by the agent's own."""
    found = Ask.objects.filter(run=run).filter(Q(id=ask_id) | Q(ref=ask_id))
    return found.order_by("-opened_at").first()
