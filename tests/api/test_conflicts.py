"""Conflicts and doubts for programs: both sides with their sources, and how people settle them."""

from __future__ import annotations

import pytest

from tests import cast
from tests.api.conftest import Api, refused
from tests.cast import AT
from tests.commands.coordinating import RULE, SUBJECT, a_version, disagree, two_sides
from workspace.commands.doubts import doubt_claims
from workspace.models import Claim, Conflict, Person, Room
from workspace.reports import ClaimMade, SourceNamed

WHY = {"code": "unit_missing", "params": {"a": "10", "b": "30 s"}}


def in_doubt(room: Room, *claims: Claim) -> Conflict:
    ids = [claim.id for claim in claims]
    return doubt_claims(room_id=room.id, key=SUBJECT, claim_ids=ids, reason=WHY, by=RULE, at=AT)


def test_each_claim_comes_with_what_it_rests_on(api: Api, room: Room) -> None:
    run = cast.a_run(cast.a_card(room), cast.an_agent(room, "Reader"))
    sources = (
        SourceNamed({"file": "docs.md", "lines": "16"}, ("c1",)),
        SourceNamed({"url": "https://a.example/"}, ("c2",)),
    )
    claims = (ClaimMade("c1", SUBJECT, 30, "s"), ClaimMade("c2", "other", 1))
    cast.says(run, cast.a_result("facts", claims=claims, sources=sources))
    one = run.deliverables.get().claims.get(ref="c1")
    other = a_version(cast.a_card(room), cast.an_agent(room, "Tracer"), 10).claims.get()
    disagree(room, one, other)
    (found,) = api.get(f"/rooms/{room.id}/conflicts").body["items"]
    assert [[said["place"] for said in claim["sources"]] for claim in found["claims"]] == [
        [{"file": "docs.md", "lines": "16"}], [],
    ]  # fmt: skip
    assert found["claims"][0]["sources"][0]["state"] == "unchecked"


def test_what_is_in_doubt_is_listed_and_confirmed(api: Api, room: Room) -> None:
    doubt = in_doubt(room, *two_sides(room))
    (found,) = api.get(f"/rooms/{room.id}/conflicts?status=doubted").body["items"]
    assert (found["id"], found["blocks"], found["reason"]) == (doubt.id, [], WHY)
    answer = api.post(f"/conflicts/{doubt.id}/confirm")
    assert (answer.status_code, answer.body["status"]) == (200, "open")
    assert api.get(f"/rooms/{room.id}/conflicts?status=doubted").body["items"] == []


def test_what_is_in_doubt_is_set_aside_once(api: Api, room: Room) -> None:
    doubt = in_doubt(room, *two_sides(room))
    assert api.post(f"/conflicts/{doubt.id}/set_aside").body["status"] == "set_aside"
    refused(api.post(f"/conflicts/{doubt.id}/confirm"), 409, "illegal_move")


@pytest.mark.parametrize("way", ["confirm", "set_aside"])
def test_who_may_not_judge_settles_nothing(room: Room, stranger: Person, way: str) -> None:
    doubt = in_doubt(room, *two_sides(room))
    worker = Api(cast.a_token(cast.a_member(room, "contributor")))
    refused(worker.post(f"/conflicts/{doubt.id}/{way}"), 403, "not_allowed")
    elsewhere = Api(cast.a_token(stranger))
    refused(elsewhere.post(f"/conflicts/{doubt.id}/{way}"), 404, "not_found")
    doubt.refresh_from_db()
    assert doubt.status == "doubted"
