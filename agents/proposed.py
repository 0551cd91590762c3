"""What a suggestion of the coordinator would make or change, before anybody has confirmed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from agents.apply.reasons import proposal_of
from agents.coordinator.moves import Move, OfferCard, Remedy, TakeAnswer, TakePlan
from agents.judge.proposals import Abstain, Diagnosis, PlannedCard, PlanProposal, Proposal
from workspace.errors import Refused
from workspace.reports import ProposedCard, ProposedChange

# A card's row; read through the workspace's queries.
Row = Any


@dataclass(frozen=True, slots=True)
class Proposed:
    """Cards that would be made, words of the card that would change, and what the judge says."""

    remedy: str = ""
    cards: tuple[ProposedCard, ...] = ()
    changes: tuple[ProposedChange, ...] = ()
    note: str = ""


def proposed_by(move: Move, card: Row | None) -> Proposed:
    """Of a move without an answer of a judge there is nothing but how a card would go on."""
    if isinstance(move, Remedy):
        return Proposed(move.remedy)
    is_diagnosis = isinstance(move, TakeAnswer) and move.judgement == "diagnose"
    if not (is_diagnosis or isinstance(move, TakePlan | OfferCard)):
        return Proposed()
    said = _said(move)
    if isinstance(said, PlanProposal):
        return Proposed(cards=_cards(said.cards))
    if isinstance(said, Diagnosis):
        return _diagnosed(said, card)
    if isinstance(said, Abstain) and said.offer is not None:
        return Proposed(cards=_cards([said.offer]))
    return Proposed("ask" if is_diagnosis else "")


def _said(move: Move) -> Proposal | None:
    try:
        return proposal_of(str(getattr(move, "judgement_id", "")))
    except Refused:
        return None


def _diagnosed(said: Diagnosis, card: Row | None) -> Proposed:
    changes: list[ProposedChange] = []
    if card is not None and said.remedy == "rewrite":
        wanted = {"brief": said.brief or card.brief,
                  "criteria": list(said.criteria) or card.criteria}  # fmt: skip
        changes = [
            ProposedChange(name, getattr(card, name), after)
            for name, after in wanted.items()
            if getattr(card, name) != after
        ]
    note = said.question or said.note
    return Proposed(said.remedy, _cards(said.parts), tuple(changes), note)


def _cards(planned: Iterable[PlannedCard]) -> tuple[ProposedCard, ...]:
    cards = list(planned)
    position = {card.ref: n for n, card in enumerate(cards)}
    return tuple(
        ProposedCard(
            card.title, card.brief, tuple(card.criteria), tuple(card.skills), card.kind,
            tuple(position[ref] for ref in card.depends_on),
        )
        for card in cards
    )  # fmt: skip
