"""Conversations with models as their holder needs them: where they stand, and what is new."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet, Sum

from workspace.models import DeliverableFile, Delivery, Exchange, Run, Talk
from workspace.models.prepared import Prepared
from workspace.transitions import LIVE_RUN

EXCHANGES = Prepared(lambda run_id: Exchange.objects.filter(run_id=run_id).order_by("n"))
HAS_BEGUN = Prepared(
    lambda run_id: Exchange.objects.filter(run_id=run_id).values_list("n", flat=True)[:1]
)
CONVERSING = Prepared(
    lambda run_id: Run.objects.select_related(
        "agent", "agent__workspace", "room", "card", "previous"
    ).filter(id=run_id)
)
EXCHANGES = Prepared(lambda run_id: Exchange.objects.filter(run_id=run_id).order_by("n"))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a held conversation stands: whose it is, its run, and how much its inbox holds."""

    holder: str
    state: str
    fence: int
    inbox: int


def held_talks(run_ids: Collection[str]) -> dict[str, Standing]:
    """In two queries, however many there are."""
    newest = dict(
        Delivery.objects.filter(run_id__in=run_ids)
        .exclude(type="card.assigned")
        .values_list("run_id")
        .annotate(newest=Max("inbox_seq"))
    )
    rows = Talk.objects.filter(run_id__in=run_ids).values_list(
        "run_id", "holder", "run__state", "run__fence"
    )
    return {
        run_id: Standing(holder, state, fence, newest.get(run_id) or 0)
        for run_id, holder, state, fence in rows
    }


def live_in(room_id: str) -> int:
    """How many runs of a room are under way."""
    return Run.objects.filter(room_id=room_id, state__in=LIVE_RUN).count()


def steps_in(room_id: str) -> int:
    """How many steps its runs have made."""
    return Run.objects.filter(room_id=room_id).aggregate(n=Sum("steps_count"))["n"] or 0


def last_ended(agent_ids: Collection[str]) -> dict[str, datetime]:
    """Per agent when its newest run ended, where one has."""
    ended = Run.objects.filter(agent_id__in=agent_ids, ended_at__isnull=False)
    return {
        agent_id: at
        for agent_id, at in ended.values_list("agent_id").annotate(last=Max("ended_at"))
        if agent_id
    }


def exchanges_of(run_id: str) -> list[Exchange]:
    """The calls of a run's conversation, in order."""
    return EXCHANGES.all(run_id)


def is_conversing(run_id: str) -> bool:
    """Whether a run's conversation has begun."""
    return HAS_BEGUN.first(run_id) is not None


def run_conversing(run_id: str) -> Run:
    return CONVERSING.one(run_id)


def accepted_files(room_id: str, most: int) -> QuerySet[DeliverableFile]:
    """Files of this room's accepted versions, the newest first."""
    found = DeliverableFile.objects.filter(
        deliverable__room_id=room_id, deliverable__state="accepted"
    )
    return found.select_related("blob", "deliverable__card").order_by("-deliverable_id")[:most]
