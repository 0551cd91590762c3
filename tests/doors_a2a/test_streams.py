"""Server-sent events: cut into pieces anywhere, and what each is good for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from agents.doors.a2a.stream import LARGEST_EVENT, events_in, read_event
from tests.doors_a2a.agents import Raw, Scripted, message, task
from workspace.models import Talk


def events(*chunks: bytes) -> list[bytes]:
    async def given() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def read() -> list[bytes]:
        return [event.strip() async for event in events_in(given())]

    return asyncio.run(read())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_events_are_whole_however_they_are_cut(size: int, end: bytes) -> None:
    lines = [b": ping", b"", b"event: x", b"id: 1", b'data: {"a":', b"data: 1}", b"",
             b"data:two", b"", b"data: never finished"]  # fmt: skip
    sent = end.join(lines)
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    assert events(*pieces) == [b'{"a":\n1}', b"two"]


def test_an_event_larger_than_any_should_be_ends_the_stream() -> None:
    assert events(b"data: one\n\n", b"data: " + b"x" * (LARGEST_EVENT + 1), b"\n\n") == [b"one"]


def told(**facts: object) -> object:
    return read_event(json.dumps({"jsonrpc": "2.0", "id": 1, "result": facts}).encode())


def status(state: str, said: object = None) -> dict[str, object]:
    return {"taskId": "t", "status": {"state": state, **({"message": said} if said else {})}}


def test_a_message_along_the_way_is_a_step() -> None:
    new = told(statusUpdate=status("TASK_STATE_WORKING", message("One")))
    old = told(kind="status-update", final=False, **status("working", message("One")))
    assert new == old
    assert new is not None and new.message.text == "One"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "facts",
    [
        {"statusUpdate": status("TASK_STATE_COMPLETED")},
        {"kind": "status-update", **status("input-required")},
        {"task": task("TASK_STATE_COMPLETED")},
        {"message": message("All of it")},
    ],
)
def test_what_ends_or_asks_is_a_reason_to_look(facts: dict[str, object]) -> None:
    found = told(**facts)
    assert found is not None and found.message is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "facts",
    [{"artifactUpdate": {"artifact": {}}}, {"statusUpdate": status("TASK_STATE_WORKING")}, {},
     {"task": task("TASK_STATE_WORKING")}],
)  # fmt: skip
def test_what_says_nothing_new_is_passed_over(facts: dict[str, object]) -> None:
    assert told(**facts) is None


@pytest.mark.parametrize("data", [b"", b"not json", b"[1]", b"\xff"])
def test_what_cannot_be_read_is_passed_over(data: bytes) -> None:
    assert read_event(data) is None


def test_an_agent_whose_card_promises_no_stream_is_not_asked_for_one(plays) -> None:
    play = plays(SendMessage={"task": task()}, GetTask=task())
    play.look(play.given(), times=2)
    assert not play.program.of("SubscribeToTask")


def test_an_agent_that_gives_no_stream_is_not_asked_for_ever(plays) -> None:
    program = Scripted(SendMessage={"task": task()}, GetTask=task(), SubscribeToTask=Raw(b"", 404))
    program.card["capabilities"] = {"streaming": True}
    play = plays(program)
    play.look(play.given(), times=20)
    assert 1 <= len(program.of("SubscribeToTask")) <= 5
    assert Talk.objects.get().due_at is not None
