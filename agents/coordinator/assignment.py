"""Which agent gets which ready card, and why.

Candidates cover the card's skills, are usable and have room, counting what this plan gives them.
The agent that failed the last attempt is out of the next one; an agent that declined stays out.
Among the rest a person's choice goes first, then a model's where one was asked, then the rules'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agents.coordinator.advice import Advice, Order
from agents.coordinator.attention import Places, why_full
from agents.coordinator.board import Board, Card, Seat
from agents.coordinator.candidates import (
    SHOWN,
    Opening,
    best_seats,
    excluded_seats,
    seats_at,
    the_numbers,
    what_it_has_shown,
    why_best,
    why_not,
)
from agents.coordinator.gates import (
    is_open_for_work,
    next_attempt_and_round,
    nobody_left,
    open_slots,
    past_limits,
    run_sent_back,
    wants_round,
    who_is_barred,
    why_held,
)
from agents.coordinator.moves import Assign, HandOff, Held, Json, Move, Reason, TakeBack
from agents.coordinator.ranking import Ranking

# An agent that is busy in another room is heard of from there; should that be lost, this is when
# its rooms look again.
LOOK_AGAIN = timedelta(seconds=15)
NOBODY_CODES = frozenset(
    {"no_agents", "nobody_has_the_skill", "nobody_usable", "nobody_else_can", "needs_audition"}
)


@dataclass(slots=True)
class Dispatch:
    """What dispatching decided: moves, cards that wait, and times that would change that."""

    moves: list[Move] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class Desk:
    """What one dispatch works with; `places` is what is left of the reviewers' attention."""

    board: Board
    ranking: Ranking
    advice: Advice
    out: Dispatch
    places: Places
    full: Reason | None = None

    def may_begin(self, opening: Opening) -> bool:
        return self.places.may_begin(opening.card, opening.slot)

    def wait_for_reviews(self, card: Card) -> Held:
        """Said once for all cards of a plan, with what it has begun by then."""
        if self.full is None:
            begun = sum(isinstance(move, Assign) for move in self.out.moves)
            self.full = why_full(self.board, begun)
        return Held(card.id, self.full)


def dispatch(
    board: Board, holds: Mapping[str, Reason] | None = None, places: Places | None = None
) -> Dispatch:
    """Moves or a reason to wait for every card that is open for work.

    `holds`: why cards, by id, must not be given now. `places`: how many may be begun at most.
    """
    desk = Desk(board, Ranking(board.seats), Advice(board), Dispatch(), places or Places())
    unplaced: list[Card] = []
    for card in sorted(filter(is_open_for_work, board.cards), key=urgency):
        held = why_held(holds or {}, card) or place(card, desk)
        if held is not None:
            desk.out.held.append(held)
            unplaced.append(card)
    wakes_at = desk.advice.wakes_at()
    if wakes_at is not None:
        desk.out.times.append(wakes_at)
    desk.out.moves.extend(desk.advice.moves(unplaced))
    desk.out.moves.extend(take_back(board, desk.ranking))
    return desk.out


def urgency(card: Card) -> tuple[int, bool, datetime, datetime, int]:
    """Priority, then the earliest due date, then age."""
    return (-card.priority, card.due is None, card.due or card.created_at, card.created_at,
            card.number)  # fmt: skip


def place(card: Card, desk: Desk) -> Held | None:
    """Fill the card's open slots; why one of them, or the whole card, waits."""
    if card.independent <= 1:
        return finish(place_slot(card, 1, {}, desk), desk)
    slots, given = open_slots(card), dict[str, str]()
    refused: list[HandOff | Held] = []
    for slot in slots:
        made = place_slot(card, slot, given, desk)
        if isinstance(made, Assign):
            desk.out.moves.append(made)
            given[made.agent_id] = "has_it_already"
        else:
            refused.append(made)
    running = card.independent - len(slots) + len(given)
    if not refused:
        return None
    if running and isinstance(refused[0], HandOff):
        return too_few(card, running, refused[0].reason)
    return finish(refused[0], desk)


def finish(made: Assign | HandOff | Held, desk: Desk) -> Held | None:
    if isinstance(made, Held):
        return made
    desk.out.moves.append(made)
    return None


def too_few(card: Card, running: int, why: Reason) -> Held:
    """Some of the independent runs are under way; the rest wait, and people are not bothered."""
    params: dict[str, Json] = {"have": running, "wanted": card.independent, "why": why.code}
    params |= {name: why.params[name] for name in ("attempts", "rounds") if name in why.params}
    return Held(card.id, Reason("too_few_independent", params))


def place_slot(
    card: Card, slot: int, given: Mapping[str, str], desk: Desk
) -> Assign | HandOff | Held:
    """The one answer for one slot; `given`: who got another slot of the card just now."""
    over = past_limits(desk.board, card, slot)
    if over is not None:
        return over
    group = desk.ranking.group(card.skills, card.kind)
    opening = Opening(card, slot, group, {**given, **who_is_barred(card, slot)})
    preferred, code = preferred_seat(opening, desk.ranking)
    if preferred is None:
        return place_by_rank(opening, desk)
    if not desk.ranking.has_room(preferred):
        desk.out.times.extend(freed_elsewhere([preferred.agent_id], desk.board))
        return Held(card.id, Reason("agent_is_busy", {"agent_id": preferred.agent_id}))
    if not desk.may_begin(opening):
        return desk.wait_for_reviews(card)
    numbers = desk.ranking.numbers(preferred, group)
    params: dict[str, Json] = {
        "agent_id": preferred.agent_id,
        "chosen": numbers,
        **what_it_has_shown(preferred, group, desk.ranking),
    }
    return assign(opening, preferred, desk, Reason(code, params))


def preferred_seat(opening: Opening, ranking: Ranking) -> tuple[Seat | None, str]:
    """The agent that must be asked first: who made the version, or whom a person chose."""
    card = opening.card
    wanted = wants_round(card, opening.slot)
    sent_back = run_sent_back(card, opening.slot) if wanted else None
    if sent_back is not None:
        agent_id, code = sent_back.agent_id, "same_worker"
    else:
        agent_id, code = card.assignee, "chosen_by_person"
    seat = ranking.seat_of(agent_id)
    if seat is None or not seat.usable:
        return None, code
    barred = opening.barred.get(seat.agent_id)
    # A choice is spent when its run fails: one that is made after that stands.
    is_chosen_again = code == "chosen_by_person" and barred == "failed_before"
    return (seat if barred is None or is_chosen_again else None), code


def place_by_rank(opening: Opening, desk: Desk) -> Assign | HandOff | Held:
    card, ranking = opening.card, desk.ranking
    eligible = best_seats(opening, ranking)
    if not eligible:
        waits = why_waits(opening, desk)
        if waits is not None:
            return waits
        return nobody_left(desk.board, card, excluded_seats(opening, ranking))
    if not desk.may_begin(opening):
        return desk.wait_for_reviews(card)
    if desk.advice.is_awaited(card, len(eligible)):
        return Held(card.id, Reason("being_ranked", {"able": len(eligible)}))
    params = the_numbers(opening, eligible, ranking)
    order = desk.advice.order_for(card)
    if order is not None:
        return place_by_order(opening, order, eligible[0], params, desk)
    params["agent_id"] = eligible[0].agent_id
    return assign(opening, eligible[0], desk, Reason(why_best(params), params))


def place_by_order(
    opening: Opening, order: Order, by_rules: Seat, params: dict[str, Json], desk: Desk
) -> Assign:
    """The first agent the model names that the rules allow; both answers are kept."""
    refused: list[Json] = []
    params["rules_choice"] = by_rules.agent_id
    for agent_id in order.agent_ids:
        why = why_not(agent_id, opening, desk.ranking)
        seat = desk.ranking.seat_of(agent_id)
        if why is None and seat is not None:
            params |= {"agent_id": agent_id, "model_choice": agent_id}
            if refused:
                params["model_refused"] = refused[:SHOWN]
            params["chosen"] = desk.ranking.numbers(seat, opening.group)
            params |= what_it_has_shown(seat, opening.group, desk.ranking)
            reason = Reason("model_choice", params)
            return assign(opening, seat, desk, reason, order.judgement_id)
        refused.append({"agent_id": agent_id, "why": why})
    code = why_best(params)
    params |= {"agent_id": by_rules.agent_id, "model_choice": order.agent_ids[0]}
    params["model_refused"] = refused[:SHOWN]
    return assign(opening, by_rules, desk, Reason(code, params))


def why_waits(opening: Opening, desk: Desk) -> Held | None:
    """A reason to wait for an agent that will be able to; None where nobody ever will."""
    card, group, ranking, barred = opening.card, opening.group, desk.ranking, opening.barred
    busy = [seat.agent_id for seat in seats_at(group.full, ranking, barred) if seat.capacity > 0]
    if busy:
        desk.out.times.extend(freed_elsewhere(busy, desk.board))
        params: dict[str, Json] = {"agent_ids": busy[:SHOWN], "count": len(busy)}
        return Held(card.id, Reason("all_are_busy", params))
    back = [
        seat.back_at
        for seat in seats_at(group.unusable, ranking, barred)
        if seat.back_at is not None and seat.back_at > desk.board.now
    ]
    if back:
        desk.out.times.append(min(back))
        return Held(card.id, Reason("agent_comes_back", {"back_at": min(back).isoformat()}))
    unusable = seats_at(group.unusable, ranking, barred)
    tried = [seat.name for seat in unusable if seat.unusable_because == "being_auditioned"]
    if tried:
        return Held(card.id, Reason("being_auditioned", {"names": tried[:SHOWN]}))
    return None


def freed_elsewhere(agent_ids: Iterable[str], board: Board) -> list[datetime]:
    """When to look again for agents that have work in other rooms; never, where all is here."""
    here = Counter(run.agent_id for card in board.cards for run in card.runs if run.is_live)
    load = {seat.agent_id: seat.load for seat in board.seats}
    is_elsewhere = any(load.get(one, 0) > here[one] for one in agent_ids)
    return [board.now + LOOK_AGAIN] if is_elsewhere else []


def assign(
    opening: Opening, seat: Seat, desk: Desk, reason: Reason, judgement_id: str | None = None
) -> Assign:
    card, slot = opening.card, opening.slot
    desk.places.take(card, slot)
    desk.ranking.take(seat)
    attempt, round_ = next_attempt_and_round(card, slot)
    return Assign(
        card_id=card.id,
        agent_id=seat.agent_id,
        attempt=attempt,
        round=round_,
        slot=slot,
        judgement_id=judgement_id,
        reason=reason,
    )


def take_back(board: Board, ranking: Ranking) -> Iterator[Move]:
    """Cards handed over because nobody could do them, where now somebody can."""
    for card in board.cards:
        if card.handed_off not in NOBODY_CODES or card.status != "waiting":
            continue
        barred = who_is_barred(card)
        group = ranking.group(card.skills, card.kind)
        able = next((s for s in ranking.ranked(group) if s.agent_id not in barred), None)
        if able is not None:
            params = {"agent_id": able.agent_id, "was": card.handed_off}
            yield TakeBack(card_id=card.id, reason=Reason("agent_can_now", params))
