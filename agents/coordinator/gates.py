"""What keeps a ready card from being given to an agent: wait, or hand it to people.

A card that asks for independent runs has one slot for each; a slot is filled by a live run or by
a version that stands. Every other card has the one slot 1. Runs from before a person decided that
the card goes on count against nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from agents.coordinator.board import Board, Card, DeliverableState, Run
from agents.coordinator.moves import HandOff, Held, Json, Reason, Tried

# Why an agent is not used where a room demands that its audition is passed.
NOT_AUDITIONED = ("not_auditioned", "audition_failed", "audition_outdated")


def is_open_for_work(card: Card) -> bool:
    """Nobody is on it, or not as many as it asks for, and nobody was asked about it."""
    if card.has_open_ask:
        return False
    if card.independent <= 1:
        return card.status == "ready" and not any(run.is_live for run in card.runs)
    return card.status in ("ready", "working") and bool(open_slots(card))


def open_slots(card: Card) -> list[int]:
    """The slots of the card that want a run, a round of changes first."""
    if card.independent <= 1:
        return [1]
    slots = range(1, card.independent + 1)
    free = [slot for slot in slots if not is_filled(newest_in(card, slot))]
    return sorted(free, key=lambda slot: (not wants_round(card, slot), slot))


def is_filled(run: Run | None) -> bool:
    """Somebody is on it, or what was handed in waits for its verdict or was accepted."""
    return run is not None and (run.is_live or stands(run))


def stands(run: Run) -> bool:
    return run.state == "submitted" and run.version in (None, "submitted", "accepted")


def newest_in(card: Card, slot: int) -> Run | None:
    """The newest run of a slot; a card without independent runs has only the newest run."""
    if card.independent <= 1:
        return card.runs[0] if card.runs else None
    return next((run for run in card.runs if run.slot == slot), None)


def run_sent_back(card: Card, slot: int = 1) -> Run | None:
    """Whose version people rejected or want changed, as long as no run has taken it up."""
    run = newest_in(card, slot)
    if run is None or run.state != "submitted":
        return None
    return run if verdict_on(card, run) in ("changes_requested", "rejected") else None


def verdict_on(card: Card, run: Run) -> DeliverableState | None:
    """How the version of a slot's newest run stands."""
    return card.deliverable if card.independent <= 1 else run.version


def why_held(holds: Mapping[str, Reason], card: Card) -> Held | None:
    """Why this open card waits, if it does; the owner of the next action is in the code.

    `holds`: what the rest of the board says about cards by id (conflicts, budgets, a diagnosis
    under way). It goes first.
    """
    if card.id in holds:
        return Held(card.id, holds[card.id])
    unmet = [dependency.card_id for dependency in card.depends_on if not dependency.met]
    if unmet:
        return Held(card.id, Reason("blocked", {"card_ids": unmet}))
    if card.kept_for_person:
        return Held(card.id, Reason("kept_for_person"))
    sent_back = run_sent_back(card)
    is_persons = sent_back is not None and sent_back.worker == "person"
    # A slot of independent work goes to whoever is free: nobody else waits for that person.
    if is_persons and card.independent <= 1 and wants_round(card):
        return Held(card.id, Reason("changes_are_for_the_person"))
    return None


def wants_round(card: Card, slot: int | None = None) -> bool:
    """A person asked for changes, of this slot if one is named, and no run has taken them up."""
    slots = range(1, card.independent + 1) if slot is None else (slot,)
    found = (run_sent_back(card, one) for one in slots)
    return any(run and verdict_on(card, run) == "changes_requested" for run in found)


def next_attempt_and_round(card: Card, slot: int = 1) -> tuple[int, int]:
    """Changes are another round of the same attempt, and a run that a budget cut off is gone on
    with in its own; anything else is another attempt."""
    attempts, rounds = counted(card, slot)
    if goes_on(card, slot):
        return max(attempts, 1), max(rounds, 1)
    if wants_round(card, slot):
        return max(attempts, 1), max(rounds, 1) + 1
    return attempts + 1, max(rounds, 1)


def goes_on(card: Card, slot: int) -> bool:
    """The next run takes up the attempt and round of one that was cut off."""
    newest = newest_in(card, slot)
    return newest is not None and newest.was_cut_off


def counted(card: Card, slot: int) -> tuple[int, int]:
    """The attempts and rounds that count against the limits; each slot has its own."""
    if card.independent <= 1:
        return card.attempts, card.rounds
    runs = [run for run in card.runs if run.slot == slot and run.counts]
    return (
        max((run.attempt for run in runs), default=0),
        max((run.round for run in runs), default=0),
    )


def past_limits(board: Board, card: Card, slot: int = 1) -> HandOff | None:
    """A hand-off where one more attempt or round would be one too many, or come too late."""
    limits = board.limits
    attempts, rounds = counted(card, slot)
    if is_too_late(card, board.now):
        due: Json = card.due.isoformat() if card.due else None
        return hand_off(card, Reason("due_date_passed", {"due": due}))
    if goes_on(card, slot):
        return None
    if wants_round(card, slot):
        if rounds >= limits.rounds:
            params: dict[str, Json] = {"rounds": rounds, "limit": limits.rounds}
            return hand_off(card, Reason("too_many_rounds", params))
    elif attempts >= limits.attempts:
        params = {"attempts": attempts, "limit": limits.attempts}
        return hand_off(card, Reason("too_many_attempts", params))
    return None


def is_too_late(card: Card, now: datetime) -> bool:
    """A run could not keep the card's due date, and nobody has given it more time since."""
    missed = any(run.counts and run.failure == "deadline" for run in card.runs)
    return missed and card.due is not None and card.due <= now


def who_is_barred(card: Card, slot: int = 1) -> dict[str, str]:
    """Agents that may not have the next run of this slot, each with a code.

    Who failed last is out, unless it was decided that it tries again, or a budget cut it off.
    """
    counting = [run for run in card.runs if run.counts]
    barred = {
        run.agent_id: "declined_before"
        for run in counting
        if run.state == "declined" and run.agent_id
    }
    mine = [run for run in counting if card.independent <= 1 or run.slot == slot]
    last = next((run for run in mine if run.worker == "agent"), None)
    if last is not None and last.agent_id is not None:
        is_rejected = last.state == "submitted" and verdict_on(card, last) == "rejected"
        has_failed = last.state == "failed" and not last.was_cut_off
        if (has_failed or is_rejected) and last.remedy != "retry":
            barred.setdefault(last.agent_id, "failed_before")
    if card.independent > 1:
        barred = has_it_already(card, slot) | barred
    return barred | dict.fromkeys(card.not_for, "has_a_side")


def has_it_already(card: Card, slot: int) -> dict[str, str]:
    """Agents with another independent run of this card: at work, with a version that stands, or
    with one they are to change. Who is to make changes is not in its own way."""
    return {
        run.agent_id: "has_it_already"
        for run in card.runs
        if run.agent_id and (is_filled(run) or (run.slot != slot and is_to_change(card, run)))
    }


def is_to_change(card: Card, run: Run) -> bool:
    return run is run_sent_back(card, run.slot) and wants_round(card, run.slot)


def nobody_left(board: Board, card: Card, excluded: list[dict[str, Json]]) -> HandOff:
    """A hand-off because no seat may take this card; says what is missing."""
    code = nobody_code(board, excluded)
    params: dict[str, Json] = {
        "skills": sorted(card.skills),
        "seats": len(board.seats),
        "excluded": excluded,
    }
    return hand_off(card, Reason(code, params))


def nobody_code(board: Board, excluded: list[dict[str, Json]]) -> str:
    if not board.seats:
        return "no_agents"
    if not excluded:
        return "nobody_has_the_skill"
    if any(entry["why"] in ("failed_before", "declined_before") for entry in excluded):
        return "nobody_else_can"
    if any(entry["why"] in NOT_AUDITIONED for entry in excluded):
        return "needs_audition"
    return "nobody_usable"


def hand_off(card: Card, reason: Reason) -> HandOff:
    tried = tuple(
        Tried(
            run.id,
            run.worker,
            run.agent_id,
            run.attempt,
            run.round,
            run.state,
            run.failure,
        )
        for run in reversed(card.runs)
    )
    return HandOff(card_id=card.id, tried=tried, reason=reason)
