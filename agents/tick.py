"""One room at a time: look, plan, act. Safe to run twice, and level-triggered."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from agents.apply import apply
from agents.coordinator.moves import Held
from agents.coordinator.plan import plan
from agents.observe import observe
from workspace import queries
from workspace.commands import ticks
from workspace.timings import DEFAULT

log = logging.getLogger("muster.tick")
MOST_TURNS = 20  # a room that never comes to rest gives its worker back after these
# A room rests this many times as long as this thread worked at it: looking at three hundred agents
# must not take the time in which they would be given work.
RESTS = 3.0
LONGEST_REST = timedelta(seconds=2)
_took: dict[str, float] = {}  # seconds of a room's last look in this process; only paces the next


def tick(room_id: str, put_off: Callable[[str, timedelta], None] | None = None) -> int:
    """Look and act until nothing new has happened; how many moves were carried out.

    A room that was just looked at is not looked at again at once: `put_off` is told when to come
    back. Without it that moment is slept through.
    """
    done = 0
    for _ in range(MOST_TURNS):
        wait = ticks.claim_tick(room_id=room_id, every=_every(room_id), at=timezone.now())
        if wait is None:
            return done
        if wait and put_off is not None:
            put_off(room_id, wait)
            return done
        if wait:
            time.sleep(wait.total_seconds())
            continue
        began = time.thread_time()
        moves, is_behind = _turn(room_id, timezone.now())
        _took[room_id] = time.thread_time() - began
        done += moves
        if not is_behind:
            return done
    return done


def _every(room_id: str) -> timedelta:
    """From one look at a room to the next; counted from the beginning of the one before."""
    rest = timedelta(seconds=_took.get(room_id, 0.0) * (1 + RESTS))
    return max(DEFAULT.span("tick_every"), min(rest, LONGEST_REST))


def _turn(room_id: str, now: datetime) -> tuple[int, bool]:
    """One look; (moves carried out, whether something happened since it was read)."""
    seen = queries.head_seq(room_id)
    board = observe(room_id, now)
    if board is None:
        return 0, ticks.finish_tick(room_id=room_id, seen_seq=seen, next_at=None)
    planned = plan(board)
    try:
        refused = apply(planned.moves, board, now)
    finally:
        is_behind = ticks.finish_tick(room_id=room_id, seen_seq=seen, next_at=planned.next_at)
    for move, why in refused:
        log.info("%s on %s was refused: %s", move.kind, move.subject, why)
    carried = sum(not move.suggested for move in planned.moves) - len(refused)
    # With nothing carried out, what is new was already there to be seen, or is not for us.
    return carried, is_behind and carried > 0


def held_now(room_id: str, now: datetime) -> tuple[Held, ...]:
    """The ready cards that get no move now, each with why."""
    board = observe(room_id, now)
    return () if board is None else plan(board).held
