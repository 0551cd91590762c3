"""Two coordinators to compare ours with: what people wire up first, and none at all.

Both have the same doors, gates and commands as ours; only who gets what, and what follows when it
goes wrong, is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents.coordinator.board import Board, Card, Seat
from agents.coordinator.gates import is_open_for_work, next_attempt_and_round
from agents.coordinator.liveness import live_agent_runs
from agents.coordinator.moves import Assign, FailRun, Move, Plan, Reason

TRIES = 4  # as many attempts as ours makes


def round_robin(board: Board) -> Plan:
    """The next agent in turn gets the next free card; whatever has failed, or run out of time since
    its last sign, is tried again with the next one, four times in all."""
    moves = [*run_out(board)]
    times = [
        sign + run.lease
        for run in live_agent_runs(board)
        if (sign := run.last_sign_at or run.offered_at) is not None
    ]
    turn = sum(len(card.runs) for card in board.cards)
    load = {seat.agent_id: seat.load for seat in board.seats}
    for card in free_cards(board):
        if card.attempts >= TRIES:
            continue
        for n in range(len(board.seats)):
            seat = board.seats[(turn + n) % len(board.seats)]
            if fits(card, seat) and load[seat.agent_id] < seat.capacity:
                load[seat.agent_id] += 1
                turn += n + 1
                moves.append(given(card, seat, "next_in_turn"))
                break
    return Plan(moves=tuple(moves), next_at=min(times, default=None))


def none(board: Board) -> Plan:
    """Every card goes once to the first free agent that says it can; nobody looks again, but people
    who ask for changes are answered by the same agent."""
    moves: list[Move] = []
    load = {seat.agent_id: seat.load for seat in board.seats}
    for card in free_cards(board):
        last = card.runs[0] if card.runs else None
        is_new_round = last is not None and last.version == "changes_requested"
        if last is not None and not is_new_round:
            continue
        able = [seat for seat in board.seats if fits(card, seat)]
        if last is not None:
            able = [seat for seat in able if seat.agent_id == last.agent_id]
        free = [seat for seat in able if load[seat.agent_id] < seat.capacity]
        if free:
            load[free[0].agent_id] += 1
            moves.append(given(card, free[0], "first_of_all"))
    return Plan(moves=tuple(moves))


def free_cards(board: Board) -> list[Card]:
    free = [
        card
        for card in board.cards
        if is_open_for_work(card) and all(one.met for one in card.depends_on)
    ]
    return sorted(free, key=lambda card: card.number)


def fits(card: Card, seat: Seat) -> bool:
    return (
        seat.usable and set(card.skills) <= set(seat.skills) and seat.agent_id not in card.not_for
    )


def given(card: Card, seat: Seat, code: str) -> Assign:
    attempt, round_ = next_attempt_and_round(card)
    return Assign(
        card_id=card.id, agent_id=seat.agent_id, attempt=attempt, round=round_, reason=Reason(code)
    )


def run_out(board: Board) -> Iterator[Move]:
    for run in live_agent_runs(board):
        sign = run.last_sign_at or run.offered_at
        if sign is not None and board.now >= sign + run.lease and run.state != "cancelling":
            yield FailRun(run_id=run.id, failure="stalled", reason=Reason("timed_out"))


BASELINES = {"round_robin": round_robin, "none": none}
