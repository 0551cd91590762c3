"""Manual mode: the moves a room's coordinator would make now, and a person's word to make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agents.apply import apply
from agents.apply.reasons import plain
from agents.coordinator.board import Board
from agents.coordinator.moves import Assign, Move, Reason, TakeAnswer, TakePlan
from agents.coordinator.plan import plan
from agents.observe import observe
from agents.proposed import proposed_by
from workspace import queries
from workspace.errors import Refused
from workspace.reports import Suggestion, SuggestionEdit

NO_EDIT = SuggestionEdit()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one suggestion a person confirmed. `move` is None for one that is no more."""

    key: str
    move: Move | None
    refused: Refused | None = None


def suggestions(room_id: str, now: datetime) -> list[Move]:
    """The moves a manual room's coordinator would make now."""
    board = observe(room_id, now)
    return [] if board is None else suggested_on(board)


def suggested_on(board: Board) -> list[Move]:
    return [move for move in plan(board).moves if move.suggested]


def listed(room_id: str, now: datetime) -> list[Suggestion]:
    """The same as data, for people and their programs."""
    return [described(move) for move in suggestions(room_id, now)]


def described(move: Move) -> Suggestion:
    """A move as whoever confirms it has to see it: with all it would make or change."""
    card = queries.card_of(subject_of(move))
    proposed = proposed_by(move, card)
    return Suggestion(
        key=move_key(move),
        kind=move.kind,
        judgement=str(getattr(move, "judgement", "")),
        judgement_id=str(getattr(move, "judgement_id", "") or ""),
        remedy=proposed.remedy,
        is_round=isinstance(move, Assign) and move.reason.code == "same_worker",
        code=move.reason.code,
        params=plain(move.reason.params),
        card_id=card.id if card else "",
        agent_id=move.agent_id if isinstance(move, Assign) else "",
        cards=proposed.cards,
        changes=proposed.changes,
        note=proposed.note,
    )


def subject_of(move: Move) -> str:
    """What is told is about: for what a judge answered that is what it was asked about."""
    return move.subject_id if isinstance(move, TakeAnswer) else move.subject


def move_key(move: Move) -> str:
    """What tells a suggestion from every other one, also from one that would do something else."""
    agent = f":{move.agent_id}" if isinstance(move, Assign) else ""
    return f"{opening_of(move)}{agent}"


def opening_of(move: Move) -> str:
    """What it is about, whoever it would be given to."""
    closer = getattr(move, "judgement", None) or getattr(move, "slot", "")
    return f"{move.kind}:{closer}:{move.subject}"


def confirm_suggestions(
    room_id: str, keys: Sequence[str], edits: Mapping[str, SuggestionEdit], confirmed_by: str,
    now: datetime,
) -> list[Outcome]:  # fmt: skip
    """Carry out what is still suggested under these keys, and nothing else, for this person.

    Planned anew, so that a stale suggestion is refused. `edits`: what the person changed, by key.
    """
    board = observe(room_id, now)
    meant = [] if board is None else suggested_on(board)
    found = {key: find(meant, key, edits.get(key, NO_EDIT)) for key in keys}
    # In the order of the plan: what is given first leaves less for what comes after.
    order = {opening_of(move): n for n, move in enumerate(meant)}
    chosen = [replace(move, confirmed_by=confirmed_by) for move in found.values() if move]
    chosen.sort(key=lambda move: order[opening_of(move)])
    said = apply(tuple(chosen), board, now) if board is not None else []
    refused = {opening_of(move): why for move, why in said}
    return [
        Outcome(key, move, refused.get(opening_of(move)) if move else Refused("stale_move"))
        for key, move in found.items()
    ]


def find(meant: Sequence[Move], key: str, edit: SuggestionEdit) -> Move | None:
    """The suggestion of this key as it is to be carried out; None if it is not made any more.

    Whoever names the agent has decided that, whomever the coordinator would choose by now.
    """
    for move in meant:
        if key == move_key(move) or (edit.agent_id and key.startswith(f"{opening_of(move)}:")):
            return edited(move, edit)
    return None


def edited(move: Move, edit: SuggestionEdit) -> Move:
    """The move with what a person changed, not a suggestion any more; the rest as planned."""
    if isinstance(move, TakePlan) and edit.to_sort:
        return replace(move, to_sort=True, suggested=False)
    if isinstance(move, Assign) and edit.agent_id not in ("", move.agent_id):
        why = why_instead(move, edit.agent_id)
        return replace(move, agent_id=edit.agent_id, judgement_id=None, reason=why, suggested=False)
    return replace(move, suggested=False)


def why_instead(move: Assign, agent_id: str) -> Reason:
    """A person named another agent: with its numbers, if it was among those compared."""
    params: dict[str, Any] = {"agent_id": agent_id, "instead_of": move.agent_id}
    compared: Any = move.reason.params.get("eligible") or []
    chosen = next((one for one in compared if one["agent_id"] == agent_id), None)
    if chosen is None:
        return Reason("named_by_person", params)
    seen = chosen["good"] + chosen["bad"]
    params |= {
        "chosen": chosen,
        "percent": round(chosen["success"] * 100),
        "outcomes": max(1, round(seen)) if seen else 0,
    }
    return Reason("chosen_by_person", params)
