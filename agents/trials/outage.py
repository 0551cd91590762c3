"""The hour without a model: what was asked then, and how long it took to go on without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.trials.five_days import FiveDays

Rows = Any
LAST_PUT = timedelta(minutes=2)  # before the model is back: later ones it may answer itself


def outage_of(trial: FiveDays, room: Rows, runs: Sequence[Rows]) -> dict[str, Any]:
    """How long questions waited that were first put while the model was away, and what went on."""
    began, ended = trial.away[0]
    rows = list(room.judgements.order_by("asked_at", "id"))
    put = [one for one in rows if one.judge == "kimi" and began <= one.asked_at < ended - LAST_PUT]
    decided = dict(room.deliverables.values_list("id", "decided_at"))
    ends = [(one, answered_without(one, rows, ended, decided)) for one in put]
    waits = [(end - one.asked_at).total_seconds() for one, end in ends if end is not None]
    back = [one.answered_at for one in rows if one.judge == "kimi" and one.answered_at]
    first = min((at for at in back if at > ended), default=None)
    return {
        "questions first put then": len(put),
        "answered without it": len(waits),
        "answered without it within s": round(max(waits), 1) if waits else None,
        "median s": round(median(waits), 1) if waits else None,
        "never answered": dict(Counter(one.kind for one, end in ends if end is None)),
        "runs begun": sum(began <= run.queued_at < ended for run in runs),
        "versions accepted": room.deliverables.filter(
            state="accepted", decided_at__gte=began, decided_at__lt=ended
        ).count(),
        "model answered again after s": round((first - ended).total_seconds()) if first else None,
    }


def answered_without(
    row: Rows, rows: Sequence[Rows], ended: datetime, decided: Mapping[str, datetime | None]
) -> datetime | None:
    """When the rules answered instead, or work went on without an answer; None if neither.

    A reading gives way to a diagnosis by the rules. An order of agents is the rules' own as soon
    as the model has failed, and whether the course is right is simply not said then. A version
    that people have decided on meanwhile wants no check any more.
    """
    if row.kind in ("assign", "course"):
        return max((datetime.fromisoformat(one["at"]) for one in row.trouble), default=None)
    kind = "diagnose" if row.kind == "read" else row.kind
    answers = [
        one.answered_at
        for one in rows
        if (one.kind, one.subject_id) == (kind, row.subject_id)
        and row.asked_at <= one.asked_at < ended
        and one.answered_at
    ]
    by_people = decided.get(row.subject_id)
    return min([*answers, *([by_people] if by_people else [])], default=None)
