"""Scenario files: every one can be read, and what is wrong with one is said at once."""

import pytest

from agents.pilot.players.habits import REPLIES, WORKS
from agents.pilot.referee.checks import ALWAYS, CHECKS
from agents.pilot.scenario import BadScenario, Fault, load, load_all
from agents.pilot.switches.install import RULES

GOOD = """
title = "One"
why = "Because."
timings = { lease = 9 }
[[cards]]
name = "facts"
title = "Facts"
brief = "Find them."
[[agents]]
name = "Ada"
[[faults]]
does = "silent"
card = "facts"
[expect]
done = ["facts"]
[without]
rule = "lease"
within = 9
breaks = ["done"]
"""


def written(tmp_path, text):
    path = tmp_path / "one.toml"
    path.write_text(text)
    return path


def test_the_faults_of_a_real_backlog_each_have_a_scenario():
    assert {one.name for one in load_all()} >= {
        "stale_dependency", "failing_checks", "ambiguous_card", "partial_documentation",
        "rate_limits", "contradictory_outputs", "forced_hand_off", "silent_agent",
        "looping_agent", "false_completion", "late_result", "duplicate_callbacks",
        "malformed_replies", "steering_text", "quota_exhausted", "worker_killed",
        "everybody_slow", "changes_requested",
    }  # fmt: skip


@pytest.mark.parametrize("scenario", load_all(), ids=lambda one: one.name)
def test_every_scenario_names_habits_rules_and_checks_that_there_are(scenario):
    assert {fault.does for fault in scenario.faults} <= set(WORKS) | set(REPLIES)
    assert scenario.faults, "nothing goes wrong in it"
    assert scenario.rule in RULES
    assert set(scenario.expect) <= set(CHECKS)
    assert set(scenario.breaks) <= set(scenario.expect) | set(ALWAYS)


def test_every_rule_that_can_be_switched_off_is_tested_by_a_scenario():
    assert {one.rule for one in load_all()} == RULES


def test_every_way_to_fail_is_met_in_a_scenario():
    met = {fault.does for one in load_all() for fault in one.faults}
    assert met == set(WORKS) | set(REPLIES)


def test_a_file_as_it_should_be_is_read(tmp_path):
    made = load(written(tmp_path, GOOD))
    assert (made.name, made.rule, made.within, made.breaks) == ("one", "lease", 9.0, ("done",))
    assert made.card("facts").title == "Facts"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "One"\n', "", "title"),
        ('name = "Ada"', 'name = "Ada"\nspeed = 3', "AgentPart knows no speed"),
        ('card = "facts"', 'card = "fact"', "there is no card fact"),
        ('card = "facts"', 'card = "facts"\nagent = "Bo"', "there is no agent Bo"),
        ('breaks = ["done"]', "breaks = []", "nothing is tested"),
        ('rule = "lease"\n', "", "rule"),
        ("within = 9", 'within = "soon"', "soon"),
        ('brief = "Find them."\n', "", "brief"),
        ("[expect]", "[expect", "table declaration"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_with_its_name(tmp_path, old, new, said):
    with pytest.raises(BadScenario, match=rf"one\.toml.*{said}"):
        load(written(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("fault", "strikes"),
    [
        (Fault("silent"), True),
        (Fault("silent", agent="Ada"), True),
        (Fault("silent", agent="Bo"), False),
        (Fault("silent", card="facts", run=2), True),
        (Fault("silent", card="facts", run=1), False),
        (Fault("silent", card="report"), False),
    ],
)
def test_a_fault_strikes_where_everything_it_names_fits(fault, strikes):
    assert fault.strikes("Ada", "facts", 2) is strikes
