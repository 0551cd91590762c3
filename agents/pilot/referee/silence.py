"""How soon silence was noticed, measured from the agent's own last answered call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from agents.pilot.referee.reading import ENDED, Case, Event, Line

# The limit → the event that notices it, and for which failures.
NOTICED_BY: dict[str, tuple[str, tuple[str, ...]]] = {
    "silent_after": ("run.silent", ()),
    "lease": ("run.failed", ("stalled",)),
    "ack_within": ("run.failed", ("no_ack",)),
}
# Clocks of two programs on one machine, and an answer's way back.
SLACK = 0.1


@dataclass(frozen=True, slots=True)
class Notice:
    """One silence that the workspace noticed; `late` is in multiples of the limit."""

    run_id: str
    agent: str
    limit: str
    seconds: float
    late: float

    @property
    def is_false(self) -> bool:
        """By the agent's own log it had not been silent for that long."""
        return self.late < 1 - SLACK


def notices(case: Case, limit: str, agent: str | None = None) -> list[Notice]:
    """Every time this limit was said to be over, of the agents whose logs are there."""
    kind, failures = NOTICED_BY[limit]
    found = []
    for event in case.of_type(kind):
        worker = case.worker_of.get(event.run_id, "")
        if failures and event.data.get("failure") not in failures:
            continue
        if worker not in case.observed or agent not in (None, worker):
            continue
        if notice := _notice(case, event, worker, limit):
            found.append(notice)
    return found


def _notice(case: Case, event: Event, worker: str, limit: str) -> Notice | None:
    since = [at for at in _since(case, event, worker, limit) if at <= event.at]
    if not since:
        return None
    seconds = (event.at - max(since)).total_seconds()
    return Notice(event.run_id, worker, limit, seconds, seconds / case.limit(limit))


def _since(case: Case, event: Event, worker: str, limit: str) -> list[datetime]:
    """From when silence counts: its own last sign, or people's answer to what it asked; else
    when it says it fell silent, or was given the work."""
    if limit != "ack_within":
        signs = [*case.signs(worker, event.run_id), *_resumed(case, event.run_id)]
        if before := [at for at in signs if at <= event.at]:
            return before
    if stuck := [at for at in _stuck(case, worker, event.run_id) if at <= event.at]:
        return stuck
    return [line.at for line in case.said("order", agent=worker, run_id=event.run_id)]


def _stuck(case: Case, worker: str, run_id: str) -> list[datetime]:
    """When the agent says that it fell silent on this run; on all of them, if it names none."""
    lines = case.said("stuck", agent=worker)
    return [line.at for line in lines if line.run_id in ("", run_id)]


def _resumed(case: Case, run_id: str) -> list[datetime]:
    """The clock rests while people are asked; from their answer it runs anew."""
    return [event.at for event in case.of_type("run.resumed") if event.run_id == run_id]


def healthy_runs(case: Case) -> list[str]:
    """Runs whose agent, by its own log, was never near as silent as `silent_after` allows."""
    limit = case.limit("silent_after") * (1 - SLACK)
    found = []
    for run, worker in case.worker_of.items():
        signs = case.signs(worker, run) if worker in case.observed else []
        if not signs or _stuck(case, worker, run):
            continue
        resumed = set(_resumed(case, run))
        # Also up to its end, and up to whenever it was called silent.
        later = [event.at for event in _ends(case, run) if event.at > signs[-1]]
        moments = sorted([*signs, *resumed, *later])
        gaps = ((b - a).total_seconds() for a, b in pairwise(moments) if b not in resumed)
        if all(gap < limit for gap in gaps):
            found.append(run)
    return found


def _ends(case: Case, run_id: str) -> list[Event]:
    return [
        event
        for event in case.events
        if event.run_id == run_id
        and (event.type == "run.silent" or event.data.get("run_state") in ENDED)
    ]


def false_stalls(case: Case) -> tuple[int, int]:
    """(healthy runs that were called silent or taken away for it, healthy runs)."""
    healthy = set(healthy_runs(case))
    wrong = {
        event.run_id
        for event in case.of_type("run.silent", "run.failed")
        if event.type == "run.silent" or event.data.get("failure") in ("stalled", "no_ack")
    }
    return len(healthy & wrong), len(healthy)


def called_while_quiet(case: Case, agent: str) -> tuple[int, int]:
    """(orders that came before the time it had asked for was over, times it asked)."""
    asked = case.said("told_to_wait", agent=agent)
    orders = [line for line in case.lines if line.agent == agent and line.what in ("order", "told")]
    early = {order.at for wait in asked for order in orders if _is_early(wait, order)}
    return len(early), len(asked)


def _is_early(wait: Line, order: Line) -> bool:
    after = (order.at - wait.at).total_seconds()
    # An agent may write down its answer before the order it answered.
    is_the_one_asked_about = order.facts.get("answered") == 429 and after < SLACK
    return 0 < after < float(wait.facts["seconds"]) - SLACK and not is_the_one_asked_about
