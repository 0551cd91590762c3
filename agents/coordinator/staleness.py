"""What runs and finished cards build on has changed: tell, stop, or ask whether it stands.

A version that waits in review is left alone: its page says what has changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents.coordinator.board import Board, Card, ChangedInput, Run
from agents.coordinator.moves import AskStanding, FailRun, Json, Move, Reason, TellInputs


def follow_changes(board: Board) -> list[Move]:
    """One move at most for every live run and every finished card with a changed input."""
    return [move for card in board.cards for move in follow_card(card)]


def follow_card(card: Card) -> Iterator[Move]:
    if card.status == "done":
        yield from ask_standing(card)
        return
    for run in card.runs:
        changed = unsettled(run)
        if run.is_live and run.state != "cancelling" and changed:
            yield from follow_run(run, changed)


def unsettled(run: Run) -> list[ChangedInput]:
    return [one for one in run.changed_inputs if not one.settled]


def follow_run(run: Run, changed: list[ChangedInput]) -> Iterator[Move]:
    """Give what has taken the place; without it an agent would build on what no longer holds.

    A person's run is never ended: the page tells them.
    """
    gone = [one for one in changed if one.now_id is None]
    if not gone:
        reason = Reason("inputs_changed", {"changed": listed(changed)})
        yield TellInputs(run_id=run.id, reason=reason)
    elif run.worker == "agent":
        evidence: dict[str, Json] = {
            "agent_id": run.agent_id,
            "attempt": run.attempt,
            "round": run.round,
            "state": run.state,
            "gone": listed(gone),
        }
        yield FailRun(run_id=run.id, failure="stale_input", reason=Reason("stale_input", evidence))


def ask_standing(card: Card) -> Iterator[Move]:
    """Whether finished work stands is for people to say, once."""
    if card.confirming:
        return
    run = next((one for one in card.runs if one.state == "submitted"), None)
    changed = unsettled(run) if run else []
    if run and changed:
        reason = Reason("does_it_stand", {"changed": listed(changed)})
        yield AskStanding(card_id=card.id, run_id=run.id, reason=reason)


def listed(changed: list[ChangedInput]) -> list[Json]:
    return [
        {"deliverable_id": one.deliverable_id, "card_id": one.card_id, "now_id": one.now_id}
        for one in changed
    ]
