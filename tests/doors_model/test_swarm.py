"""Thirty specialists in one room: nothing lost, nothing twice, what was planted is found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from agents.doors.model.roles import templates
from agents.swarm.cards import expected_steps, longest_branch, planned
from tests.journeys.installation import ROOT

ROLES = list(templates().values())


@pytest.mark.parametrize(("agents", "steps"), [(10, 100), (30, 400), (300, 4_000)])
def test_the_cards_are_as_many_and_as_deep_as_was_asked_for(agents: int, steps: int) -> None:
    cards = planned(agents, steps, ROLES)
    assert {card.level for card in cards} == set(range(5))
    assert all(cards[n].level == card.level - 1 for card in cards for n in card.needs)
    assert sum(card.level == 0 for card in cards) == agents
    assert 0.8 * steps <= expected_steps(cards) <= 1.3 * steps or steps == 100
    assert abs(sum(card.script.fails for card in cards) - 0.05 * len(cards)) <= 1
    said = Counter(card.script.subject for card in cards if card.script.subject)
    assert set(said.values()) == {2}
    assert len({card.skills for card in cards}) >= 8
    assert planned(agents, steps, ROLES) == cards


def test_the_longest_branch_is_along_what_builds_on_what() -> None:
    cards = planned(10, 100, ROLES)
    assert longest_branch(cards, [1] * len(cards)) == 5
    assert longest_branch(cards, [card.level for card in cards]) == 0 + 1 + 2 + 3 + 4


def test_thirty_specialists_finish_everything_once() -> None:
    words = [sys.executable, "manage.py", "swarm", "--agents", "30", "--steps", "400",
             "--within", "300", "--json"]  # fmt: skip
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert told["verify"] == 0
    assert told["agents"] == 30
    assert told["roles"] >= 8
    assert told["depth"] == 5
    assert told["steps"] == told["steps_planned"] >= 380
    assert told["failed_runs"] == told["failures_planted"] >= 2
    assert told["contradictions_found"] == told["contradictions_planted"] == 3
    assert told["contradictions_false"] == 0
    assert told["model_calls_twice"] == 0
    assert told["reviews"] == told["cards"]
    assert told["critical_steps"] < told["steps"]
