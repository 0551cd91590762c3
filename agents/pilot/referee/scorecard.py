"""A pilot's scorecard: the verdicts added up, with the rule on and off, every figure n of m."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.pilot.referee.figures import Better, Figure, Measure, Share, Total, wilson
from agents.pilot.referee.verdict import Verdict

SHARES: dict[str, Better] = {
    "task_success": "higher",
    "lost": "lower",
    "doubled": "lower",
    "unauthorised": "lower",
    "false_stalls": "lower",
    "recovered": "higher",
    "rolled_back": "lower",
    "commands_stopped": "higher",
    "commands_ran_unasked": "lower",
    "covered": "higher",
    "text_kept": "higher",
    "lines_outside_scope": "lower",
    "formatter_only": "lower",
    "new_dependencies": "lower",
}
MEASURES = {
    "noticed_silent_after": "limits",
    "noticed_lease": "limits",
    "noticed_ack_within": "limits",
    "recovery": "s",
    "rounds": "verdicts",
    "review": "min",
}
TOTALS = {"tokens": "tokens", "usd": "USD"}


@dataclass(frozen=True, slots=True)
class Scorecard:
    """`about`: commit, machine, seeds, command. `virtual`: the false stalls of virtual time."""

    verdicts: tuple[Verdict, ...]
    virtual: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_passed(self) -> bool:
        """Every scenario ended as its file says, and broke with its rule off."""
        return all(one.is_as_wanted for one in self.verdicts if one.column in ("with", "without"))

    def figures(self, column: str) -> dict[str, Figure]:
        return add_up([one for one in self.verdicts if one.column == column])

    def data(self) -> dict[str, Any]:
        """JSON, as it is kept and shown; each figure with its denominator."""
        columns = sorted({one.column for one in self.verdicts})
        return {
            "about": dict(self.about),
            "passed": self.is_passed,
            "columns": {column: self._column(column) for column in columns},
            "figures": {
                column: {name: one.data() for name, one in self.figures(column).items()}
                for column in columns
            },
            "virtual": with_interval(self.virtual),
            "scenarios": [one.data() for one in self.verdicts],
        }

    def _column(self, column: str) -> dict[str, int]:
        found = [one for one in self.verdicts if one.column == column]
        return {
            "as_wanted": sum(one.is_as_wanted for one in found),
            "ended_as_said": sum(one.ends_as_said for one in found),
            "of": len(found),
        }


def score(
    verdicts: Iterable[Verdict],
    virtual: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
) -> Scorecard:
    order = {"with": 0, "without": 1}
    ordered = sorted(verdicts, key=lambda one: (one.scenario, order.get(one.column, 2), one.seed))
    return Scorecard(tuple(ordered), dict(virtual or {}), dict(about or {}))


def add_up(verdicts: Sequence[Verdict]) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for name, better in SHARES.items():
        pairs = [one.counts.shares.get(name, (0, 0)) for one in verdicts]
        found[name] = Share(sum(n for n, _ in pairs), sum(of for _, of in pairs), better)
    for name, unit in MEASURES.items():
        values = [value for one in verdicts for value in one.counts.samples.get(name, ())]
        found[name] = Measure(tuple(values), unit)
    for name, unit in TOTALS.items():
        said = [one.counts.totals.get(name) for one in verdicts]
        numbers = [float(one) for one in said if one is not None]
        found[name] = Total(sum(numbers), len(numbers), len(verdicts), unit)
    return found


def with_interval(virtual: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of virtual time as handed in; with an interval if they came without."""
    found = dict(virtual)
    if found.get("runs") and "interval" not in found:
        found["interval"] = list(wilson(int(found.get("taken_away", 0)), int(found["runs"])))
    return found
