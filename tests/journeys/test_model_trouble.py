"""A model that answers anything but sense, on a running installation and by the clock on the wall.

The scripted chat-completions server stands for a model. Every room's goal names how it is to be
answered, so that many behaviours are at work at the same time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.fakes.model_server import BEHAVIOURS, Answer, ModelServer, Request, model_server
from tests.journeys.installation import Api, Installation, wait_for

GOAL = "First:\n- Facts: collect the facts ({name}).\nThen:\n- Report: write the report."
# What a good answer is, or an honest no, is no trouble.
LAWFUL = {"good", "fenced", "cannot", "dirty_text", "filler"}
# Last, since the whole account waits when it is told to.
SLOW_DOWN = {"overloaded", "rate_limited"}
TROUBLES = sorted(BEHAVIOURS.keys() - LAWFUL, key=lambda name: (name in SLOW_DOWN, name))
WITHIN_S = 60.0
AT_ONCE = 16
SAID = {("rules", "judge_failed"), ("rules", "judge_late")}
NAMED = re.compile(r"collect the facts \((\w+)\)")


def as_named(request: Request) -> Answer:
    """As the goal says; what is asked without a goal is answered with nothing at all."""
    found = NAMED.search(str(request.asked.get("goal", "")))
    return BEHAVIOURS[found[1] if found else "empty"](request)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server(as_named) as running:
        yield running


@pytest.fixture(scope="module")
def installation(
    server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Without the demo, and with room for every question at once: what is tried is the answers."""
    env = {
        "MUSTER_MODEL_API_KEY": "sk-test", "MUSTER_MODEL_BASE_URL": server.base_url,
        "MUSTER_MODEL_CONCURRENCY": "40", "MUSTER_MODEL_RPM": "1000",
        "MUSTER_MODEL_TPM": "100000000",
    }  # fmt: skip
    made = Installation(tmp_path_factory.mktemp("trouble"), "--no-demo", env=env)
    try:
        yield made.start()
    finally:
        made.stop()


def test_rules_carry_on_within_a_minute_whatever_the_model_answers(
    installation: Installation, server: ModelServer
) -> None:
    api = Api(installation, installation.manage("api_token"))
    took: dict[str, float] = {}
    for first in range(0, len(TROUBLES), AT_ONCE):
        took |= planned_without(api, TROUBLES[first : first + AT_ONCE])
    assert max(took.values()) <= WITHIN_S, took
    asked = {NAMED.search(str(one.asked.get("goal", ""))) for one in chats(server)}
    assert {found[1] for found in asked if found} == set(TROUBLES)
    assert installation.breaches() == []


def planned_without(api: Api, names: Sequence[str]) -> dict[str, float]:
    """Seconds from making a room for each of these until the rules' cards are on its board."""
    began = {make_room(api, name): (name, time.monotonic()) for name in names}
    took: dict[str, float] = {}

    def all_planned() -> bool:
        for room_id, (name, since) in began.items():
            titles = [card["title"] for card in api.cards(room_id).values()]
            if name not in took and sorted(titles) == ["Facts", "Report"]:
                took[name] = time.monotonic() - since
                # Told now: once the model has rested it is asked again.
                told = api.get(f"/rooms/{room_id}")
                assert (told["judge"], told["judge_note"]["code"]) in SAID, name
        time.sleep(0.5)  # looking is work for the machine that is looked at
        return len(took) == len(names)

    wait_for(all_planned, WITHIN_S + 30, f"the rules' cards in rooms of {names}")
    return took


def make_room(api: Api, name: str) -> str:
    return str(api.post("/rooms", {"name": name, "goal": GOAL.format(name=name)})["id"])


def chats(server: ModelServer) -> list[Any]:
    return [one for one in server.requests if one.path.endswith("/chat/completions")]
