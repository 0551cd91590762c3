"""A scorecard with something of everything, as the referee gives it."""

from __future__ import annotations

from typing import Any

from agents.pilot.lift import COLUMNS, lift
from agents.pilot.referee import Outcome, Verdict, score
from agents.pilot.referee.counting import Counts

SCENARIOS = {
    "silent_agent": ("Silent agent", "silence is noticed", "noticed"),
    "late_result": ("Late result", "fencing of old leases", "kept_late"),
    "contradiction": ("Contradictory outputs", "conflicts block", "conflict_ruled_before"),
    "stale_dependency": ("Stale dependency", "changed inputs are told", "rests_on_current"),
}
SHARES = {
    "task_success": (3, 3), "lost": (0, 41), "doubled": (0, 38), "unauthorised": (0, 212),
    "false_stalls": (0, 9), "recovered": (1, 1), "rolled_back": (0, 3), "covered": (6, 6),
    "text_kept": (180, 190), "new_dependencies": (0, 1),
}  # fmt: skip
VIRTUAL = {
    "runs": 4_000, "marked_stale": 311, "taken_away": 11, "seeds": [21, 60],
    "interval": [0.00154, 0.00492],
}  # fmt: skip
ABOUT = {
    "command": "python manage.py pilot", "seeds": [21, 22, 23], "tuned_on": [1, 20],
    "judge": "rules", "machine": "2 cores, 24 GiB, Python 3.11.7", "seconds": 161,
}  # fmt: skip


def a_verdict(name: str, column: str, seed: int, **changes: Any) -> Verdict:
    title, rule, check = SCENARIOS[name]
    is_broken = column != "with"
    samples = {
        "noticed_silent_after": [1.02 + 0.04 * (seed - 20)] if name == "silent_agent" else [],
        "recovery": [12.5 + seed], "rounds": [1.0, 2.0], "review": [0.4],
    }  # fmt: skip
    counts = Counts(dict(SHARES), samples, {"tokens": 1_200 * seed, "usd": None})
    if is_broken:
        counts.shares["task_success"] = (seed % 3, 3)
    facts: dict[str, Any] = {
        "scenario": name, "title": title, "seed": seed, "column": column, "judge": "rules",
        "rule": rule if is_broken else "", "room_id": "", "breaks": (check,), "counts": counts,
        "outcomes": (Outcome("lost", True), Outcome(check, not is_broken)),
    }  # fmt: skip
    return Verdict(**{**facts, **changes})


def a_scorecard(**about: Any) -> dict[str, Any]:
    """Every scenario with its rule and without, three seeds each; lift and virtual time too."""
    verdicts = [
        a_verdict(name, column, seed)
        for name in SCENARIOS
        for column in ("with", "without")
        for seed in (21, 22, 23)
    ]
    others = [
        a_verdict(name, column, seed)
        for name in SCENARIOS
        for column in COLUMNS
        for seed in (21, 22, 23)
    ]
    card = score(verdicts, VIRTUAL, {**ABOUT, **about}).data()
    return {**card, "lift": lift(others).data()}
