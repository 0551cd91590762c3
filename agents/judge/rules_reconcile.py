"""Two claims on one subject without a model: numbers, units and dates; texts are not judged."""

from __future__ import annotations

from agents.judge.proposals import Abstain, Reconciliation
from agents.judge.questions import ReconcileQuestion


def reconcile(question: ReconcileQuestion) -> Reconciliation | Abstain:
    return Abstain("no_model")
