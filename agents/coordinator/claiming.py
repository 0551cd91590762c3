"""Whether an agent that comes by itself may have a ready card: the rules that give work hold for
work that is taken, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from agents.coordinator import attention
from agents.coordinator.assignment import preferred_seat, urgency
from agents.coordinator.board import Board, Card
from agents.coordinator.budget import over_budget, seats_within
from agents.coordinator.candidates import Opening, why_not
from agents.coordinator.gates import (
    is_open_for_work,
    next_attempt_and_round,
    open_slots,
    past_limits,
    who_is_barred,
    why_held,
)
from agents.coordinator.moves import Assign, Json, Reason
from agents.coordinator.plan import why_blocked
from agents.coordinator.ranking import Ranking
from agents.coordinator.regeneration import regenerate


def claim(board: Board, card_id: str, agent_id: str) -> Assign | Reason:
    """The assignment that a claim of this card amounts to, or why it is refused."""
    card = next((one for one in board.cards if one.id == card_id), None)
    if card is None or not is_open_for_work(card):
        return Reason("card_not_free")
    return _answer(_within(board), _holds(board), card, agent_id)


def claimable(board: Board, agent_id: str) -> Iterator[Card]:
    """The cards this agent could claim now, the most urgent first."""
    within, holds = _within(board), _holds(board)
    for card in sorted(filter(is_open_for_work, board.cards), key=urgency):
        if isinstance(_answer(within, holds, card, agent_id), Assign):
            yield card


def _within(board: Board) -> Board:
    return replace(board, seats=seats_within(board))


def _holds(board: Board) -> Mapping[str, Reason]:
    """Why cards must not be given now, as for a plan."""
    return regenerate(board)[1] | why_blocked(board) | over_budget(board)


def _answer(
    board: Board, holds: Mapping[str, Reason], card: Card, agent_id: str
) -> Assign | Reason:
    if board.paused:
        return Reason("room_paused")
    held = why_held(holds, card)
    if held is not None:
        return held.reason
    slot = open_slots(card)[0]
    over = past_limits(board, card, slot)
    if over is not None:
        return over.reason
    ranking = Ranking(board.seats)
    opening = Opening(
        card, slot, ranking.group(card.skills, card.kind), dict(who_is_barred(card, slot))
    )
    preferred, code = preferred_seat(opening, ranking)
    if preferred is not None and preferred.agent_id != agent_id:
        return Reason("kept_for_another", {"agent_id": preferred.agent_id})
    why = None if preferred is not None else why_not(agent_id, opening, ranking)
    if preferred is not None and not ranking.has_room(preferred):
        why = "at_capacity"
    if why is not None:
        return Reason(why)
    if not attention.places(board).may_begin(card, slot):
        return attention.why_full(board)
    attempt, round_ = next_attempt_and_round(card, slot)
    params: dict[str, Json] = {"agent_id": agent_id, "first": code if preferred else ""}
    return Assign(
        card_id=card.id,
        agent_id=agent_id,
        attempt=attempt,
        round=round_,
        slot=slot,
        reason=Reason("claimed", params),
    )
