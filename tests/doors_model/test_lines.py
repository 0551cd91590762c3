"""Calls on an account with limits: in line, behind the coordinator, and alive while they wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.doors.model import lines
from agents.limits import Limits, counted, wait_before
from tests import cast
from tests.commands.test_calls import claimed
from tests.doors_model.conftest import a_worker, gives, goes_on, is_over
from tests.fakes.tool_model import Says, ToolModel, calls, in_turn
from workspace.actors import By
from workspace.commands.calls import begin_call
from workspace.commands.models import ModelFacts, set_model, set_model_options
from workspace.commands.runs import cancel_run
from workspace.models import Agent, ModelCall, Room

Models = Callable[..., ToolModel]
DONE = calls(("write_file", {"name": "a.md", "content": "Done."}), ("submit", {"summary": "Done."}))
STEP = calls(("report_progress", {"note": "On it."}))


class Watched:
    """A script that notes how many calls are under way at once."""

    def __init__(self, *said: Says, holds: threading.Event | None = None) -> None:
        self._script, self._holds = in_turn(*said), holds
        self._now, self.most, self._lock = 0, 0, threading.Lock()

    def __call__(self, body: dict[str, Any]) -> Says:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        (self._holds or threading.Event()).wait(20 if self._holds else 0.05)
        with self._lock:
            self._now -= 1
        return self._script(body)


def of_the_workspace(room: Room, model: ToolModel, **limits: int) -> Agent:
    """A specialist of the workspace's own model, whose account has these limits."""
    owner = room.members.get(role="owner").person
    facts = ModelFacts(base_url=model.base_url, model="scripted", profile="openai-compatible",
                       api_key=model.key)  # fmt: skip
    set_model(workspace_id=room.workspace_id, facts=facts, by=By(owner.id), at=cast.AT)
    if limits:
        allowed = {"concurrency": 0, "rpm": 0, "tpm": 0, **limits}
        set_model_options(workspace_id=room.workspace_id, thinking={}, limits=allowed,
                          by=By(owner.id), at=cast.AT)  # fmt: skip
    return a_worker(room, model, of_workspace=True)


def test_no_more_calls_are_under_way_than_its_endpoint_takes(room: Room, models: Models) -> None:
    watched = Watched(STEP, STEP, DONE)
    agent = a_worker(room, models(watched), at_once=2)
    runs = [gives(cast.a_card(room, f"Card {n}"), agent) for n in range(6)]
    for run in runs:
        assert goes_on(run, until=is_over).state == "submitted"
    assert watched.most == 2
    assert ModelCall.objects.count() == 18
    assert not ModelCall.objects.filter(ended_at=None).exists()


def test_without_limits_no_call_stands_in_line(room: Room, models: Models) -> None:
    watched = Watched(STEP, DONE)
    agent = of_the_workspace(room, models(watched))
    runs = [gives(cast.a_card(room, f"Card {n}"), agent) for n in range(4)]
    for run in runs:
        assert goes_on(run, until=is_over).state == "submitted"
    assert watched.most > 1
    assert not ModelCall.objects.exists()


def test_specialists_leave_the_coordinator_a_place(room: Room, models: Models) -> None:
    holds = threading.Event()
    model = models(Watched(DONE, holds=holds))
    agent = of_the_workspace(room, model, concurrency=2)
    runs = [gives(cast.a_card(room, f"Card {n}"), agent) for n in range(2)]
    goes_on(runs[0], until=lambda _: model.requests)
    allowed, now = Limits(2, 0, 0), datetime.now(UTC)
    asked = begin_call(
        judgement_id=claimed(room, at=now).id, tokens_wanted=1, at=now,
        wait=lambda rows: wait_before(counted(rows), now, 1, allowed),
    )  # fmt: skip
    assert asked is not None
    assert len(model.requests) == 1
    holds.set()
    for run in runs:
        goes_on(run, until=is_over)


def test_who_waits_in_line_is_alive_and_leaves_nothing_behind_when_it_is_cancelled(
    room: Room, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "SIGN_EVERY", 0.05)
    holds = threading.Event()
    model = models(Watched(DONE, holds=holds))
    agent = a_worker(room, model, at_once=1)
    first = goes_on(gives(cast.a_card(room), agent), until=lambda _: model.requests)
    second = gives(cast.a_card(room, "Second"), agent)
    second.timings = {**second.timings, "silent_after": 0.3}
    second.save(update_fields=["timings"])
    goes_on(second, until=lambda run: run.state == "working")
    seen = second.last_sign_at
    goes_on(second, until=lambda run: run.last_sign_at > seen)
    assert second.note.startswith("Waits for its turn at the model")
    cancel_run(run_id=second.id, code="user", by=By(agent.owner_id), at=datetime.now(UTC))
    goes_on(second, until=is_over)
    assert len(model.requests) == 1
    holds.set()
    assert goes_on(first, until=is_over).state == "submitted"
    assert not ModelCall.objects.filter(ended_at=None).exists()


def test_who_is_throttled_holds_every_call_of_the_account(
    room: Room, models: Models, quick: None
) -> None:
    throttled = Says(status=429, raw=b"{}", headers={"Retry-After": "1"})
    said = iter([throttled])
    script = in_turn(DONE)
    model = models(lambda body: next(said, None) or script(body))
    agent = a_worker(room, model, at_once=5)
    run = goes_on(gives(cast.a_card(room), agent), until=lambda _: ModelCall.objects.exists())
    goes_on(run, until=lambda _: ModelCall.objects.exclude(held_until=None).exists())
    held = ModelCall.objects.exclude(held_until=None).get()
    assert goes_on(run, until=is_over).state == "submitted"
    after = ModelCall.objects.filter(at__gt=held.at).order_by("at").first()
    assert after is not None and held.held_until is not None
    assert after.at >= held.held_until


def test_who_has_waited_says_for_how_long(
    room: Room, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "SIGN_EVERY", 0.05)
    model = models(in_turn(DONE))
    agent = a_worker(room, model, at_once=1)
    script = model.script
    model.script = lambda body: replace(script(body), waits_s=0.5)
    runs = [gives(cast.a_card(room, f"Card {n}"), agent) for n in range(2)]
    told = [goes_on(run, until=is_over).note for run in runs]
    assert sorted(note[:6] for note in told) == ["", "Waited"]


def test_who_shares_an_account_without_a_limit_lifts_nobody_elses(
    room: Room, models: Models
) -> None:
    holds = threading.Event()
    model = models(Watched(DONE, holds=holds))
    limited, free = a_worker(room, model, at_once=1), a_worker(room, model)
    runs = [gives(cast.a_card(room, f"Card {n}"), limited) for n in range(2)]
    goes_on(runs[0], until=lambda _: model.requests)
    another = gives(cast.a_card(room, "Another"), free)
    goes_on(another, until=lambda _: len(model.requests) == 2)
    time.sleep(3)  # longer than the first in line waits before it looks again
    assert len(model.requests) == 2
    holds.set()
    for run in (*runs, another):
        assert goes_on(run, until=is_over).state == "submitted"
