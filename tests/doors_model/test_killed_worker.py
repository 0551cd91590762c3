"""A worker that is killed in the middle of conversations: nothing finished is done again."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.tool_model import MODEL, Says, ToolModel, calls, order_of, tool_model, turns
from tests.journeys.installation import Api, Installation, wait_for

pytestmark = pytest.mark.xdist_group("killed_worker")
TURNS = 8
CARDS = 6


def says(body: dict[str, Any]) -> Says:
    if turns(body) < TURNS - 1:
        note = {"percent": 10 * turns(body), "note": f"Step {turns(body)}"}
        return calls(("report_progress", note), waits_s=0.5)
    write = ("write_file", {"name": "a.md", "content": f"Done in {turns(body) + 1} turns."})
    return calls(write, ("submit", {"summary": "Done."}), waits_s=0.5)


def asked(model: ToolModel) -> Counter[tuple[str, int]]:
    """How often each turn of each conversation was asked for."""
    return Counter((order_of(body).splitlines()[0], turns(body)) for body in model.requests)


@pytest.fixture
def model() -> Iterator[ToolModel]:
    with tool_model(says, key="sk-killed") as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "home", "--no-demo")
    try:
        yield installation.start()
    finally:
        installation.stop()


@pytest.mark.parametrize(("how", "within"), [(signal.SIGKILL, 90.0), (signal.SIGTERM, 60.0)])
def test_conversations_go_on_in_the_next_worker(
    place: Installation, model: ToolModel, how: signal.Signals, within: float
) -> None:
    api = Api(place, place.manage("api_token"))
    room_id = a_room_at_work(api, model)
    wait_for(lambda: len(model.requests) >= 3 * CARDS, 40, "half of it is done")
    os.kill(place.pid("worker"), how)
    killed = time.monotonic()

    def waiting() -> list[Any] | None:
        found = api.get(f"/reviews?room_id={room_id}")["items"]
        return found if len(found) == CARDS else None

    wait_for(waiting, within, "every card is in review")
    times = asked(model)
    assert len(times) == CARDS * TURNS
    # What was under way as it died is asked for once more; what had been answered is not.
    again = {turn: count for turn, count in times.items() if count > 1}
    assert set(again.values()) <= {2}
    assert len(again) <= CARDS
    for card in api.cards(room_id).values():
        runs = api.get(f"/cards/{card['id']}")["runs"]
        assert [run["state"] for run in runs] == ["submitted"]
    assert place.breaches() == []
    if how == signal.SIGTERM:
        assert time.monotonic() - killed < 45


def a_room_at_work(api: Api, model: ToolModel) -> str:
    agent = api.post("/agents", {
        "name": "Scripted", "door": "model", "url": model.base_url, "key": "sk-killed",
        "model": MODEL, "skills": ["odd jobs"], "max_concurrency": CARDS,
    })  # fmt: skip
    assert api.post(f"/agents/{agent['id']}/verify")["status"] == "verified"
    body = {"name": "Killed", "goal": "Nothing to split.", "agents": [agent["id"]]}
    room_id = str(api.post("/rooms", body)["id"])
    # Paused until its cards are there: a room without any is planned, and has one card more.
    api.post(f"/rooms/{room_id}/pause")
    for n in range(CARDS):
        card = {"title": f"Part {n}", "brief": "Do it.", "criteria": ["It is done"]}
        api.post(f"/rooms/{room_id}/cards", card)
    api.post(f"/rooms/{room_id}/resume")
    return room_id
