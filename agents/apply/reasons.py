"""What every move shares: who it is done by and why, and a judge's cards as facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agents.coordinator.moves import Move
from agents.judge.base import PlannedCard, Proposal
from agents.judge.saved import proposal_from_data
from workspace import queries
from workspace.actors import By, coordinator
from workspace.commands.cards import CardFacts
from workspace.errors import Refused


def because(move: Move) -> By:
    """The coordinator, with the rule it followed (I10), and for whom if a person confirmed it."""
    by = coordinator(rule=move.reason.code, params=plain(move.reason.params))
    return replace(by, on_behalf_of=move.confirmed_by)


def judged(judgement_id: str, move: Move) -> By:
    """The same, with the judgement it followed."""
    by = because(move)
    return replace(by, cause={"judgement": judgement_id, **by.cause})


def plain(value: Any) -> Any:
    """Mappings and sequences as the JSON a row keeps."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    return value


def proposal_of(judgement_id: str) -> Proposal:
    """What a judge answered. `Refused` if there is no such judgement, or no answer."""
    row = queries.judgement(judgement_id)
    if row is None or row.proposal is None:
        raise Refused("not_found", status=404, what="judgement", id=judgement_id)
    return proposal_from_data(row.proposal)


def card_facts(card: PlannedCard, positions: dict[str, int]) -> CardFacts:
    """A proposed card; what it depends on as positions in the proposal."""
    return CardFacts(
        title=card.title,
        brief=card.brief,
        criteria=list(card.criteria),
        skills=list(card.skills),
        kind=card.kind,
        depends_on=[str(positions[ref]) for ref in card.depends_on],
    )
