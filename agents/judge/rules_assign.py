"""Workers for ready cards without a model: what they have shown first, then how free they are."""

from __future__ import annotations

from agents.judge.proposals import Abstain, RankedCard, Ranking
from agents.judge.questions import AssignQuestion, Candidate, CardToGive

UNKNOWN = 0.5  # as likely to succeed as not


def rank(question: AssignQuestion) -> Ranking | Abstain:
    """An order for every card that somebody here may have; cards nobody may have are left out."""
    ranked = [
        RankedCard(card.card_id, tuple(one.agent_id for one in able), why(able[0]))
        for card in question.cards
        if (able := able_for(card, question.workers))
    ]
    return Ranking(tuple(ranked)) if ranked else Abstain("nobody_fits")


def able_for(card: CardToGive, workers: tuple[Candidate, ...]) -> list[Candidate]:
    """Those the rules allow, or else those with the skills; the most promising first."""
    if card.eligible is None:
        able = [one for one in workers if set(card.skills) <= set(one.skills)]
    else:
        able = [one for one in workers if one.agent_id in card.eligible]
    return sorted(able, key=promise)


def promise(one: Candidate) -> tuple[bool, float, float, str]:
    """Smaller is better: has room, succeeds, is free, and then by id so that ties are no chance."""
    success = UNKNOWN if one.success is None else one.success
    return (one.load >= one.capacity, -success, one.load / max(one.capacity, 1), one.agent_id)


def why(one: Candidate) -> str:
    shown = "has shown nothing yet" if one.success is None else f"succeeds in {one.success:.0%}"
    return f"{shown[:1].upper()}{shown[1:]}; {one.load} of {one.capacity} at work."
