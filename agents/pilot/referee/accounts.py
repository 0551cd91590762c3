"""What an agent's own log says it sent for one run, against what the workspace counted.

Calls whose answer never came may or may not have had their effect: they widen what is right,
in both directions and by no more than their own events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.pilot.referee.reading import ENDINGS, STEPS, Case, Line


@dataclass(slots=True)
class Account:
    """The calls of one run, by its agent's log."""

    taken: int = 0  # events that answers said were new
    told: set[str] = field(default_factory=set)  # ids in calls answered with success
    open: set[str] = field(default_factory=set)  # ids in calls nobody knows the answer of
    uncounted: set[str] = field(default_factory=set)  # in answers that named no number
    steps: set[str] = field(default_factory=set)
    steps_open: set[str] = field(default_factory=set)
    after_end: set[str] = field(default_factory=set)  # sent with the event that ended the run
    counted: int = 0  # steps, as the workspace's own events say

    def add(self, line: Line) -> None:
        ids = [str(one) for one in line.facts.get("event_ids") or ()]
        kinds = [str(one) for one in line.facts.get("kinds") or ()]
        passing = {str(one) for one in line.facts.get("ephemeral") or ()}
        steps = {id for id, kind in zip(ids, kinds, strict=False) if kind in STEPS} - passing
        if line.got_through:
            self.told |= set(ids)
            self.steps |= steps
            accepted = line.facts.get("accepted")
            if isinstance(accepted, int):
                self.taken += accepted
            else:
                self.uncounted |= set(ids)
            if int(line.facts.get("tries") or 1) > 1:
                self.open |= set(ids)  # an earlier try may have had the effect
            if any(kind in ENDINGS for kind in kinds):
                ended = zip(ids, kinds, strict=False)
                self.after_end |= {id for id, kind in ended if kind not in ENDINGS}
        elif line.is_open:
            self.open |= set(ids)
            self.steps_open |= steps

    @property
    def events_doubled(self) -> int:
        return max(0, self.taken - len(self.told))

    @property
    def events_lost(self) -> int:
        """Answered with success, but neither new then nor known before."""
        excused = (self.open | self.uncounted | self.after_end) & self.told
        return max(0, len(self.told) - len(excused) - self.taken)

    @property
    def steps_doubled(self) -> int:
        return max(0, self.counted - len(self.steps | self.steps_open))

    @property
    def steps_lost(self) -> int:
        return max(0, len(self.steps - self.after_end) - self.counted)


def accounts(case: Case) -> dict[str, Account]:
    """One for each run of an agent whose own log is in the record."""
    runs = [run for run, worker in case.worker_of.items() if worker in case.observed]
    found = {run: Account() for run in runs}
    for line in _calls(case):
        if line.run_id in found and case.worker_of[line.run_id] == line.agent:
            found[line.run_id].add(line)
    for event in case.of_type("run.progressed"):
        if event.run_id in found:
            account = found[event.run_id]
            account.counted = max(account.counted, int(event.data.get("steps") or 0))
    return found


def _calls(case: Case) -> Iterable[Line]:
    return (line for line in case.lines if line.what == "call")
