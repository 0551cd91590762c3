"""Bad input gets a clear answer, never a 500, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.conftest import Api, parsed, refused
from tests.cast import AT
from workspace.api.wall import read_json
from workspace.errors import Refused
from workspace.models import Card, Event, Person, Room

GOOD = {"name": "Release", "goal": "Ship it."}
UNREADABLE = {
    "no JSON": b"{name: Release}",
    "half of it": b'{"name": "Release"',
    "nothing but a comma": b",",
    "bytes that are no text": b'{"name": "\xff\xfe"}',
    "NaN": b'{"name": "x", "goal": "y", "extra": NaN}',
    "Infinity": b'{"name": "x", "goal": "y", "extra": -Infinity}',
    "a float beyond floats": b'{"name": "x", "goal": "y", "extra": 1e999}',
    "an integer beyond 64 bits": b'{"name": "x", "goal": "y", "extra": 99999999999999999999}',
    "half a surrogate pair": b'{"name": "\\ud800", "goal": "y"}',
    "a NUL": b'{"name": "\\u0000", "goal": "y"}',
    "a NUL in a key": b'{"na\\u0000me": "x", "goal": "y"}',
    "the same key twice": b'{"name": "x", "name": "y", "goal": "z"}',
    "33 levels": b'{"name": ' + b"[" * 33 + b"]" * 33 + b"}",
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
    "10,001 values": json.dumps({"extra": list(range(10_001))}).encode(),
}
MISFITS: dict[str, tuple[Any, str]] = {
    "nothing": (b"", "body"),
    "null": (None, "body"),
    "a list": ([], "body"),
    "a text": ("Release", "body"),
    "a number": (7, "body"),
    "no goal": ({"name": "x"}, "goal"),
    "a number for a name": ({"name": 7, "goal": "y"}, "name"),
    "a list for a name": ({"name": ["x"], "goal": "y"}, "name"),
    "an object for a goal": ({"name": "x", "goal": {}}, "goal"),
    "an unknown mode": ({**GOOD, "mode": "wild"}, "mode"),
    "a name of 1,000 characters": ({**GOOD, "name": "x" * 1000}, "name"),
}


@pytest.fixture(autouse=True)
def nothing_happens(api: Api, room: Room) -> Any:
    before = Event.objects.count()
    yield
    assert Event.objects.count() == before


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
def test_json_that_cannot_be_kept_is_refused(api: Api, raw: bytes) -> None:
    refused(api.post("/rooms", raw), 400, "not_json")


@pytest.mark.parametrize("body, field", MISFITS.values(), ids=MISFITS)
def test_a_wrong_field_is_named(api: Api, body: Any, field: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    problem = refused(api.post("/rooms", raw), 422, "invalid_body")
    assert problem["errors"][0]["field"] == field
    assert problem["errors"][0]["detail"]


@pytest.mark.parametrize("body, code", [
    ({"name": " ", "goal": "y"}, "missing"),
    ({"name": "x", "goal": "\n"}, "missing"),
    ({"name": "x" * 400, "goal": "y"}, "too_long"),
    ({"name": "x", "goal": "y" * 20_001}, "too_long"),
])  # fmt: skip
def test_what_a_command_refuses_is_told_with_its_parameters(
    api: Api, body: dict[str, str], code: str
) -> None:
    problem = refused(api.post("/rooms", body), 422, code)
    assert problem["field"] in problem["detail"]


@pytest.mark.parametrize("body, field", [
    ({"title": "x", "criteria": "one"}, "criteria"),
    ({"title": "x", "criteria": [1]}, "criteria.0"),
    ({"title": "x", "criteria": ["c"] * 51}, "criteria"),
    ({"title": "x", "skills": {"a": 1}}, "skills"),
    ({"title": "x", "depends_on": [{}]}, "depends_on.0"),
    ({"title": "x", "priority": 2**40}, "priority"),
    ({"title": "x", "priority": 1.5}, "priority"),
    ({"title": None}, "title"),
])  # fmt: skip
def test_a_wrong_field_of_a_card_is_named(
    api: Api, room: Room, body: dict[str, Any], field: str
) -> None:
    problem = refused(api.post(f"/rooms/{room.id}/cards", body), 422, "invalid_body")
    assert problem["errors"][0]["field"] == field


def test_an_unknown_kind_is_refused(api: Api, room: Room) -> None:
    refused(
        api.post(f"/rooms/{room.id}/cards", {"title": "x", "kind": "song"}), 422, "unknown_kind"
    )


@pytest.mark.parametrize("changes, code", [
    ({"policy": {"accepts_needed": "many"}}, "invalid_body"),
    ({"policy": {"accepts_needed": 0}}, "invalid_body"),
    ({"policy": []}, "invalid_body"),
    ({"timings": {"lease": "long"}}, "invalid_body"),
    ({"timings": {"lease": 0}}, "not_a_duration"),
    ({"timings": {"but": 3}}, "unknown_timing"),
    ({"timings": {"naps": 3}}, "unknown_timing"),
    ({"mode": 1}, "invalid_body"),
])  # fmt: skip
def test_a_room_takes_only_settings_it_has(
    api: Api, room: Room, changes: dict[str, Any], code: str
) -> None:
    refused(api.patch(f"/rooms/{room.id}", changes), 422, code)


def test_a_body_that_announces_too_much_is_refused_unread(api: Api) -> None:
    raw = json.dumps({**GOOD, "rules": "x" * 1_100_000}).encode()
    problem = refused(api.post("/rooms", raw), 413, "body_too_large")
    assert problem["most"] == 1024 * 1024


def test_a_body_that_hides_its_size_is_refused_once_read() -> None:
    with pytest.raises(Refused) as refusal:
        read_json(b'"' + b"x" * 1024 * 1024 + b'"')
    assert (refusal.value.code, refusal.value.status) == ("body_too_large", 413)


def test_a_broken_form_is_refused(api: Api, room: Room) -> None:
    card = a_card_without_event(room)
    for raw, kind in (
        (b"--x\r\nrubbish", "multipart/form-data"),
        (
            b"--x\r\nContent-Disposition: form-data\r\n\r\n",
            "multipart/form-data; boundary=" + "y" * 300,
        ),
        (b"--x--", "multipart/form-data; boundary=x"),
    ):
        answer = api.client.generic(
            "POST", f"/api/v1/cards/{card}/submit", raw, content_type=kind,
            headers={"Authorization": f"Bearer {api.token}"},
        )  # fmt: skip
        problem = parsed(answer)
        assert problem.status_code in (400, 422), problem.content
        assert problem.headers["Content-Type"] == "application/problem+json"


def a_card_without_event(room: Room) -> str:
    return Card.objects.create(
        workspace_id=room.workspace_id, room=room, number=99, title="A card", created_at=AT,
        moved_at=AT,
    ).id  # fmt: skip


def test_a_form_whose_claims_are_no_json_is_refused(api: Api, room: Room) -> None:
    card = a_card_without_event(room)
    for claims in ("[NaN]", "{", '"x"', '[{"id": 1}]'):
        sent = {"files": SimpleUploadedFile("a.md", b"x"), "claims": claims}
        problem = api.upload(f"/cards/{card}/submit", sent)
        assert problem.status_code in (400, 422), problem.content


@pytest.mark.parametrize("path", [
    "/", "/nothing", "/rooms/", "/rooms/1", "/rooms/room_%00", "/rooms/../tokens",
    "/cards/card_0/fly", "/rooms/room_0/cards/", "/docs",
])  # fmt: skip
def test_an_unknown_address_is_a_problem_not_a_page(api: Api, path: str) -> None:
    refused(api.get(path), 404, "not_found")


@pytest.mark.parametrize("path", [
    "/rooms/room_0", "/cards/card_0", "/deliverables/dlv_0", "/rooms/room_0/events",
    "/rooms/evt_0", "/deliverables/dlv_0/files/fil_0",
])  # fmt: skip
def test_an_unknown_id_is_not_found(api: Api, path: str) -> None:
    refused(api.get(path), 404, "not_found")


@pytest.mark.parametrize("method, path, allowed", [
    ("DELETE", "/rooms", "GET, POST"), ("PUT", "/cards/card_0", "GET, PATCH"),
    ("GET", "/cards/card_0/take", "POST"), ("POST", "/reviews", "GET"),
])  # fmt: skip
def test_a_method_that_is_not_answered_names_those_that_are(
    api: Api, method: str, path: str, allowed: str
) -> None:
    answer = api.call(method, path)
    refused(answer, 405, "method_not_allowed")
    assert sorted(answer.headers["Allow"].split(", ")) == allowed.split(", ")


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=99999999999999999999", "limit=501"]
)
def test_events_begin_at_a_number(api: Api, room: Room, query: str) -> None:
    refused(api.get(f"/rooms/{room.id}/events?{query}"), 422, "invalid_body")


def test_a_query_with_a_nul_is_refused(api: Api) -> None:
    refused(api.get("/reviews?room_id=room_%00"), 400, "not_readable")


def test_a_failure_of_ours_is_told_without_its_insides(
    api: Api, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a detail of ours")

    monkeypatch.setattr("workspace.api.rooms.rooms_of", broken)
    answer = api.get("/rooms")
    refused(answer, 500, "internal")
    assert "a detail of ours" not in answer.content.decode()


def test_the_csrf_of_pages_is_not_asked_of_programs(api: Api) -> None:
    strict = Api(api.token, Client(enforce_csrf_checks=True))
    refused(strict.post("/rooms", {}), 422, "invalid_body")
