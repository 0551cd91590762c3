"""What agents send, read at the wall."""

from datetime import UTC, datetime

import pytest

from agents.doors.callbacks import read_beat, read_checkpoint, read_events, read_sources
from agents.doors.fields import Malformed
from workspace.reports import (
    Accepted,
    Activity,
    Beat,
    ClaimMade,
    PermissionWanted,
    Progress,
    Question,
    Result,
    Stopped,
)


def event(kind, id="e1", data=None, **more):
    return {"id": id, "type": kind, "data": {} if data is None else data, **more}


def read_one(kind, data):
    (found,) = read_events({"events": [event(kind, data=data)]})
    return found.said


def refusal(call, *args):
    with pytest.raises(Malformed) as malformed:
        call(*args)
    return malformed.value.at, malformed.value.code


def test_events_come_in_the_order_of_their_numbers():
    batch = [
        event("run.progress", "c"),
        event("run.progress", "b", seq=9),
        event("run.accepted", "a", seq=2),
    ]
    assert [each.id for each in read_events({"events": batch})] == ["a", "b", "c"]


def test_events_of_every_kind_are_typed():
    assert read_one("run.accepted", {}) == Accepted()
    assert read_one("run.progress", {"percent": 40, "note_md": "Half"}) == Progress(
        40, "", "Half", False
    )
    assert read_one("run.activity", {"kind": "action", "title": "pytest"}) == Activity(
        "action", "pytest", "", "", "ok"
    )
    assert read_one("run.cancelled", {}) == Stopped()
    claims = [{"id": "c1", "subject": "client.timeout.default", "value": 10, "unit": "s"}]
    assert read_one("run.completed", {"result": {"summary_md": "s", "claims": claims}}) == Result(
        "s", (), (ClaimMade("c1", "client.timeout.default", 10, "s", ""),), ()
    )


def test_a_time_with_a_zone_is_kept_in_utc():
    (found,) = read_events({"events": [event("run.accepted", at="2026-11-24T01:00:00+02:00")]})
    assert found.at == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "at", "code"),
    [
        (None, "", "not_an_object"),
        ([], "", "not_an_object"),
        ({}, "/events", "missing"),
        ({"events": []}, "/events", "missing"),
        ({"events": "x"}, "/events", "not_a_list"),
        ({"events": [1]}, "/events/0", "not_an_object"),
        ({"events": [event("run.progress")] * 101}, "/events", "too_many"),
        ({"events": [event("run.exploded")]}, "/events/0/type", "unknown_value"),
        ({"events": [{"type": "run.accepted"}]}, "/events/0/id", "missing"),
        ({"events": [event("run.accepted", 7)]}, "/events/0/id", "not_text"),
        ({"events": [event("run.accepted", " ")]}, "/events/0/id", "empty"),
        ({"events": [event("run.accepted", "x" * 129)]}, "/events/0/id", "too_long"),
        ({"events": [event("run.accepted", seq=True)]}, "/events/0/seq", "not_an_integer"),
        ({"events": [event("run.accepted", seq=-1)]}, "/events/0/seq", "out_of_range"),
        ({"events": [event("run.accepted", at="now")]}, "/events/0/at", "not_a_time"),
        (
            {"events": [event("run.accepted", at="0001-01-01T00:00:00+23:00")]},
            "/events/0/at",
            "not_a_time",
        ),
        (
            {"events": [event("run.accepted", at="2026-01-01T00:00:00")]},
            "/events/0/at",
            "time_without_zone",
        ),
        ({"events": [event("run.progress", data=[])]}, "/events/0/data", "not_an_object"),
        (
            {"events": [event("run.progress", data={"percent": 101})]},
            "/events/0/data/percent",
            "out_of_range",
        ),
        (
            {"events": [event("run.progress", data={"percent": "40"})]},
            "/events/0/data/percent",
            "not_a_number",
        ),
        (
            {"events": [event("run.activity", data={"kind": "dream", "title": "x"})]},
            "/events/0/data/kind",
            "unknown_value",
        ),
        (
            {"events": [event("run.accepted", data={"external_url": "javascript:alert(1)"})]},
            "/events/0/data/external_url",
            "not_a_link",
        ),
    ],
)
def test_a_batch_of_the_wrong_shape_names_what_is_wrong(body, at, code):
    assert refusal(read_events, body) == (at, code)


def test_claims_with_one_id_twice_are_refused():
    claims = [{"id": "c1", "subject": "a", "value": 1}] * 2
    assert refusal(read_one, "run.completed", {"claims": claims})[1] == "named_twice"


def test_sources_need_a_place_and_an_honest_link():
    assert refusal(read_sources, {"sources": [{"title": "x"}]})[1] == "source_without_place"
    assert refusal(read_sources, {"sources": [{"url": "file:///etc/passwd"}]})[1] == "not_a_link"
    assert refusal(read_sources, {"sources": [{"file": "a", "sha256": "zz"}]})[1] == "not_a_sha256"
    (source,) = read_sources(
        {"sources": [{"file": "client.py", "lines": "88", "supports": ["c1"]}]}
    )
    assert source.place == {"file": "client.py", "lines": "88"}
    assert source.supports == ("c1",)


def test_a_question_keeps_its_flat_form():
    form = {
        "type": "object",
        "properties": {
            "region": {"type": "string", "enum": ["EU", "US"], "x": "dropped"},
            "mail": {"type": "string", "format": "email"},
            "n": {"type": "integer", "minimum": 1},
            "parts": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
        },
        "required": ["region"],
    }
    asked = read_one("question.asked", {"id": "q", "message_md": "Which?", "schema": form})
    assert isinstance(asked, Question)
    assert asked.schema["properties"]["region"] == {"type": "string", "enum": ["EU", "US"]}
    assert asked.schema["required"] == ["region"]


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({}, "missing"),
        ({"type": "array"}, "unknown_value"),
        ({"type": "object", "properties": {}}, "empty"),
        ({"type": "object", "properties": {"a": {"type": "object"}}}, "unknown_value"),
        ({"type": "object", "properties": {"a": {"type": "string", "enum": []}}}, "empty"),
        (
            {"type": "object", "properties": {"a": {"type": "string", "format": "html"}}},
            "unknown_value",
        ),
        ({"type": "object", "properties": {"password": {"type": "string"}}}, "secret_in_form"),
        (
            {"type": "object", "properties": {"a": {"type": "string", "title": "Your API key"}}},
            "secret_in_form",
        ),
        ({"type": "object", "properties": {"a b": {"type": "string"}}}, "bad_name"),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]},
            "unknown_value",
        ),
        (
            {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(21)}},
            "too_many",
        ),
    ],
)
def test_a_form_beyond_the_flat_subset_is_refused(schema, code):
    data = {"id": "q", "message_md": "?", "schema": schema}
    assert refusal(read_one, "question.asked", data)[1] == code


def permission(**changes):
    return {
        "id": "p1",
        "title": "Run a command",
        "kind": "execute",
        "action": {"command": "rm -rf build", "argv": ["rm", "-rf", "build"]},
        **changes,
    }


def test_a_permission_keeps_its_action_whole():
    wanted = read_one("permission.requested", permission())
    assert isinstance(wanted, PermissionWanted)
    assert wanted.action == permission()["action"]
    assert wanted.options == ("allow_once", "reject_once")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"action": {}}, "empty_action"),
        ({"action": {"command": "  ", "argv": [""]}}, "empty_action"),
        ({"action": {"command": "ls", "hidden": "curl"}}, "unknown_field"),
        ({"action": "ls"}, "not_an_object"),
        ({"kind": "teleport"}, "unknown_value"),
        ({"risk": "none"}, "unknown_value"),
        ({"options": ["allow_forever"]}, "unknown_value"),
        ({"title": None}, "missing"),
    ],
)
def test_a_permission_nobody_could_judge_is_refused(changes, code):
    assert refusal(read_one, "permission.requested", permission(**changes))[1] == code


def test_heartbeats_and_checkpoints_are_small_and_typed():
    assert read_beat({"percent": 40.5, "after": 3}) == (Beat(40.5, ""), 3)
    assert read_beat({}) == (Beat(None, ""), None)
    assert refusal(read_beat, {"percent": True}) == ("/percent", "not_a_number")
    assert read_checkpoint({"note_md": "n", "artifact_ids": ["art_1"]}).artifact_ids == ("art_1",)
    assert refusal(read_checkpoint, {"artifact_ids": [1]}) == ("/artifact_ids/0", "not_text")


def test_what_a_run_cost_is_an_amount_or_nothing():
    def told(usd):
        return {"events": [event("run.completed", data={"result": {"cost_usd": usd}})]}

    (found,) = read_events(told(0.25))
    assert found.said.cost_usd == 0.25
    for wrong in (-0.01, 100_001, "much", True):
        assert refusal(read_events, told(wrong))[0].endswith("/cost_usd")
