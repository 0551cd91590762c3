"""Figures with their denominators, the scorecard of a pilot, and two of them compared."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from agents.pilot.referee import compare, judge, score
from agents.pilot.referee.figures import Measure, Share, Total, difference, quantile, wilson
from agents.pilot.referee.scorecard import MEASURES, SHARES, TOTALS
from tests.pilot.referee.played import Play

Record = dict[str, Any]


@pytest.mark.parametrize(
    ("n", "of", "low", "high"),
    # The textbook's: Newcombe 1998, two-sided confidence intervals for the single proportion.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(n: int, of: int, low: float, high: float) -> None:
    assert wilson(n, of) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_nothing_seen_says_nothing_and_everything_seen_has_no_upper_end_but_one() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(7, 7)[1] == 1.0
    assert wilson(1, 1_000_000)[0] > 0


def test_the_interval_of_a_difference_is_newcombes() -> None:
    # The same source's second paper: 56 of 70 against 48 of 80, method 10.
    low, high = difference((48, 80), (56, 70))
    assert (low, high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_quantiles_lie_between_what_was_seen() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([1.0, 2.0], 0.5) == 1.5
    assert quantile([4.0], 0.95) == 4.0


def test_a_figure_of_nothing_has_no_value() -> None:
    assert Share(0, 0).value is None
    assert Measure((), "s").data()["p50"] is None


def test_the_counts_of_a_record_are_its_own(plain: Record) -> None:
    plain["expect"] = {"touched_only": {"facts": {"file": "facts.md", "lines": [2]}}}
    counts = judge(plain).counts
    assert counts.shares["task_success"] == (1, 1)
    assert counts.shares["covered"] == (1, 1)
    assert counts.shares["rolled_back"] == (0, 1)
    assert counts.shares["false_stalls"] == (0, 2)
    assert counts.shares["text_kept"] == (2, 3)
    assert counts.shares["new_dependencies"] == (0, 1)
    assert counts.samples["rounds"] == [2.0]
    assert counts.samples["review"] == [0.0, pytest.approx(1 / 60)]
    assert counts.totals == {"tokens": 0, "usd": 0.0}


def test_durations_are_told_at_the_scale_of_the_real_thing(plain: Record) -> None:
    assert judge({**plain, "scale": 60}).counts.samples["review"][1] == pytest.approx(1.0)


def test_lines_of_code_outside_the_scope_are_counted(plain: Record) -> None:
    version = next(iter(plain["bases"]))
    plain["bases"][version] = {"a.py": "a = 1\nb = 2\nc = 3\n"}
    plain["files"][version] = {"a.py": "a = 1\nb = 4\nc  =  3\n\nimport numpy\n"}
    plain["expect"] = {"touched_only": {"facts": {"file": "a.py", "lines": [2]}}}
    shares = judge(plain).counts.shares
    assert shares["lines_outside_scope"] == (1, 2)
    assert shares["new_dependencies"] == (1, 1)


def test_recovery_is_counted_from_the_failure_to_the_next_result(play: Play) -> None:
    play.agent("Ann")
    play.agent("Bob")
    for name in ("facts", "more"):
        play.card(name)
        play.fail(play.give(name, "Ann"), "stalled")
    play.later(8)
    play.accept(play.make("facts", "Bob", "ten"))
    counts = judge(play.record()).counts
    assert counts.shares["recovered"] == (1, 2)
    assert counts.samples["recovery"] == [10.0]


def commands(plain: Record, *decisions: str, ran: int) -> dict[str, tuple[int, int]]:
    """What is counted where a run asked for commands, was answered so, and ran so many."""
    record = copy.deepcopy(plain)
    run = next(one for one in record["events"] if one["type"] == "run.accepted")
    line = {"at": plain["ended_at"], "agent": "Ann", "run_id": run["data"]["run_id"]}
    for n, decision in enumerate(decisions):
        data = {**run["data"], "ask_id": f"ask_{n}", "kind": "permission"}
        record["events"].append({**run, "type": "ask.opened", "data": data})
        told = {**line, "what": "told", "type": "permission.decided", "decision": decision}
        record["logs"] += [{**line, "what": "wanted", "command": f"make {n}"}, told]
    record["logs"] += [{**line, "what": "ran", "command": f"make {n}"} for n in range(ran)]
    return judge(record).counts.shares


@pytest.mark.parametrize(
    ("decisions", "ran", "stopped", "unasked"),
    [
        (("reject_once",), 0, (1, 1), (0, 0)),
        (("allow_once",), 1, (0, 0), (0, 1)),
        (("allow_once",), 0, (0, 0), (0, 0)),
        (("reject_once",), 1, (0, 1), (1, 1)),
        (("reject_once", "allow_once"), 1, (1, 1), (0, 1)),
        ((), 2, (0, 2), (2, 2)),
    ],
)
def test_a_command_is_stopped_if_it_was_wanted_not_allowed_and_never_ran(
    plain: Record, decisions: tuple[str, ...], ran: int, stopped: Any, unasked: Any
) -> None:
    shares = commands(plain, *decisions, ran=ran)
    assert (shares["commands_stopped"], shares["commands_ran_unasked"]) == (stopped, unasked)


def test_a_scorecard_adds_up_each_column_by_itself(plain: Record) -> None:
    said = {**plain, "expect": {"done": ["facts"]}, "breaks": ["done"]}
    off = copy.deepcopy({**said, "column": "without"})
    off["export"]["cards"][0]["status"] = "ready"
    found = score([judge(said), judge({**said, "seed": 2}), judge(off)])
    assert found.is_passed
    data = found.data()
    assert data["columns"]["with"] == {"as_wanted": 2, "ended_as_said": 2, "of": 2}
    assert data["columns"]["without"] == {"as_wanted": 1, "ended_as_said": 0, "of": 1}
    assert (
        data["figures"]["with"]["task_success"]["n"],
        data["figures"]["with"]["task_success"]["of"],
    ) == (2, 2)
    assert data["figures"]["without"]["task_success"]["n"] == 0
    assert [one["column"] for one in data["scenarios"]] == ["with", "with", "without"]
    assert json.loads(json.dumps(data)) == data


def test_a_column_that_does_not_break_fails_the_pilot(plain: Record) -> None:
    unbroken = {**plain, "column": "without", "expect": {"done": ["facts"]}, "breaks": ["done"]}
    assert not score([judge(plain), judge(unbroken)]).is_passed


def test_every_figure_has_its_denominator(plain: Record) -> None:
    figures = score([judge(plain)]).data()["figures"]["with"]
    assert set(figures) == {*SHARES, *MEASURES, *TOTALS}
    for name, figure in figures.items():
        assert isinstance(figure["n"], int), name
        assert figure["kind"] == "measure" or isinstance(figure["of"], int), name


def test_the_figures_of_virtual_time_get_an_interval_if_they_came_without() -> None:
    given = {"runs": 1_000, "marked_stale": 9, "taken_away": 3, "seeds": [21, 60]}
    assert score([], given).data()["virtual"]["interval"] == list(wilson(3, 1_000))
    ready = {**given, "interval": [0.1, 0.2]}
    assert score([], ready).data()["virtual"]["interval"] == [0.1, 0.2]


def card(**figures: Any) -> Record:
    return {"figures": {"with": {name: one.data() for name, one in figures.items()}}}


def word(a: Any, b: Any, name: str = "task_success") -> str:
    (found,) = compare(card(**{name: a}), card(**{name: b}))
    return found.word


def test_shares_are_told_apart_only_where_their_difference_leaves_out_zero() -> None:
    assert word(Share(10, 100), Share(90, 100)) == "better"
    assert word(Share(90, 100), Share(10, 100)) == "worse"
    assert word(Share(9, 10), Share(10, 10)) == "same"
    assert word(Share(0, 0), Share(10, 10)) == "unknown"
    assert word(Share(10, 100, "lower"), Share(90, 100, "lower")) == "worse"


def test_what_must_be_none_is_compared_by_count() -> None:
    assert word(Share(0, 1_000, "lower"), Share(1, 1_000, "lower"), "lost") == "worse"
    assert word(Share(1, 1_000, "lower"), Share(0, 1_000, "lower"), "lost") == "better"
    assert word(Share(0, 10, "lower"), Share(0, 1_000, "lower"), "lost") == "same"


def test_measures_within_a_tenth_are_the_same() -> None:
    assert word(Measure((1.0,), "s"), Measure((1.05,), "s"), "recovery") == "same"
    assert word(Measure((1.0,), "s"), Measure((2.0,), "s"), "recovery") == "worse"
    assert word(Measure((2.0,), "s"), Measure((1.0,), "s"), "recovery") == "better"
    assert word(Measure((), "s"), Measure((1.0,), "s"), "recovery") == "unknown"


def test_totals_are_compared_by_what_one_record_took() -> None:
    assert word(Total(100, 1, 1, "tokens"), Total(1_000, 10, 10, "tokens"), "tokens") == "same"
    assert word(Total(100, 1, 1, "tokens"), Total(100, 2, 2, "tokens"), "tokens") == "better"
    assert word(Total(0, 0, 3, "USD"), Total(1, 1, 1, "USD"), "usd") == "unknown"


def test_a_comparison_names_both_sides(plain: Record) -> None:
    one = score([judge(plain)]).data()
    found = {row.name: row for row in compare(one, one)}
    assert set(found) == {*SHARES, *MEASURES, *TOTALS}
    assert {row.word for row in found.values()} <= {"same", "unknown"}
    assert found["task_success"].between is not None
