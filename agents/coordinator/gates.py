"""What keeps a ready card from being given to an agent: wait, or hand it to people.

A card that asks for independent runs has one slot for each; a slot is filled by a live run or one
that has handed in. Every other card has the one slot 1.
"""

from __future__ import annotations

from collections.abc import Mapping

from agents.coordinator.board import Board, Card, Limits, Run
from agents.coordinator.moves import HandOff, Held, Json, Reason, Tried


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
    sent_back = run_sent_back(card)
    free = [
        slot
        for slot in range(1, card.independent + 1)
        if not is_filled(newest_in(card, slot), sent_back)
    ]
    return sorted(free, key=lambda slot: (sent_back is None or sent_back.slot != slot, slot))


def is_filled(run: Run | None, sent_back: Run | None) -> bool:
    if run is None or run is sent_back:
        return False
    return run.is_live or run.state == "submitted"


def newest_in(card: Card, slot: int) -> Run | None:
    """The newest run of a slot; a card without independent runs has only the newest run."""
    if card.independent <= 1:
        return card.runs[0] if card.runs else None
    return next((run for run in card.runs if run.slot == slot), None)


def run_sent_back(card: Card) -> Run | None:
    """Whose version people rejected or want changed, as long as no run has taken it up."""
    if card.deliverable not in ("changes_requested", "rejected"):
        return None
    handed_in = next((run for run in card.runs if run.state == "submitted"), None)
    if handed_in is None or newest_in(card, handed_in.slot) is not handed_in:
        return None
    return handed_in


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
    if wants_round(card) and sent_back is not None and sent_back.worker == "person":
        return Held(card.id, Reason("changes_are_for_the_person"))
    return None


def wants_round(card: Card, slot: int | None = None) -> bool:
    """A person asked for changes, of this slot if one is named, and no run has taken them up."""
    if card.deliverable != "changes_requested":
        return False
    sent_back = run_sent_back(card)
    if sent_back is None or card.independent <= 1:
        return sent_back is not None
    return slot in (None, sent_back.slot)


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
    runs = [run for run in card.runs if run.slot == slot]
    return (
        max((run.attempt for run in runs), default=0),
        max((run.round for run in runs), default=0),
    )


def past_limits(card: Card, limits: Limits, slot: int = 1) -> HandOff | None:
    """A hand-off where one more attempt or round would be one too many."""
    if goes_on(card, slot):
        return None
    attempts, rounds = counted(card, slot)
    if wants_round(card, slot):
        if rounds >= limits.rounds:
            params: dict[str, Json] = {"rounds": rounds, "limit": limits.rounds}
            return hand_off(card, Reason("too_many_rounds", params))
    elif attempts >= limits.attempts:
        params = {"attempts": attempts, "limit": limits.attempts}
        return hand_off(card, Reason("too_many_attempts", params))
    return None


def who_is_barred(card: Card, slot: int = 1) -> dict[str, str]:
    """Agents that may not have the next run of this slot, each with a code.

    Who failed last is out, unless it was decided that it tries again, or a budget cut it off.
    """
    barred = {
        run.agent_id: "declined_before"
        for run in card.runs
        if run.state == "declined" and run.agent_id
    }
    mine = [run for run in card.runs if card.independent <= 1 or run.slot == slot]
    last = next((run for run in mine if run.worker == "agent"), None)
    if last is not None and last.agent_id is not None:
        is_rejected = card.deliverable == "rejected" and last.state == "submitted"
        has_failed = last.state == "failed" and not last.was_cut_off
        if (has_failed or is_rejected) and last.remedy != "retry":
            barred.setdefault(last.agent_id, "failed_before")
    if card.independent > 1:
        barred = has_it_already(card, slot) | barred
    return barred | dict.fromkeys(card.not_for, "has_a_side")


def has_it_already(card: Card, slot: int) -> dict[str, str]:
    """Agents with an independent run of this card; who is to make changes is not in its own way."""
    own = run_sent_back(card) if wants_round(card, slot) else None
    return {
        run.agent_id: "has_it_already"
        for run in card.runs
        if run.agent_id and run is not own and (run.is_live or run.state == "submitted")
    }


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
