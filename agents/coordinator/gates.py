"""What keeps a ready card from being given to an agent: wait, or hand it to people."""

from __future__ import annotations

from agents.coordinator.board import Board, Card, Limits
from agents.coordinator.moves import HandOff, Held, Json, Reason, Tried


def is_open_for_work(card: Card) -> bool:
    """Ready, with nobody on it and nobody asked about it."""
    return (
        card.status == "ready"
        and not card.has_open_ask
        and not any(run.is_live for run in card.runs)
    )


def why_held(card: Card) -> Held | None:
    """Why this open card waits, if it does; the owner of the next action is in the code."""
    unmet = [dependency.card_id for dependency in card.depends_on if not dependency.met]
    if unmet:
        return Held(card.id, Reason("blocked", {"card_ids": unmet}))
    if card.kept_for_person:
        return Held(card.id, Reason("kept_for_person"))
    if wants_round(card) and card.runs[0].worker == "person":
        return Held(card.id, Reason("changes_are_for_the_person"))
    return None


def wants_round(card: Card) -> bool:
    """A person asked for changes and no run has taken them up yet."""
    return (
        card.deliverable == "changes_requested"
        and bool(card.runs)
        and card.runs[0].state == "submitted"
    )


def next_attempt_and_round(card: Card) -> tuple[int, int]:
    """Changes are another round of the same attempt; anything else is another attempt."""
    if wants_round(card):
        return max(card.attempts, 1), max(card.rounds, 1) + 1
    return card.attempts + 1, max(card.rounds, 1)


def past_limits(card: Card, limits: Limits) -> HandOff | None:
    """A hand-off where one more attempt or round would be one too many."""
    if wants_round(card):
        if card.rounds >= limits.rounds:
            params: dict[str, Json] = {"rounds": card.rounds, "limit": limits.rounds}
            return hand_off(card, Reason("too_many_rounds", params))
    elif card.attempts >= limits.attempts:
        params = {"attempts": card.attempts, "limit": limits.attempts}
        return hand_off(card, Reason("too_many_attempts", params))
    return None


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
