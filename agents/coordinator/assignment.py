"""Which agent gets which ready card, and why.

Candidates cover the card's skills, are usable and have room, counting what this plan gives them.
The agent that failed the last attempt is out of the next one; an agent that declined stays out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice

from agents.coordinator.board import Board, Card, Seat
from agents.coordinator.gates import (
    is_open_for_work,
    next_attempt_and_round,
    nobody_left,
    past_limits,
    wants_round,
    why_held,
)
from agents.coordinator.moves import Assign, Held, Json, Move, Reason, TakeBack
from agents.coordinator.ranking import Group, Ranking

SHOWN = 8  # as many names as a person will read in one reason
NOBODY_CODES = frozenset({"no_agents", "nobody_has_the_skill", "nobody_usable", "nobody_else_can"})


@dataclass(slots=True)
class Dispatch:
    """What dispatching decided: moves, cards that wait, and times that would change that."""

    moves: list[Move] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)


def dispatch(board: Board) -> Dispatch:
    """One move or one reason to wait for every card that is open for work."""
    out = Dispatch()
    ranking = Ranking(board.seats)
    for card in sorted(filter(is_open_for_work, board.cards), key=urgency):
        held = why_held(card)
        if held is not None:
            out.held.append(held)
        else:
            place(board, card, ranking, out)
    out.moves.extend(take_back(board, ranking))
    return out


def urgency(card: Card) -> tuple[int, bool, datetime, datetime, int]:
    """Priority, then the earliest due date, then age."""
    return (-card.priority, card.due is None, card.due or card.created_at, card.created_at,
            card.number)  # fmt: skip


def place(board: Board, card: Card, ranking: Ranking, out: Dispatch) -> None:
    over = past_limits(card, board.limits)
    if over is not None:
        out.moves.append(over)
        return
    barred = who_is_barred(card)
    preferred, code = preferred_seat(card, ranking, barred)
    if preferred is None:
        place_by_rank(board, card, ranking, barred, out)
    elif ranking.has_room(preferred):
        numbers = ranking.numbers(preferred, frozenset(card.skills))
        out.moves.append(assign(card, preferred, ranking, Reason(code, {"chosen": numbers})))
    else:
        out.held.append(Held(card.id, Reason("agent_is_busy", {"agent_id": preferred.agent_id})))


def preferred_seat(card: Card, ranking: Ranking, barred: dict[str, str]) -> tuple[Seat | None, str]:
    """The agent that must be asked first: who made the version, or whom a person chose."""
    if wants_round(card):
        agent_id, code = card.runs[0].agent_id, "same_worker"
    else:
        agent_id, code = card.assignee, "chosen_by_person"
    seat = ranking.seat_of(agent_id)
    if seat is None or not seat.usable or seat.agent_id in barred:
        return None, code
    return seat, code


def who_is_barred(card: Card) -> dict[str, str]:
    """Agents that may not have this card's next attempt, each with a code."""
    barred = {
        run.agent_id: "declined_before"
        for run in card.runs
        if run.state == "declined" and run.agent_id
    }
    last = next((run for run in card.runs if run.worker == "agent"), None)
    if last is None or last.agent_id is None:
        return barred
    is_rejected = card.deliverable == "rejected" and last.state == "submitted"
    if last.state == "failed" or is_rejected:
        barred.setdefault(last.agent_id, "failed_before")
    return barred


def place_by_rank(
    board: Board, card: Card, ranking: Ranking, barred: dict[str, str], out: Dispatch
) -> None:
    group = ranking.group(card.skills)
    eligible = best_seats(card, group, ranking, barred)
    if eligible:
        reason = Reason("best_fit", the_numbers(eligible, group, ranking, barred))
        out.moves.append(assign(card, eligible[0], ranking, reason))
        return
    waits = why_waits(board, card, group, ranking, barred, out)
    if waits is None:
        out.moves.append(nobody_left(board, card, excluded_seats(group, ranking, barred)))
    else:
        out.held.append(waits)


def the_numbers(
    eligible: list[Seat], group: Group, ranking: Ranking, barred: dict[str, str]
) -> dict[str, Json]:
    """Who was compared and who was not, cut to as many as a person reads."""
    free = group.free_count - sum(
        seat.usable and ranking.has_room(seat) for seat in barred_here(group, ranking, barred)
    )
    return {
        "skills": sorted(group.skills),
        "eligible": [ranking.numbers(seat, group.skills) for seat in eligible[:SHOWN]],
        "eligible_count": free,
        "excluded": excluded_seats(group, ranking, barred),
        "excluded_count": group.size - free,
    }


def best_seats(card: Card, group: Group, ranking: Ranking, barred: dict[str, str]) -> list[Seat]:
    """The best free seats; those that failed this card in an earlier attempt come last."""
    failed_here = {run.agent_id for run in card.runs if run.state == "failed"}
    fresh: list[Seat] = []
    again: list[Seat] = []
    for seat in ranking.ranked(group):
        if seat.agent_id in barred:
            continue
        (again if seat.agent_id in failed_here else fresh).append(seat)
        if len(fresh) >= SHOWN:
            break
    return fresh + again


def excluded_seats(group: Group, ranking: Ranking, barred: dict[str, str]) -> list[dict[str, Json]]:
    """Those with the skills who cannot have the card now, with the reason; the first few."""
    everyone = chain(
        ((seat, barred[seat.agent_id]) for seat in barred_here(group, ranking, barred)),
        (
            (seat, seat.unusable_because or "not_usable")
            for seat in seats_at(group.unusable, ranking, barred)
        ),
        ((seat, "at_capacity") for seat in seats_at(group.full, ranking, barred)),
    )
    return [
        {"agent_id": seat.agent_id, "name": seat.name, "why": why}
        for seat, why in islice(everyone, SHOWN)
    ]


def barred_here(group: Group, ranking: Ranking, barred: dict[str, str]) -> list[Seat]:
    """The barred agents that have a seat and the skills."""
    seats = [seat for seat in map(ranking.seat_of, barred) if seat is not None]
    return [seat for seat in seats if group.skills <= set(seat.skills)]


def seats_at(indices: list[int], ranking: Ranking, barred: dict[str, str]) -> Iterator[Seat]:
    return (
        ranking.seats[index] for index in indices if ranking.seats[index].agent_id not in barred
    )


def why_waits(
    board: Board,
    card: Card,
    group: Group,
    ranking: Ranking,
    barred: dict[str, str],
    out: Dispatch,
) -> Held | None:
    """A reason to wait for an agent that will be able to; None where nobody ever will."""
    busy = [seat.agent_id for seat in seats_at(group.full, ranking, barred) if seat.capacity > 0]
    if busy:
        params: dict[str, Json] = {"agent_ids": busy[:SHOWN], "count": len(busy)}
        return Held(card.id, Reason("all_are_busy", params))
    back = [
        seat.back_at
        for seat in seats_at(group.unusable, ranking, barred)
        if seat.back_at is not None and seat.back_at > board.now
    ]
    if back:
        out.times.append(min(back))
        return Held(card.id, Reason("agent_comes_back", {"back_at": min(back).isoformat()}))
    return None


def assign(card: Card, seat: Seat, ranking: Ranking, reason: Reason) -> Assign:
    ranking.take(seat)
    attempt, round_ = next_attempt_and_round(card)
    return Assign(
        card_id=card.id,
        agent_id=seat.agent_id,
        attempt=attempt,
        round=round_,
        reason=reason,
    )


def take_back(board: Board, ranking: Ranking) -> Iterator[Move]:
    """Cards handed over because nobody could do them, where now somebody can."""
    for card in board.cards:
        if card.handed_off not in NOBODY_CODES or card.status != "waiting":
            continue
        barred = who_is_barred(card)
        group = ranking.group(card.skills)
        able = next((s for s in ranking.ranked(group) if s.agent_id not in barred), None)
        if able is not None:
            params = {"agent_id": able.agent_id, "was": card.handed_off}
            yield TakeBack(card_id=card.id, reason=Reason("agent_can_now", params))
