"""What agents have shown, kept up as outcomes come in: the assigner's memory."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from workspace import standing
from workspace.commands.locks import lock_agent
from workspace.models import Conflict, Run, Standing
from workspace.models.many import add_rows, change_rows
from workspace.models.prepared import Prepared
from workspace.spending import rests_of, worked

OF_AGENT = Prepared(lambda agent_id: Standing.objects.filter(agent_id=agent_id))
CAME_LATE = "came_late"  # why a run has its work: it brings what another brought too late
NEWER_WEIGHS = 0.2  # how much one more run moves the mean of time and cost


def note_outcome(run: Run, outcome: str, *, at: datetime) -> None:
    """Count one outcome for the run's agent: overall, by kind, and for each skill of the card.

    People are not rated. Runs inside the transaction that made the outcome true, with its room,
    card and run locked.
    """
    if run.agent_id is None or run.room.is_scratch:  # an audition is counted as a whole
        return
    lock_agent(run.agent_id)  # it works in several rooms, and its rows may not be there yet
    skills = dict.fromkeys(["", *run.asked.get("skills", [])])
    kinds = dict.fromkeys(["", run.asked.get("kind", "")])
    wanted = [(skill, kind) for skill in skills for kind in kinds]
    known = {(row.skill, row.kind): row for row in OF_AGENT.all(run.agent_id)}
    is_good = outcome == "accepted"
    is_timed = run.why.get("code") != CAME_LATE  # its run was over at once
    took = _took(run, at) if is_timed and is_good else None
    cost = float(run.cost_usd) if is_good and run.cost_usd is not None else None
    changed, made = [], []
    for skill, kind in wanted:
        row = known.get((skill, kind))
        if row is None:
            row = Standing(
                workspace_id=run.workspace_id, agent_id=run.agent_id, skill=skill, kind=kind, at=at
            )
            made.append(row)
        else:
            changed.append(row)
        _count(row, outcome, took, cost, at)
    add_rows(made)
    change_rows(changed, ["good", "bad", "latency_s", "cost_usd", "at"])


def note_contradicted(conflict: Conflict, *, at: datetime) -> None:
    """A ruling went against what runs had claimed: counted once for a run, however often.

    The conflict's room is locked, and the ruling is on it.
    """
    ruled = Conflict.objects.filter(room_id=conflict.room_id, status="ruled")
    counted = {id for other in ruled.exclude(id=conflict.id) for id in ruled_against(other)}
    wanted = ruled_against(conflict) - counted
    runs = Run.objects.filter(deliverables__in=wanted).exclude(deliverables__in=counted)
    for run in runs.distinct().order_by("id"):
        note_outcome(run, "contradicted", at=at)


def ruled_against(conflict: Conflict) -> set[str]:
    """The versions whose claim says another value in the same unit than what holds.

    Where units differ, or one of them is words, it may mean the same: then only the other one of
    two sides is counted, when a person chose between them.
    """
    ruling = conflict.ruling
    chosen = next((one for one in conflict.heard if one["claim_id"] == ruling["claim_id"]), None)
    others = [one for one in conflict.heard if one is not chosen]
    if chosen is not None and len(others) == 1:
        return {others[0]["deliverable_id"]}
    return {one["deliverable_id"] for one in others if _says_another(one, ruling)}


def _says_another(heard: dict[str, Any], ruling: dict[str, Any]) -> bool:
    is_measured = heard["value"] is not None and heard["unit"] == ruling["unit"]
    is_alike = isinstance(heard["value"], str) == isinstance(ruling["value"], str)
    return bool(is_measured and is_alike and heard["value"] != ruling["value"])


def _took(run: Run, at: datetime) -> float:
    """Seconds from giving the work to its result; people's time to answer what it asked, and to
    judge it, is not the agent's.

    A clock that was set back in between gives none.
    """
    ended = run.ended_at or at
    rests = rests_of([run.id], ended).get(run.id, [])
    return float(worked(run.queued_at, ended, rests))


def _count(
    row: Standing, outcome: str, took: float | None, cost: float | None, at: datetime
) -> None:
    age = max(at - row.at, timedelta(0))
    row.good, row.bad = standing.after(
        *standing.faded(row.good, row.bad, age), outcome, is_overall=not row.skill and not row.kind
    )
    row.at = max(at, row.at)
    row.latency_s = _moved(row.latency_s, took)
    row.cost_usd = _moved(row.cost_usd, cost)


def _moved(mean: float | None, newest: float | None) -> float | None:
    """A mean that follows what is new."""
    if newest is None or mean is None:
        return mean if newest is None else newest
    return mean + NEWER_WEIGHS * (newest - mean)
