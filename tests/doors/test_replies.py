"""What an agent's answer means."""

import json
from datetime import UTC, datetime

import pytest

from agents.doors.outcomes import (
    Delivered,
    Gone,
    SecretMismatch,
    TryAgain,
    Unacceptable,
    Unusable,
    read_refusal,
)
from agents.doors.webhook.replies import read_reply
from agents.egress import Answer, EgressRefused
from workspace.reports import Accepted, Declined, Failure, Inline, Question, Result, Uploaded

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def reply(status, body=b"", **headers):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return read_reply(Answer(status, headers, body, 3), now=NOW)


def test_accepted_with_and_without_a_body():
    assert reply(202) == Accepted()
    assert reply(
        202, {"status": "accepted", "external_url": "https://a.example/7", "eta_s": 60}
    ) == (Accepted("https://a.example/7", 60))
    assert reply(202, {}) == Accepted()


def test_an_empty_or_unreadable_answer_still_owes_a_first_callback():
    for outcome in (reply(200), reply(204), reply(200, b"  "), reply(200, {})):
        assert outcome == Delivered(quiet=True)
    assert reply(200, b"<p>OK</p>") == Delivered(note="unreadable_not_json", quiet=True)
    assert reply(200, [1]) == Delivered(note="unreadable_not_an_object", quiet=True)
    assert reply(200, b'{"a": NaN}') == Delivered(note="unreadable_not_finite", quiet=True)


def test_a_status_nobody_knows_changes_nothing():
    assert reply(200, {"status": "paused"}) == Delivered(note="unknown_status", quiet=True)
    assert reply(200, {"status": 7}) == Delivered(note="unknown_status", quiet=True)


def test_a_completed_answer_carries_its_files():
    outcome = reply(
        200,
        {
            "status": "completed",
            "result": {
                "summary_md": "Done",
                "artifacts": [
                    {"artifact_id": "art_1"},
                    {"name": "a.md", "media_type": "text/markdown", "content": "ü"},
                    {"name": "b.bin", "content_base64": "AAE="},
                ],
            },
        },
    )
    assert isinstance(outcome, Result)
    assert outcome.artifacts == (
        Uploaded("art_1"),
        Inline("a.md", "text/markdown", "ü".encode()),
        Inline("b.bin", "application/octet-stream", b"\0\1"),
    )


def test_a_completed_answer_without_anything_is_an_empty_result():
    assert reply(200, {"status": "completed"}) == Result()


@pytest.mark.parametrize(
    ("artifacts", "code"),
    [
        ([{"name": "a", "content": "x" * 600_000}, {"name": "b", "content": "x" * 600_000}],
         "artifact_too_large"),
        ([{"name": "a", "content": "1"}, {"name": "a", "content": "2"}], "named_twice"),
        ([{"name": "../a", "content": "1"}], "bad_file_name"),
        ([{"name": "/etc/a", "content": "1"}], "bad_file_name"),
        ([{"name": "a\u202egpj.exe", "content": "1"}], "bad_file_name"),
        ([{"name": "a", "content_base64": "?"}], "not_base64"),
        ([{"name": "a"}], "content_or_content_base64"),
        ([{"name": "a", "content": "1", "media_type": "evil\r\n"}], "unsupported_media_type"),
        ("a.md", "not_a_list"),
        ([7], "not_an_object"),
    ],
)  # fmt: skip
def test_a_completed_answer_whose_files_are_wrong_is_unusable(artifacts, code):
    outcome = reply(200, {"status": "completed", "result": {"artifacts": artifacts}})
    assert isinstance(outcome, Unusable)
    assert outcome.code == code
    assert outcome.at.startswith("/result/artifacts")


def test_a_question_a_decline_and_a_failure_are_told_apart():
    question = reply(
        200, {"status": "input_required", "question": {"id": "q1", "message_md": "Which region?"}}
    )
    assert isinstance(question, Question)
    assert question.blocking
    assert reply(200, {"status": "rejected", "reason": "Not mine"}) == Declined("Not mine")
    assert reply(
        200, {"status": "failed", "error": {"code": "oom", "message": "m", "retryable": False}}
    ) == Failure("oom", "m", False)
    assert reply(200, {"status": "failed"}) == Failure("error", "", True)


def test_http_statuses_say_who_must_act():
    assert reply(409) == Delivered(note="already_known")
    assert reply(401) == SecretMismatch(401)
    assert reply(403) == SecretMismatch(403)
    assert reply(410) == Gone()
    assert reply(404) == Unacceptable("status", {"status": 404})
    assert reply(422) == Unacceptable("status", {"status": 422})
    assert reply(500) == TryAgain("status", {"status": 500})


def test_a_busy_agent_names_its_own_pause():
    for status in (429, 502, 503, 504):
        assert reply(status, **{"retry-after": "30"}) == TryAgain(
            "throttled", {"status": status}, 30.0
        )
    assert reply(429) == TryAgain("throttled", {"status": 429}, None)


def test_no_answer_is_tried_again_unless_the_address_is_at_fault():
    assert read_refusal(EgressRefused("deadline", {"seconds": 25})) == TryAgain(
        "deadline", {"seconds": 25}
    )
    assert read_refusal(EgressRefused("redirect", {"status": 302})) == TryAgain(
        "redirect", {"status": 302}
    )
    assert read_refusal(EgressRefused("private_address")) == Unacceptable("private_address", {})
