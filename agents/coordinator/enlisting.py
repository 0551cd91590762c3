"""Specialists of the workspace's own model: enlisted where nobody here can do what is ready, or
everyone who can is busy, up to the room's cap; dismissed once they have had nothing to do for long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from agents.coordinator.assignment import Dispatch
from agents.coordinator.board import Board, Card, Role, Seat
from agents.coordinator.moves import Dismiss, Enlist, HandOff, Held, Json, Move, Reason

IDLE_FOR = timedelta(minutes=30)
LACKING = frozenset({"no_agents", "nobody_has_the_skill", "nobody_usable", "nobody_else_can"})
BUSY = "all_are_busy"


@dataclass(slots=True)
class Enlisting:
    """Who is to come or go, and what becomes of the dispatch that found nobody."""

    moves: list[Move] = field(default_factory=list)
    dispatch: Dispatch = field(default_factory=Dispatch)
    times: list[datetime] = field(default_factory=list)


def enlist(board: Board, dispatched: Dispatch) -> Enlisting:
    """Specialists for the cards that this dispatch could give to nobody.

    A card for which one comes is not handed to people. Nobody is enlisted while one of those who
    were is switched off: it is the same model behind all of them.
    """
    going, times = dismiss(board)
    left = board.limits.specialists - sum(bool(seat.role) for seat in board.seats)
    if left <= 0 or not board.roles or any(map(_is_broken, board.seats)):
        return Enlisting(going, dispatched, times)
    wanted = _wanted(board, dispatched)
    coming: dict[str, str] = {}  # card → role
    for card, role, _ in wanted[:left]:
        coming[card.id] = role.name
    moves = [
        _enlist(board, role, [(card, why) for card, own, why in wanted[:left] if own == role])
        for role in board.roles
        if role.name in coming.values()
    ]
    return Enlisting([*moves, *going], _without(dispatched, coming), times)


def _is_broken(seat: Seat) -> bool:
    return bool(seat.role) and not seat.usable and seat.unusable_because in ("disabled", "degraded")


def _wanted(board: Board, dispatched: Dispatch) -> list[tuple[Card, Role, str]]:
    """The cards that lack somebody, each with the role for it and what was wrong, urgent first."""
    cards = {card.id: card for card in board.cards}
    lacking = [(m.card_id, m.reason.code) for m in dispatched.moves if isinstance(m, HandOff)]
    lacking += [(h.card_id, h.reason.code) for h in dispatched.held if h.reason.code == BUSY]
    lacking += [(c.id, c.handed_off) for c in board.cards if c.status == "waiting" and c.handed_off]
    found = []
    for card_id, why in lacking:
        card = cards.get(card_id)
        if card is None or (why not in LACKING and why != BUSY):
            continue
        if role := role_for(card, board.roles):
            found.append((card, role, why))
    return sorted(found, key=lambda one: (-one[0].priority, one[0].created_at, one[0].number))


def role_for(card: Card, roles: Iterable[Role]) -> Role | None:
    """The role that can do the card: one for its kind before others, then the most special."""
    able = [role for role in roles if set(card.skills) <= set(role.skills)]
    if not card.skills:
        able = [role for role in able if card.kind in role.kinds] or able
    return min(able, key=lambda one: (card.kind not in one.kinds, len(one.skills)), default=None)


def _enlist(board: Board, role: Role, cards: list[tuple[Card, str]]) -> Enlist:
    code = "enlisted_more" if all(why == BUSY for _, why in cards) else "enlisted_missing"
    skills = sorted({skill for card, _ in cards for skill in card.skills})
    params: dict[str, Json] = {
        "role": role.title,
        "count": len(cards),
        "skills": list[Json](skills),
        "cards": list[Json](card.number for card, _ in cards[:10]),
        "most": board.limits.specialists,
    }
    return Enlist(role=role.name, count=len(cards), reason=Reason(code, params))


def _without(dispatched: Dispatch, coming: Mapping[str, str]) -> Dispatch:
    """The dispatch with those cards waiting for their specialist instead of for people."""
    is_spared = {id(m) for m in dispatched.moves if isinstance(m, HandOff) and m.card_id in coming}
    spared = [m.subject for m in dispatched.moves if id(m) in is_spared]
    held = [h for h in dispatched.held if h.card_id not in coming]
    waiting = {*spared, *(h.card_id for h in dispatched.held if h.card_id in coming)}
    return replace(
        dispatched,
        moves=[move for move in dispatched.moves if id(move) not in is_spared],
        held=[*held, *(Held(one, Reason("specialist_comes")) for one in sorted(waiting))],
    )


def dismiss(board: Board) -> tuple[list[Move], list[datetime]]:
    """Specialists who have had nothing to do for long, and when the next ones will have."""
    working = Counter(run.agent_id for card in board.cards for run in card.runs if run.is_live)
    moves: list[Move] = []
    times: list[datetime] = []
    for seat in board.seats:
        if not seat.role or seat.load or working[seat.agent_id] or seat.idle_since is None:
            continue
        until = seat.idle_since + IDLE_FOR
        if until > board.now:
            times.append(until)
            continue
        minutes = int((board.now - seat.idle_since).total_seconds() // 60)
        params: dict[str, Json] = {"agent_id": seat.agent_id, "minutes": minutes}
        moves.append(Dismiss(agent_id=seat.agent_id, reason=Reason("specialist_idle", params)))
    return moves, times
