"""Scorecards of pilots over the people's API."""

from __future__ import annotations

from datetime import timedelta

from agents.pilot.referee import score
from tests.api.conftest import Api, refused
from tests.cast import AT, a_token
from workspace.actors import SYSTEM
from workspace.commands.pilots import keep_pilot
from workspace.models import Person, Pilot, Room

CARD = score([], about={"commit": "abc123"}).data()


def keep(room: Room, n: int = 0) -> Pilot:
    return keep_pilot(
        workspace_id=room.workspace_id, commit=f"abc12{n}", facts=CARD, by=SYSTEM,
        at=AT + timedelta(hours=n),
    )  # fmt: skip


def test_pilots_are_listed_newest_first_and_read_in_full(api: Api, room: Room) -> None:
    made = [keep(room, n) for n in range(3)]
    listed = api.get("/pilots").body
    assert {one["id"] for one in listed["items"]} == {one.id for one in made}
    assert "facts" not in listed["items"][0]
    whole = api.get(f"/pilots/{made[0].id}").body
    assert whole["facts"] == CARD and whole["passed"] is True and whole["who"] == "system"
    first = api.get("/pilots?limit=2").body
    rest = api.get(f"/pilots?limit=2&cursor={first['next']}").body
    assert len(first["items"]) == 2 and len(rest["items"]) == 1 and rest["next"] is None


def test_a_pilot_of_another_workspace_is_not_there(api: Api, room: Room, stranger: Person) -> None:
    made = keep(room)
    elsewhere = Api(a_token(stranger))
    assert elsewhere.get("/pilots").body["items"] == []
    refused(elsewhere.get(f"/pilots/{made.id}"), 404, "not_found")
    refused(api.get("/pilots/plt_none"), 404, "not_found")


def test_reading_pilots_needs_the_scope_to_read(room: Room, owner: Person) -> None:
    made = keep(room)
    writer = Api(a_token(owner, "write"))
    refused(writer.get("/pilots"), 403, "not_allowed")
    refused(writer.get(f"/pilots/{made.id}"), 403, "not_allowed")
    assert Api(a_token(owner, "read")).get(f"/pilots/{made.id}").status_code == 200
