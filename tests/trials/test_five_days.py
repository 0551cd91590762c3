"""A short stand-in for the five days: one day, forty agents, everything that goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.trials.clock import VirtualClock
from agents.trials.model import ANSWERS, ModelServer, model_server
from agents.trials.report import ROOT
from agents.trials.watch import Watch
from tests.fakes.model_answers import ANSWERS as LAWFUL

pytestmark = pytest.mark.xdist_group("five_days")
BEGAN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def run_apart(*words: str) -> dict[str, Any]:
    """A trial as the command runs it: in a process and a home of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "agents.trials", *words, "--small"],
        cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def day() -> dict[str, Any]:
    return run_apart("five_days", "--seed", "7", "--judge", "model")


def test_a_day_with_everything_that_goes_wrong_breaks_no_promise(day: dict[str, Any]) -> None:
    assert day["wrong"] == []
    assert day["breaches"] == [[]]
    assert sum(day["crashes"].values()) == 6


def test_no_result_is_lost_or_taken_twice(day: dict[str, Any]) -> None:
    results = day["results"]
    assert results["taken"] > 20
    assert (results["lost"], results["doubled"], results["from nowhere"]) == (0, 0, 0)
    assert results["runs with other steps"] == 0
    assert day["counts"]["callbacks sent twice"] > 0
    assert day["counts"]["orders that came twice"] > 0


def test_every_prompt_holds_what_governs_it_within_its_budget(day: dict[str, Any]) -> None:
    assert {"order", "plan", "assign", "check", "reply"} <= day["prompts"].keys()
    for kind, prompts in day["prompts"].items():
        assert prompts["missing"] == {}, kind
        assert 0 < prompts["largest"] <= prompts["budget"], kind


def test_the_last_card_was_given_and_judged_by_what_holds_then(day: dict[str, Any]) -> None:
    assert day["last_card"]["missing"] == []
    assert {"order", "read", "diagnose"} <= day["last_card"]["prompts"].keys()


def test_work_goes_on_without_the_model(day: dict[str, Any]) -> None:
    outage = day["outage"]
    assert outage["questions first put then"] > 0
    assert outage["answered without it within s"] <= 60
    assert outage["runs begun"] > 0


def test_no_question_is_left_without_an_answer(day: dict[str, Any]) -> None:
    assert day["outage"]["never answered"] == {}


def test_failed_work_goes_on(day: dict[str, Any]) -> None:
    assert day["recovery"]["failed runs"] > 0
    assert day["false_stalls"]["false"] == 0


# --- that the checks can fail ---------------------------------------------------------------------


def test_a_prompt_without_the_goal_is_noticed() -> None:
    watch = Watch()
    watch.goal, watch.rules = "Ship it.", "Be brief."
    watch.heard("reply", {"goal": "Ship it.", "room_rules": "Be brief."}, "{}")
    assert watch.asked["reply"].missing == {}
    watch.heard("reply", {"goal": "Else.", "room_rules": "Be brief."}, "{}")
    assert watch.asked["reply"].missing == {"goal": 1}


def test_a_check_by_other_criteria_is_noticed() -> None:
    watch = Watch()
    watch.heard("check", {"criteria": [{"n": 1, "text": "Anything."}]}, "{}")
    assert watch.asked["check"].missing == {"criteria": 1}


# --- the clock and the model ----------------------------------------------------------------------


def test_a_clock_set_wrong_keeps_the_order_of_events() -> None:
    clock = VirtualClock(BEGAN)
    said: list[tuple[str, datetime]] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: said.append((name, clock.now()))

    clock.after(20, note("second"))
    clock.after(10, note("first"))
    clock.after(15, lambda: clock.jump(timedelta(minutes=-5)))
    clock.run(BEGAN + timedelta(minutes=1))
    assert said == [
        ("first", BEGAN + timedelta(seconds=10)),
        ("second", BEGAN + timedelta(seconds=20) - timedelta(minutes=5)),
    ]
    assert clock.when(clock.now()) == clock.true


def asked_of(server: ModelServer, kind: str) -> int:
    body = {
        "messages": [{"role": "user", "content": json.dumps({"goal": "Ship it."})}],
        "response_format": {"json_schema": {"name": kind}},
    }
    url, data = f"{server.base_url}/chat/completions", json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_scripted_model_is_away_until_it_is_back() -> None:
    heard: list[str] = []
    with model_server(lambda kind, asked, text: heard.append(kind)) as server:
        assert asked_of(server, "reply") == 200
        server.away = True
        assert asked_of(server, "reply") == 503
        server.away = False
        assert asked_of(server, "reply") == 200
    assert heard == ["reply", "reply"]
    assert (server.asked, server.refused, server.errors) == (3, 1, [])


def test_the_scripted_model_knows_every_kind_of_question() -> None:
    assert ANSWERS.keys() == LAWFUL.keys()
