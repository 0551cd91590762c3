"""Conversations that doors keep of runs: opened, looked at in turn, over with their runs.

Looking is claimed short and talked with no transaction open, as deliveries are; a claim that is
never given back lapses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from workspace.models import Run, Talk
from workspace.models.prepared import Prepared
from workspace.record import hint
from workspace.transitions import LIVE_RUN

ITS_RUN = Prepared(
    lambda run_id: (
        Run.objects.select_for_update(of=("self",)).select_related("agent").filter(id=run_id)
    )
)
TALK = Prepared(lambda talk_id: Talk.objects.select_for_update().filter(id=talk_id))
TALK_OF_RUN = Prepared(lambda run_id: Talk.objects.filter(run_id=run_id))
# What lies further ahead than this is from before the clock was set back.
FAR = timedelta(hours=1)


@transaction.atomic
def open_talk(*, run_id: str, facts: Mapping[str, Any], due_at: datetime, at: datetime) -> Talk:
    """Begin a run's conversation, or go on with it: `facts` are added to what is known.

    Whose run is over has none to go on with: nobody will look at it.
    """
    run = ITS_RUN.one(run_id)
    talk: Talk = TALK_OF_RUN.first(run_id) or Talk(
        workspace_id=run.workspace_id, run=run, door=run.agent.door if run.agent else "",
        opened_at=at,
    )  # fmt: skip
    talk.facts = {**talk.facts, **facts}
    talk.due_at = due_at if run.state in LIVE_RUN else None
    talk.misses = 0
    talk.save()
    hint("look", talk.door)
    return talk


@transaction.atomic
def look_now(*, run_id: str, at: datetime) -> bool:
    """Something came for this run: look at once. False where it has no conversation."""
    talks = Talk.objects.filter(run_id=run_id, run__state__in=LIVE_RUN)
    found = talks.update(due_at=at)
    if found:
        hint("look", talks.values_list("door", flat=True)[0])
    return bool(found)


def due_talks(at: datetime, door: str) -> QuerySet[Talk]:
    """Conversations of a door that nobody looks at and whose time has come, the oldest first."""
    return _due(at).filter(door=door).order_by("due_at", "id")


def _due(at: datetime) -> QuerySet[Talk]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=at) | Q(claimed_until__gt=at + FAR)
    has_come = Q(due_at__lte=at) | Q(due_at__gt=at + FAR)
    return Talk.objects.filter(free, has_come)


def due_doors(at: datetime) -> set[str]:
    """The doors that have a conversation to look at."""
    return set(_due(at).values_list("door", flat=True))


@transaction.atomic
def claim_talk(*, talk_id: str, until: datetime, at: datetime) -> Talk | None:
    """Take a conversation to look at it; None if somebody else has, or its time has not come."""
    if not _due(at).filter(id=talk_id).update(claimed_until=until):
        return None
    related = ("run", "run__agent", "run__agent__workspace", "run__room", "run__card")
    return Talk.objects.select_related(*related).get(id=talk_id)


@transaction.atomic
def hold_talks(
    *, door: str, holder: str, most: int, until: datetime, at: datetime
) -> list[Talk]:  # fmt: skip
    """Take up to `most` conversations whose time has come, for as long as they are renewed; each
    with its run's `room_id`."""
    ids = list(due_talks(at, door).values_list("id", flat=True)[:most])
    # Those that somebody else took meanwhile are theirs: the condition is looked at again.
    _due(at).filter(id__in=ids).update(claimed_until=until, holder=holder)
    mine = Talk.objects.filter(id__in=ids, holder=holder, claimed_until=until)
    return list(mine.annotate(room_id=F("run__room_id")).order_by("due_at", "id"))


@transaction.atomic
def renew_talks(*, run_ids: Collection[str], holder: str, until: datetime) -> None:
    """Those that are still held by `holder` stay so until then."""
    held = Talk.objects.filter(run_id__in=run_ids, holder=holder).exclude(claimed_until=None)
    held.update(claimed_until=until)


@transaction.atomic
def leave_talk(
    *, talk_id: str, due_at: datetime | None, facts: Mapping[str, Any] | None = None,
    missed: bool = False, seen_due: datetime | None = None, holder: str = "",
) -> None:  # fmt: skip
    """Give a conversation back: when it is looked at next, and what is known now. None: over.

    `seen_due` is when it was due as it was claimed: whoever asked for a look meanwhile gets one.
    A `holder` that has lost it changes nothing.
    """
    talk = TALK.one(talk_id)
    if holder and talk.holder != holder:
        return
    is_asked = seen_due is not None and talk.due_at is not None and talk.due_at > seen_due
    talk.facts = {**talk.facts, **(facts or {})}
    talk.looks, talk.misses = talk.looks + 1, talk.misses + 1 if missed else 0
    if not (is_asked and due_at is not None):
        talk.due_at = due_at
    talk.claimed_until, talk.holder = None, ""
    talk.save()
