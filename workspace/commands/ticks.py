"""The clockwork: whose turn it is to look at a room, and when to look again.

Timers are rows: losing every message costs at most one sweep.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from workspace.commands.auditions import due_auditions
from workspace.commands.judgements import due_judgements
from workspace.commands.sources import due_versions
from workspace.commands.talks import due_doors
from workspace.hearers import QUIET
from workspace.models import Event, Heartbeat, Stream, Tick
from workspace.models.prepared import Prepared
from workspace.outbox import due_ids
from workspace.queries import head_seq

TICK = Prepared(lambda room_id: Tick.objects.select_for_update().filter(room_id=room_id))
CLAIM_FOR = timedelta(seconds=10)
# Who read the clock, and then waited for the row, meets what others wrote a moment later: only
# what lies further ahead than this tells of a clock that was set back.
SLIP = timedelta(seconds=10)
# What wakes no coordinator, by the wake rules.
UNHEARD = [kind for kind, hearers in QUIET.items() if "tick" not in hearers]


@transaction.atomic
def claim_tick(*, room_id: str, every: timedelta, at: datetime) -> timedelta | None:
    """Take this room's turn: zero if it is ours now, how long to wait if it was just had,
    None if someone else is looking (they will see what we came for)."""
    tick: Tick | None = TICK.first(room_id)
    if tick is None or _is_claimed(tick, at):
        return None
    # What lies far in the future was written before the clock was set back: it does not count.
    if tick.ticked_at is not None and -SLIP <= at - tick.ticked_at < every:
        return every - (at - tick.ticked_at)
    tick.claimed_until, tick.ticked_at = at + CLAIM_FOR, at
    # The timer is taken up with the turn, and due again if the turn is never given back.
    tick.due_at = tick.claimed_until
    tick.save(update_fields=["claimed_until", "ticked_at", "due_at"])
    return timedelta(0)


def _is_claimed(tick: Tick, at: datetime) -> bool:
    return tick.claimed_until is not None and at < tick.claimed_until <= at + CLAIM_FOR + SLIP


@transaction.atomic
def finish_tick(*, room_id: str, seen_seq: int, next_at: datetime | None) -> bool:
    """Give the turn back with the next timer; True if something happened since `seen_seq`.

    Whoever made the timer due during the turn may have been too late for it: it stays due.
    """
    head = head_seq(room_id)
    tick: Tick | None = TICK.first(room_id)
    if tick is not None:
        was_woken = None not in (tick.claimed_until, tick.due_at)
        was_woken = was_woken and tick.due_at != tick.claimed_until
        tick.due_at = tick.due_at if was_woken else next_at
        tick.claimed_until, tick.seen_seq = None, seen_seq
        tick.save(update_fields=["claimed_until", "seen_seq", "due_at"])
    return head > seen_seq


def due_rooms(at: datetime) -> list[str]:
    """Rooms with a timer due, or with events no tick has seen yet."""
    # As in `claim_tick`: what reaches too far ahead is from before the clock was set back.
    far = at + CLAIM_FOR + SLIP
    free = Q(claimed_until=None) | Q(claimed_until__lte=at) | Q(claimed_until__gt=far)
    ticks = Tick.objects.filter(free, room__archived_at=None)
    has_come = Q(due_at__lte=at) | Q(ticked_at__gt=at + SLIP)
    due = set(ticks.filter(has_come).values_list("room_id", flat=True))
    seen = dict(ticks.values_list("room_id", "seen_seq"))
    heads = Stream.objects.filter(id__in=list(seen)).values_list("id", "seq")
    behind = {room_id for room_id, seq in heads if seq > seen[room_id]}
    return sorted(due | {room_id for room_id in behind - due if _concerns(room_id, seen[room_id])})


def _concerns(room_id: str, seen: int) -> bool:
    """Whether something the coordinator hears of has happened since: steps, for one, are not."""
    since = Event.objects.filter(stream_id=room_id, seq__gt=seen)
    return since.exclude(type__in=UNHEARD).exists()


def due_work(at: datetime) -> dict[str, dict[str, object]]:
    """What the sweep hints at: per hearer the subjects that have something waiting.

    Each with a mark that stays the same as long as nobody has come to it; None where there is no
    telling.
    """
    turns = Tick.objects.filter(room_id__in=due_rooms(at)).order_by("room_id")
    judging = due_judgements(at).order_by("id").values_list("id", "tries")[:50]
    return {
        "tick": dict(turns.values_list("room_id", "ticked_at")),
        "owed": {"due": None} if due_ids(at, 1) else {},
        "judge": dict(judging),
        "sources": dict.fromkeys(due_versions(at)),
        "audition": dict.fromkeys(due_auditions(at)),
        "look": dict.fromkeys(sorted(due_doors(at))),
    }


def beat(*, name: str, facts: dict[str, Any], at: datetime) -> None:
    """A part of the installation says that it is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at, "facts": facts})
