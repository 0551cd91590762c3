"""What an endpoint sends, in pieces of any size or whole, becomes one reply or one trouble."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agents.doors.model.reading import (
    Gathering,
    Reply,
    Trouble,
    read_error,
    read_whole,
    retry_after,
)
from tests.fakes.tool_model import Says, _events, calls

SAYS = calls(
    ("write_file", {"name": "ä.md", "content": "Zeile\n" * 200}),
    ("submit", {"summary": "Fertig."}),
    text="So: “ja”.",
)


def gathered(raw: bytes, size: int) -> Reply:
    gathering = Gathering()
    for at in range(0, len(raw), size):
        gathering.add(raw[at : at + size])
    return gathering.reply()


@pytest.mark.parametrize("size", [1, 7, 64, 1_000_000])
def test_a_stream_reads_the_same_however_it_is_cut(size: int) -> None:
    reply = gathered(b"".join(_events(SAYS)), size)
    assert reply.text == "So: “ja”."
    assert [json.loads(call["function"]["arguments"]) for call in reply.calls] == [
        call.arguments for call in SAYS.calls
    ]
    assert reply.message["reasoning_content"] == "Thinking."
    assert (reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens) == (800, 40, 500)
    assert (reply.finish, reply.is_counted) == ("tool_calls", True)


def test_a_stream_and_a_whole_answer_read_alike() -> None:
    choice = {"message": SAYS.message(), "finish_reason": SAYS.why}
    whole = read_whole(json.dumps({"choices": [choice]}).encode())
    streamed = gathered(b"".join(_events(SAYS)), 50)
    assert (whole.text, whole.calls) == (streamed.text, streamed.calls)


def test_calls_without_ids_or_indices_are_kept_apart() -> None:
    one = {"function": {"name": "a", "arguments": "{}"}}
    two = {"function": {"name": "b", "arguments": {"as": "an object"}}}
    body = {"choices": [{"message": {"tool_calls": [one, two]}, "finish_reason": "stop"}]}
    found = read_whole(json.dumps(body).encode()).calls
    assert [call["id"] for call in found] == ["call_0", "call_1"]
    assert json.loads(found[1]["function"]["arguments"]) == {"as": "an object"}
    line = b"data: " + json.dumps({"choices": [{"delta": {"tool_calls": [one, two]}}]}).encode()
    assert len(gathered(line + b"\n\ndata: [DONE]\n\n", 99).calls) == 2


@pytest.mark.parametrize(
    "name", ["reasoning_content", "reasoning"]
)  # as the hosted service and newer servers of open weights name it
def test_thoughts_are_read_under_either_name(name: str) -> None:
    line = json.dumps({"choices": [{"delta": {name: "Hm."}, "finish_reason": "stop"}]})
    assert gathered(f"data: {line}\n\n".encode(), 9).message["reasoning_content"] == "Hm."


def test_comments_and_names_of_events_are_passed_over() -> None:
    raw = b': ping\nevent: x\n\ndata: {"choices": [{"delta": {"content": "A"}}]}\n\n'
    assert gathered(raw + b"data: [DONE]\n", 5).text == "A"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "broken_off"),
        (b'data: {"choices": [{"delta": {"content": "A"}}]}\n\n', "broken_off"),
        (b"data: {nonsense\n\n", "bad_response"),
        (b"data: [1]\n\n", "bad_response"),
        (b'data: {"error": {"message": "overloaded"}}\n\n', "server_error"),
        (b'data: {"choices": [{"delta": {"content": "\\ud800"}}]}\n\n', "bad_response"),
    ],
)
def test_a_stream_that_is_none_is_a_trouble_that_may_pass(raw: bytes, code: str) -> None:
    with pytest.raises(Trouble) as found:
        gathered(raw, 11)
    assert (found.value.code, found.value.again) == (code, True)


def test_a_stream_over_all_limits_is_not_gathered() -> None:
    piece = b'data: {"choices": [{"delta": {"content": "' + b"x" * 50_000 + b'"}}]}\n\n'
    gathering = Gathering()
    with pytest.raises(Trouble, match="answer_too_long"):
        for _ in range(20):
            gathering.add(piece)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"choices": []}', b'{"choices": [{}]}', b'{"choices": [null]}',
             b'{"choices": [{"message": "x"}]}', b"<html>", b'{"a": NaN}'],
)  # fmt: skip
def test_a_whole_answer_that_is_none_is_a_trouble_that_may_pass(body: bytes) -> None:
    with pytest.raises(Trouble, match="bad_response"):
        read_whole(body)


def test_strange_fields_are_passed_over() -> None:
    message: dict[str, Any] = {"content": None, "tool_calls": [None, 3, {"function": 1}]}
    choice = {"message": message, "finish_reason": None}
    body = {"choices": [choice], "usage": {"prompt_tokens": "many", "completion_tokens": -3}}
    reply = read_whole(json.dumps(body).encode())
    assert (reply.text, reply.calls, reply.prompt_tokens) == ("", [], 0)


def test_content_in_parts_is_put_together() -> None:
    parts = [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}, "odd"]
    body = {"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]}
    assert read_whole(json.dumps(body).encode()).text == "AB"


def answer(kind: str, **more: Any) -> bytes:
    return json.dumps({"error": {"type": kind, "message": "so", **more}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "failure", "code", "again"),
    [
        (401, answer("invalid_authentication_error"), "misconfigured", "key_refused", False),
        (403, b"<html>", "misconfigured", "key_refused", False),
        (404, answer("resource_not_found_error"), "misconfigured", "no_such_model", False),
        (429, answer("engine_overloaded_error"), "rate_limited", "throttled", True),
        (429, answer("rate_limit_reached_error"), "rate_limited", "throttled", True),
        (429, answer("exceeded_current_quota_error"), "over_budget", "provider_quota", False),
        (429, answer("x", code="insufficient_quota"), "over_budget", "provider_quota", False),
        (400, answer("content_filter"), "error", "content_filter", False),
        (400, answer("invalid_request_error"), "error", "request_refused", False),
        (422, b'{"error": "no such field"}', "error", "request_refused", False),
        (500, answer("server_error"), "unreachable", "server_error", True),
        (504, b"<html>", "unreachable", "server_error", True),
        (408, b"", "unreachable", "server_error", True),
    ],
)
def test_an_error_is_read_by_its_type_and_then_by_its_status(
    status: int, body: bytes, failure: str, code: str, again: bool
) -> None:
    found = read_error(status, {}, body)
    assert (found.failure, found.code, found.again) == (failure, code, again)


def test_what_an_error_says_is_one_short_line() -> None:
    body = json.dumps({"error": {"message": "no\u202e\n\x1b[31m" + "x" * 900}}).encode()
    said = str(read_error(400, {}, body).params["said"])
    assert said.isprintable()
    assert len(said) <= 200


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "99999999"}, 900.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"retry-after": "Fri, 27 Nov 2026 10:00:09 GMT",
          "date": "Fri, 27 Nov 2026 10:00:00 GMT"}, 9.0),
    ],
)  # fmt: skip
def test_how_long_to_wait_is_read_in_either_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds


def test_nothing_is_said_of_what_was_never_said() -> None:
    assert gathered(b"".join(_events(Says("x", without_usage=True))), 20).is_counted is False
