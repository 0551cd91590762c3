"""Personal tokens: who they are, what they open, and for how long."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.api.conftest import Api, refused
from tests.cast import AT, a_card, a_run, a_token, an_agent
from workspace.actors import By
from workspace.commands.people import remove_member, revoke_token
from workspace.keys import hashed, lease_token, run_token
from workspace.models import ApiToken, Person, Room, WorkspaceMember
from workspace.policy import SCOPES


def test_a_call_without_a_token_is_told_how_to_bring_one(db: None) -> None:
    answer = Api("").call("GET", "/rooms", Authorization="")
    refused(answer, 401, "no_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer mst_wrong", "Basic bXN0Og==", "mst_x", "Bearer mst_\xe9"],
)
def test_a_token_nobody_made_opens_nothing(api: Api, header: str) -> None:
    refused(api.call("GET", "/rooms", Authorization=header), 401, "bad_token")


def test_a_signed_in_browser_is_no_token(owner: Person, room: Room) -> None:
    client = Client()
    client.force_login(owner)
    assert client.get("/api/v1/rooms").status_code == 401


def test_a_revoked_token_opens_nothing(owner: Person) -> None:
    token = a_token(owner)
    assert Api(token).get("/rooms").status_code == 200
    row = ApiToken.objects.get(token_sha256=hashed(token))
    revoke_token(token_id=row.id, by=By(owner.id), at=AT)
    refused(Api(token).get("/rooms"), 401, "bad_token")


def test_the_token_of_someone_who_left_opens_nothing(api: Api, owner: Person) -> None:
    WorkspaceMember.objects.filter(person=owner).delete()
    refused(api.get("/rooms"), 401, "bad_token")


def test_someone_removed_from_a_room_does_not_find_it(room: Room, reviewer: Person) -> None:
    api = Api(a_token(reviewer))
    assert api.get(f"/rooms/{room.id}").status_code == 200
    owner = room.members.get(role="owner").person_id
    remove_member(room_id=room.id, person_id=reviewer.id, by=By(owner), at=AT)
    refused(api.get(f"/rooms/{room.id}"), 404, "not_found")


def test_the_tokens_of_a_run_open_nothing_here(room: Room) -> None:
    run = a_run(a_card(room), an_agent(room))
    for token in (run_token(run.id, run.fence), lease_token(run.id, run.fence)):
        refused(Api(token).get("/rooms"), 401, "bad_token")


def test_a_token_is_kept_hashed_and_its_use_noted_once_a_minute(owner: Person) -> None:
    token = a_token(owner)
    row = ApiToken.objects.get(token_sha256=hashed(token))
    assert token not in str(ApiToken.objects.values().get())
    Api(token).get("/rooms")
    row.refresh_from_db()
    first = row.last_used_at
    Api(token).get("/rooms")
    row.refresh_from_db()
    assert first is not None and row.last_used_at == first


@pytest.mark.parametrize("scope, method, path", [
    ("read", "POST", "/rooms"), ("read", "POST", "/rooms/{}/cards"), ("read", "POST", "/agents"),
    ("write", "POST", "/agents"), ("agents", "GET", "/rooms"), ("agents", "POST", "/rooms"),
    ("review", "GET", "/rooms/{}"), ("review:accept", "GET", "/rooms/{}/events"),
    ("write", "GET", "/rooms/{}/export"),
])  # fmt: skip
def test_a_scope_opens_only_what_it_covers(
    owner: Person, room: Room, scope: str, method: str, path: str
) -> None:
    body = {"name": "x", "goal": "y", "title": "z"} if method == "POST" else None
    answer = Api(a_token(owner, scope)).call(method, path.format(room.id), body)
    refused(answer, 403, "not_allowed")


def test_the_console_prints_a_token_with_every_scope(owner: Person, room: Room) -> None:
    out = StringIO()
    call_command("api_token", stdout=out)
    token = out.getvalue().strip()
    assert token.startswith("mst_")
    assert Api(token).get("/rooms").body["items"][0]["id"] == room.id
    assert ApiToken.objects.get(token_sha256=hashed(token)).scopes == sorted(SCOPES)


def test_the_console_prints_a_token_for_one_person_and_some_scopes(reviewer: Person) -> None:
    Person.objects.filter(id=reviewer.id).update(email="reviewer@muster.example")
    out = StringIO()
    call_command("api_token", email="Reviewer@muster.example", scopes="read", stdout=out)
    row = ApiToken.objects.get(token_sha256=hashed(out.getvalue().strip()))
    assert (row.person_id, row.scopes) == (reviewer.id, ["read"])


def test_the_console_names_what_it_cannot_do(db: None) -> None:
    with pytest.raises(CommandError, match="no such person"):
        call_command("api_token")


def test_the_console_refuses_an_unknown_scope(owner: Person) -> None:
    with pytest.raises(CommandError, match="no scope everything"):
        call_command("api_token", scopes="everything")
