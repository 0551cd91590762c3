"""A card that outlives two of its agents, in short: 240 steps and four rounds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agents.trials.long_run import SMALL, LongRun, Trial, wrongs
from tests.trials.test_five_days import run_apart

pytestmark = pytest.mark.xdist_group("long_run")


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    return run_apart("long_run")


def test_a_card_survives_two_of_its_agents(card: dict[str, Any]) -> None:
    assert card["wrong"] == []
    assert card["counts"]["attempts"] == 3
    assert card["counts"]["steps kept"] == SMALL.steps


def test_the_checkpoint_handed_on_is_the_last_one_kept(card: dict[str, Any]) -> None:
    first, second, third, *_ = card["handed_on"]
    assert (first, second, third) == ([0, 0], [60, 60], [140, 140])
    assert card["counts"]["files of checkpoints fetched"] == len(card["handed_on"]) - 1


def test_the_rounds_go_to_the_agent_that_handed_in(card: dict[str, Any]) -> None:
    assert len(set(card["workers"][:3])) == 3
    assert set(card["workers"][2:]) == {card["workers"][2]}
    assert len(card["workers"]) == 3 + SMALL.rounds


def test_an_order_does_not_grow_with_the_rounds(card: dict[str, Any]) -> None:
    *_, last = card["order_tokens"]
    assert last <= 1.2 * card["order_tokens"][2]


@pytest.mark.django_db
def test_a_step_that_is_lost_and_one_that_is_doubled_are_noticed() -> None:
    trial = Trial(SMALL)
    trial.input_sha256 = ""
    trial.orders = [{"prompt": "", "inputs": []}]
    names = [f"Step {n}" for n in range(2, SMALL.steps + 1)] + ["Step 5"]
    ended = SimpleNamespace(status="done", rounds=SMALL.rounds + 1)
    found = list(wrongs(trial, LongRun(1, {}, order_tokens=[1]), ended, [], names))
    assert "1 steps lost" in found
    assert "1 steps doubled" in found
