"""Proposals as plain data, for the row a judgement is kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, cast

from agents.judge.proposals import (
    Abstain,
    Checked,
    Checks,
    Course,
    Diagnosis,
    Draft,
    PlannedCard,
    PlanProposal,
    Proposal,
    RankedCard,
    Ranking,
    Reading,
    Reconciliation,
    Reply,
    Section,
)

TYPES: tuple[type, ...] = (
    PlanProposal, Ranking, Diagnosis, Checks, Reading, Reconciliation, Reply, Course, Draft, Abstain
)  # fmt: skip
BY_NAME: Mapping[str, type] = {cast(Any, one).type: one for one in TYPES}
ROWS: Mapping[tuple[type, str], type] = {
    (PlanProposal, "cards"): PlannedCard,
    (Ranking, "cards"): RankedCard,
    (Diagnosis, "parts"): PlannedCard,
    (Checks, "rows"): Checked,
    (Draft, "sections"): Section,
}


def proposal_to_data(proposal: Proposal) -> dict[str, Any]:
    """JSON-ready; `type` tells which proposal it is: the kind of judgement, or `abstain`."""
    return {"type": proposal.type} | asdict(proposal)


def proposal_from_data(data: Mapping[str, Any]) -> Proposal:
    """The proposal that was saved. Raises ValueError if it is none."""
    try:
        kind = BY_NAME[data["type"]]
        saved = {name: value for name, value in data.items() if name != "type"}
        if kind is Abstain and saved["offer"]:
            saved["offer"] = made(PlannedCard, saved["offer"])
        return cast(Proposal, made(kind, saved))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a saved proposal: {error!r}") from error


def made(kind: type, data: Mapping[str, Any]) -> Any:
    """One dataclass from its saved fields, which must all be there."""
    if data.keys() != {field.name for field in fields(kind)}:
        raise KeyError(f"the fields of {kind.__name__}")
    return kind(**{name: restored(kind, name, value) for name, value in data.items()})


def restored(kind: type, name: str, value: Any) -> Any:
    """Lists become tuples again, and the rows in them what they were."""
    row = ROWS.get((kind, name))
    if row is not None:
        return tuple(made(row, one) for one in value)
    return tuple(value) if isinstance(value, list) else value
