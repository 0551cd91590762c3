"""What /healthz is understood to say, and how long a part may be unwell."""

import json

import pytest

from workspace.up.ready import NO_ANSWER, UNWELL_FOR, Health, Patience, read_answer


def answer(status: str, body: object) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: x\r\n\r\n".encode() + json.dumps(body).encode()


def test_200_is_ready() -> None:
    health = read_answer(
        answer("200 OK", {"ok": True, "web": {"ok": True}, "worker": {"ok": True}})
    )
    assert health == Health(ready=True, parts={"web": True, "worker": True})
    assert health.unwell == []


def test_503_names_who_is_unwell() -> None:
    body = {"ok": False, "web": {"ok": True}, "worker": {"ok": False, "age_s": 99}}
    health = read_answer(answer("503 Service Unavailable", body))
    assert not health.ready
    assert health.unwell == ["worker"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n<html>",
        answer("500 Oops", {}),
        answer("200 OK", ["web"]),
    ],
)
def test_anything_else_is_no_answer_and_the_web_is_unwell(raw: bytes) -> None:
    assert read_answer(raw) == NO_ANSWER
    assert NO_ANSWER.unwell == ["web"]


def test_a_part_is_named_once_it_was_unwell_for_a_minute_without_a_break() -> None:
    unwell = Health(ready=False, parts={"web": True, "worker": False})
    well = Health(ready=True, parts={"web": True, "worker": True})
    patience = Patience()
    assert patience.note(unwell, 0) == []
    assert patience.note(unwell, UNWELL_FOR) == []
    assert patience.note(well, UNWELL_FOR + 1) == []
    assert patience.note(unwell, UNWELL_FOR + 2) == []
    assert patience.note(unwell, 2 * UNWELL_FOR + 3) == ["worker"]


def test_a_part_that_starts_anew_gets_its_full_time_again() -> None:
    unwell = Health(ready=False, parts={"sweep": False})
    patience = Patience()
    patience.note(unwell, 0)
    patience.forget("sweep")
    assert patience.note(unwell, UNWELL_FOR + 1) == []
