"""Runs that go in circles, by what their steps look like against the room's limits.

No clock is asked: what repeats is told by the steps themselves, so a run that waits for a person,
for its turn or for other cards is never meant.
"""

from __future__ import annotations

from agents.coordinator.board import Limits, Run
from agents.coordinator.moves import FailRun, Json, Reason


def judge_steps(run: Run, limits: Limits) -> FailRun | None:
    """A failure with its evidence where an agent's run that is at work repeats itself."""
    if run.state not in ("working", "stale") or run.worker != "agent" or run.clock_rests:
        return None
    for kind, count, limit in counted(run, limits):
        if limit > 0 and count >= limit:
            return FailRun(
                run_id=run.id,
                failure="looping",
                reason=Reason("looping", evidence(run, kind, count, limit)),
            )
    return None


def counted(run: Run, limits: Limits) -> list[tuple[str, int, int]]:
    """What is counted, how often it was seen and how often is too often; 0 is never."""
    trail = run.trail
    return [
        ("same", trail.same, limits.same_steps),
        ("alternating", trail.alternating, limits.alternating_steps),
        ("without_news", trail.without_news, limits.steps_without_news),
    ]


def evidence(run: Run, kind: str, count: int, limit: int) -> dict[str, Json]:
    return {
        "agent_id": run.agent_id,
        "attempt": run.attempt,
        "round": run.round,
        "state": run.state,
        "kind": kind,
        "count": count,
        "limit": limit,
        "steps": run.trail.steps,
        "last": run.trail.last,
    }
