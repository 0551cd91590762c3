"""Tasks and messages in every spelling that was met, and what is made of them."""

from __future__ import annotations

import pytest

from agents.doors.a2a.heard import heard
from agents.doors.a2a.loose import Loose
from agents.doors.a2a.parts import Data, File, Text, read_parts, write_part
from agents.doors.a2a.results import result_of
from agents.doors.a2a.tasks import read_snapshot, read_state
from agents.doors.fields import Malformed
from workspace.reports import Accepted, Failure, PermissionWanted, Progress, Question

ON_IT = {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "On it"}], "extra": 1}
NEW = {"task": {"id": "t", "contextId": "c", "extra": 1, "status": {
    "state": "TASK_STATE_WORKING", "timestamp": "2026-11-23T21:22:04.216501",
    "message": ON_IT}}}  # fmt: skip
OLD = {"kind": "task", "id": "t", "contextId": "c", "status": {
    "state": "working", "message": {"kind": "message", "messageId": "m", "role": "agent",
                                    "parts": [{"kind": "text", "text": "On it"}]}}}  # fmt: skip
OLD_REST = {"task": {"id": "t", "contextId": "c", "status": {
    "state": "TASK_STATE_WORKING", "message": {"messageId": "m", "role": "ROLE_AGENT",
                                               "content": [{"text": "On it"}]}}}}  # fmt: skip
BARE = {"id": "t", "context_id": "c", "status": {
    "state": "WORKING", "update": {"message_id": "m", "parts": [{"text": "On it"}]}}}  # fmt: skip


@pytest.mark.parametrize("result", [NEW, OLD, OLD_REST, BARE])
def test_a_task_is_read_in_every_dialect(result):
    found = read_snapshot(result)
    assert found is not None
    assert (found.task, found.context, found.state) == ("t", "c", "working")
    assert found.message is not None
    assert (found.message.ref, found.message.text) == ("m", "On it")


@pytest.mark.parametrize(
    "result",
    [
        {"message": {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": "Hi"}]}},
        {"kind": "message", "messageId": "m", "role": "agent",
         "parts": [{"kind": "text", "text": "Hi"}]},
        {"message": {"messageId": "m", "role": "ROLE_AGENT", "content": [{"text": "Hi"}]}},
        {"role": "agent", "parts": [{"text": "Hi"}]},
    ],
)  # fmt: skip
def test_a_bare_message_is_a_task_that_is_over(result):
    found = read_snapshot(result)
    assert found is not None
    assert (found.task, found.state) == ("", "completed")
    (file,) = result_of(found, {}).artifacts
    assert (file.name, file.media_type, file.content) == ("answer.md", "text/markdown", b"Hi")


@pytest.mark.parametrize("result", [None, 5, "x", [], {}, {"task": {}}, {"id": "t"},
                                    {"status": {"state": "working"}}])  # fmt: skip
def test_what_holds_neither_is_neither(result):
    assert read_snapshot(result) is None


@pytest.mark.parametrize(
    ("text", "state"),
    [("TASK_STATE_INPUT_REQUIRED", "input-required"), ("input_required", "input-required"),
     ("Input-Required", "input-required"), ("TASK_STATE_CANCELLED", "canceled"),
     ("canceled", "canceled"), ("", "unknown"), ("TASK_STATE_PONDERING", "pondering")],
)  # fmt: skip
def test_a_state_is_read_in_every_spelling(text, state):
    assert read_state(text) == state


@pytest.mark.parametrize("dialect", ["1.0", "0.3", "0.3 REST"])
@pytest.mark.parametrize(
    "part", [Text("x"), Data({"a": [1, 2]}), File("a.png", "image/png", b"\x89PNG"),
             File("a.png", "image/png", None, "https://a.example/a.png")],
)  # fmt: skip
def test_a_part_that_is_written_reads_the_same(part, dialect):
    (back,) = read_parts(Loose({"parts": [write_part(part, dialect)]}))
    if dialect == "0.3 REST" and isinstance(part, File):
        assert isinstance(back, File)  # there a file has no name
        assert (back.content, back.url, back.media_type) == (part.content, part.url, "image/png")
    else:
        assert back == part


def test_whole_numbers_stay_whole_that_were_doubles_on_the_way():
    (part,) = read_parts(Loose({"parts": [{"data": {"n": 4326.0, "x": 0.5, "deep": [1.0]}}]}))
    assert part == Data({"n": 4326, "x": 0.5, "deep": [1]})


@pytest.mark.parametrize(
    "part", [{"file": {"bytes": "!!"}}, {"raw": "***"}, {"kind": "file"}, {"kind": "video"}, {}],
)  # fmt: skip
def test_a_part_that_cannot_be_read_is_left_out(part):
    assert read_parts(Loose({"parts": [part, {"text": "x"}]})) == (Text("x"),)


def done(*artifacts, said=None):
    status = {"state": "completed", **({"message": said} if said else {})}
    return read_snapshot({"id": "t", "status": status, "artifacts": list(artifacts)})


def names(snapshot, **fetched):
    return {file.name: file.media_type for file in result_of(snapshot, fetched).artifacts}


def test_artifacts_become_files_with_names_that_show_what_they_are():
    found = done(
        {"name": "Report", "parts": [{"text": "One "}, {"text": "two"}]},
        {"name": "Report", "parts": [{"text": "again"}]},
        {"name": "rows", "parts": [{"data": {"a": 1}}]},
        {"parts": [{"raw": "iVBORw0KGgo=", "mediaType": "image/png"}]},
        {"name": "../../etc/passwd", "parts": [{"text": "x", "mediaType": "text/plain"}]},
        {"name": "lie.png", "parts": [{"raw": "PGh0bWw+", "mediaType": "image/png"}]},
    )
    assert names(found) == {
        "Report.md": "text/markdown", "Report-2.md": "text/markdown",
        "rows.json": "application/json", "file.png": "image/png", "etc/passwd.txt": "text/plain",
        "lie.png": "application/octet-stream",
    }  # fmt: skip
    assert result_of(found, {}).artifacts[0].content == b"One two"


def test_claims_and_their_sources_come_along_and_are_no_file():
    ours = {"kind": "result", "summary_md": "Ten.",
            "claims": [{"id": "c", "subject": "timeout", "value": 10.0, "unit": "s"}],
            "sources": [{"url": "https://a.example", "supports": ["c"]}]}  # fmt: skip
    found = done({"name": "a.md", "parts": [{"text": "x"}, {"data": ours}]}, said={
        "messageId": "m", "parts": [{"text": "Finished."}]})  # fmt: skip
    result = result_of(found, {})
    assert [claim.value for claim in result.claims] == [10]
    assert result.sources[0].supports == ("c",)
    assert result.summary_md == "Ten."
    assert names(found) == {"a.md": "text/markdown"}


def test_the_last_message_is_the_summary_of_what_came_as_artifacts():
    found = done({"name": "a.md", "parts": [{"text": "x"}]},
                 said={"messageId": "m", "parts": [{"text": "Finished."}]})  # fmt: skip
    assert result_of(found, {}).summary_md == "Finished."


def test_data_that_is_somebody_elses_stays_a_file():
    found = done({"name": "result", "parts": [{"data": {"result": 5, "title": "claims"}}]})
    assert names(found) == {"result.json": "application/json"}


def asked(state, *parts, **facts):
    status = {"state": state, "message": {"messageId": "m", "parts": list(parts)}}
    found = read_snapshot({"id": "t", "status": status, **facts})
    told = heard(found, {}, own_url="https://agent.example/", fetched={})
    return [event.said for event in told.events]


def test_a_question_is_the_agents_text():
    said = asked("input-required", {"text": "Which region?"})
    assert said == [Accepted(), Question("m", "Which region?")]


def test_a_form_of_somebody_elses_is_shown_as_far_as_it_can_be():
    form = {"type": "object", "properties": {"when": {"type": "string", "format": "date"}}}
    (_, question) = asked("input-required", {"text": "When?"}, {"data": {"schema": form}})
    assert list(question.schema["properties"]) == ["when"]
    nested = {"type": "object", "properties": {"a": {"type": "object"}}}
    (_, question) = asked("input-required", {"text": "?"}, {"data": {"schema": nested}})
    assert question.schema is None


def test_leave_is_asked_for_the_exact_action():
    wanted = {"kind": "permission", "action": {"argv": ["rm", "-rf", "build"]}}
    (_, leave) = asked("input-required", {"text": "May I?"}, {"data": wanted})
    assert isinstance(leave, PermissionWanted)
    assert (leave.kind, leave.title, leave.action) == ("execute", "May I?", wanted["action"])


@pytest.mark.parametrize(
    ("part", "url"),
    [
        ({"text": "Go to https://login.example/x?y=1, please."}, "https://login.example/x?y=1"),
        ({"data": {"auth_url": "https://login.example/d"}}, "https://login.example/d"),
        ({"data": {"url": "javascript:alert(1)"}}, "https://agent.example/"),
        ({"text": "Sign in."}, "https://agent.example/"),
    ],
)
def test_where_a_person_signs_in_is_shown_and_no_form(part, url):
    (_, question) = asked("auth-required", part)
    assert (question.url, question.schema) == (url, None)


def test_steps_along_the_way_are_told_once_each():
    history = [
        {"messageId": "u", "role": "user", "parts": [{"text": "do it"}]},
        {"messageId": "a", "role": "agent", "parts": [{"text": "Read\nthe files"}]},
        {"messageId": "b", "role": "agent",
         "parts": [{"data": {"kind": "progress", "percent": 50.0, "step": "Half"}}]},
    ]  # fmt: skip
    found = read_snapshot({"id": "t", "status": {"state": "working"}, "history": history})
    told = heard(found, {}, own_url="", fetched={})
    assert [event.said for event in told.events[1:]] == [
        Progress(step="Read", note_md="Read\nthe files"), Progress(percent=50, step="Half"),
    ]  # fmt: skip
    assert not heard(found, {"seen": told.seen}, own_url="", fetched={}).events


def test_a_failure_without_words_still_says_something():
    found = read_snapshot({"id": "t", "status": {"state": "failed"}})
    (_, failure) = (e.said for e in heard(found, {}, own_url="", fetched={}).events)
    assert failure == Failure("error", "failed")


def test_a_result_of_ours_that_is_none_names_the_place():
    with pytest.raises(Malformed) as wrong:
        result_of(done({"parts": [{"data": {"kind": "result", "claims": 5}}]}), {})
    assert wrong.value.at == "/data/claims"
