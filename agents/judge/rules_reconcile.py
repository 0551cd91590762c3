"""Two claims on one subject without a model: numbers, units, dates and plain values.

What two texts mean is not judged, nor anything a model would have to know more about.
"""

from __future__ import annotations

from agents.coordinator.board import Claim
from agents.coordinator.claims.compare import compare
from agents.judge.proposals import Abstain, Reconciliation
from agents.judge.questions import ClaimLine, ReconcileQuestion


def reconcile(question: ReconcileQuestion) -> Reconciliation | Abstain:
    found = compare(claim_of(question.a), claim_of(question.b))
    if found.kind == "cannot_tell":
        return Abstain(found.reason.code, found.reason.params)
    values = f"“{found.reason.params.get('a', '')}” and “{found.reason.params.get('b', '')}”"
    why = f"They say the same: {values}." if found.kind == "agree" else f"They differ: {values}."
    return Reconciliation(found.kind, why[:200], (question.a.id, question.b.id))


def claim_of(line: ClaimLine) -> Claim:
    """The claim as far as it matters here; whose card it is on does not."""
    return Claim(
        id=line.id,
        deliverable_id="",
        card_id="",
        subject=line.subject,
        value=line.value,
        unit=line.unit,
        text=line.text,
    )
