"""One record judged: whether it ended as its scenario's file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.pilot.referee.checks import ALWAYS, run_checks
from agents.pilot.referee.counting import Counts, count
from agents.pilot.referee.outcome import Outcome, UnknownCheck
from agents.pilot.referee.reading import Case

# What people have in the end, whoever coordinated and however; the other checks are about how.
OF_THE_RESULT = frozenset({
    "done", "rests_on_current", "conflict_ruled_before", "covered", "touched_only", "not_from",
    "lost", "doubled", "unauthorised", "made_by_who_handed_in", "not_ran",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broke` are the checks that did not come true.

    With the rule on a scenario has to end as said; with it off it has to break, with the checks
    its file names. Other columns are only counted.
    """

    scenario: str
    title: str
    seed: int
    column: str
    judge: str
    rule: str
    room_id: str
    outcomes: tuple[Outcome, ...]
    breaks: tuple[str, ...]
    counts: Counts = field(default_factory=Counts)

    @property
    def broke(self) -> tuple[str, ...]:
        return tuple(one.check for one in self.outcomes if not one.ok)

    @property
    def ends_as_said(self) -> bool:
        return not self.broke

    @property
    def is_as_wanted(self) -> bool:
        if self.column != "without":
            return self.ends_as_said
        return bool(self.broke) and set(self.breaks) <= set(self.broke)

    @property
    def survived(self) -> bool:
        """The fault did people no harm: whatever the result was to be, it is."""
        n, of = self.counts.shares["task_success"]
        return n == of and not OF_THE_RESULT & set(self.broke)

    def data(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario, "title": self.title, "seed": self.seed,
            "column": self.column, "judge": self.judge, "rule": self.rule,
            "room_id": self.room_id, "ends_as_said": self.ends_as_said,
            "as_wanted": self.is_as_wanted, "broke": list(self.broke),
            "breaks": list(self.breaks), "checks": [one.data() for one in self.outcomes],
            "counts": self.counts.data(),
        }  # fmt: skip


def judge(record: Mapping[str, Any]) -> Verdict:
    """How this record ends by its own `expect`. Raises WrongRecord, or UnknownCheck."""
    case = Case(record)
    expect = dict(record.get("expect") or {})
    breaks = tuple(str(one) for one in record.get("breaks") or ())
    if strange := sorted(set(breaks) - set(expect) - set(ALWAYS)):
        raise UnknownCheck(f"breaks names what is not expected: {', '.join(strange)}")
    outcomes = run_checks(case, expect)
    always = {one.check: one for one in outcomes if one.check in ALWAYS}
    return Verdict(
        scenario=str(record["scenario"]), title=str(record.get("title") or record["scenario"]),
        seed=int(record.get("seed") or 0), column=str(record["column"]),
        judge=str(record.get("judge") or ""), rule=str(record.get("rule") or ""),
        room_id=str(record.get("room_id") or ""), outcomes=tuple(outcomes), breaks=breaks,
        counts=count(case, always, expect),
    )  # fmt: skip
