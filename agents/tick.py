"""One room at a time: look, plan, act. Safe to run twice, and level-triggered."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from agents.apply import apply
from agents.coordinator.moves import Assign, Held, Move, Reason
from agents.coordinator.plan import plan
from agents.observe import observe
from workspace import queries
from workspace.commands import ticks
from workspace.errors import Refused
from workspace.timings import DEFAULT

log = logging.getLogger("muster.tick")
MOST_TURNS = 20  # a room that never comes to rest gives its worker back after these


def tick(room_id: str) -> int:
    """Look and act until nothing new has happened; how many moves were carried out."""
    done = 0
    every = DEFAULT.span("tick_every")
    for _ in range(MOST_TURNS):
        wait = ticks.claim_tick(room_id=room_id, every=every, at=timezone.now())
        if wait is None:
            return done
        if wait:
            time.sleep(wait.total_seconds())
            continue
        moves, is_behind = _turn(room_id, timezone.now())
        done += moves
        if not is_behind:
            return done
    return done


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


def suggestions(room_id: str, now: datetime) -> list[Move]:
    """The moves a manual room's coordinator would make now."""
    board = observe(room_id, now)
    return [] if board is None else [move for move in plan(board).moves if move.suggested]


def held_now(room_id: str, now: datetime) -> tuple[Held, ...]:
    """The ready cards that get no move now, each with why."""
    board = observe(room_id, now)
    return () if board is None else plan(board).held


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of suggestions a person confirmed: how many were done, and refused moves."""

    done: int = 0
    refused: tuple[Refused, ...] = ()


def move_key(move: Move) -> str:
    """What tells a suggestion from every other one of the same plan."""
    closer = getattr(move, "judgement", None) or getattr(move, "slot", "")
    return f"{move.kind}:{closer}:{move.subject}"


def confirm_suggestions(room_id: str, key: str, now: datetime, agent_id: str = "") -> Confirmed:
    """Carry out what is suggested now under this key, or all of it if the key is empty.

    Planned anew, so that a stale suggestion is not carried out. `agent_id`: whom a person
    wants to have the card instead; only for one assignment.
    """
    board = observe(room_id, now)
    if board is None:
        return Confirmed()
    meant = [move for move in plan(board).moves if move.suggested]
    chosen = tuple(
        replace(instead(move, agent_id), suggested=False)
        for move in meant
        if key in ("", move_key(move))
    )
    refused = apply(chosen, board, now)
    return Confirmed(len(chosen) - len(refused), tuple(why for _, why in refused))


def instead(move: Move, agent_id: str) -> Move:
    """The assignment with the agent a person chose; everything else as it was planned."""
    if not isinstance(move, Assign) or agent_id in ("", move.agent_id):
        return move
    reason = Reason("chosen_by_person", {"agent_id": agent_id, "instead_of": move.agent_id})
    return replace(move, agent_id=agent_id, judgement_id=None, reason=reason)
