"""A scorecard in words: every figure with its denominator, and what did not come out as said."""

from __future__ import annotations

from typing import Any

from agents.pilot.report import as_text, complaints

ABOUT = {
    "commit": "abc", "judge": "rules", "seeds": [21], "machine": "2 cores", "seconds": 99,
    "source": "our own measurement",
}  # fmt: skip
VIRTUAL = {
    "seeds": [21, 60], "runs": 1_040, "taken_away": 3, "marked_stale": 70, "silent": 160,
    "interval": [0.001, 0.0085], "noticed": 160, "noticed_after": {"p50": 1.01, "max": 1.07},
}  # fmt: skip


def verdict(column: str, *, as_wanted: bool, **more: Any) -> dict[str, Any]:
    facts = {"scenario": "silent", "title": "Silence", "column": column, "seed": 21, "broke": [],
             "breaks": ["done", "noticed"], "as_wanted": as_wanted}  # fmt: skip
    return facts | more


def card(*scenarios: dict[str, Any], virtual: dict[str, Any] | None = None) -> dict[str, Any]:
    share = {"kind": "share", "n": 0, "of": 41, "low": 0.0, "high": 0.09, "better": "lower"}
    measure = {"kind": "measure", "n": 2, "unit": "limits", "p50": 1.02, "p95": 1.1, "max": 1.11}
    figures = {"lost": share, "noticed_lease": measure,
               "tokens": {"kind": "total", "sum": 0.0, "n": 0, "of": 1}}  # fmt: skip
    columns = {one["column"]: {} for one in scenarios}
    return {"about": ABOUT, "columns": columns, "scenarios": list(scenarios),
            "figures": dict.fromkeys(columns, figures), "virtual": virtual or {},
            "passed": all(one["as_wanted"] for one in scenarios)}  # fmt: skip


def test_every_figure_is_told_with_its_denominator():
    text = as_text(card(verdict("with", as_wanted=True), verdict("without", as_wanted=True)))
    assert "0 of 41" in text and "p50 1.02, max 1.11 limits (n 2)" in text and "not told" in text
    assert "abc" in text and "Passed." in text and "Not passed" not in text


def test_false_stalls_in_virtual_time_are_told_with_their_interval():
    text = as_text(card(verdict("with", as_wanted=True), virtual=VIRTUAL))
    assert "3 of 1040 healthy runs taken away (95 % interval 0.1 to 0.85 %)" in text
    assert "Of 160 silent runs 160 noticed, at the latest after 1.07 of the lease." in text


def test_what_did_not_hold_and_what_held_without_its_rule_are_both_complaints():
    found = card(
        verdict("with", as_wanted=False, broke=["lost"]),
        verdict("without", as_wanted=False, broke=["done"]),
        verdict("none", as_wanted=False, broke=["done"]),
    )
    assert complaints(found) == [
        "silent (as it is, seed 21): did not hold: lost",
        "silent (rule off, seed 21): held without its rule: noticed",
    ]
    assert "Not passed:" in as_text(found)
