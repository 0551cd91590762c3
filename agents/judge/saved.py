"""Proposals as plain data, for the row a judgement is kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from agents.judge.base import Abstain, PlannedCard, PlanProposal, Proposal


def proposal_to_data(proposal: Proposal) -> dict[str, Any]:
    """JSON-ready; `type` tells which proposal it is."""
    kind = "plan" if isinstance(proposal, PlanProposal) else "abstain"
    return {"type": kind} | asdict(proposal)


def proposal_from_data(data: Mapping[str, Any]) -> Proposal:
    """The proposal that was saved. Raises ValueError if it is none."""
    try:
        if data["type"] == "plan":
            return PlanProposal(tuple(card_from(one) for one in data["cards"]), data["note"])
        if data["type"] == "abstain":
            offer = data["offer"]
            return Abstain(data["code"], data["params"], card_from(offer) if offer else None)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a saved proposal: {error!r}") from error
    raise ValueError(f"not a saved proposal: {data['type']!r}")


def card_from(data: Mapping[str, Any]) -> PlannedCard:
    lists = ("criteria", "skills", "depends_on")
    return PlannedCard(**{**data, **{name: tuple(data[name]) for name in lists}})
