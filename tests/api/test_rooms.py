"""Rooms over the people's API."""

from __future__ import annotations

import pytest

from tests.api.conftest import Api, refused
from tests.cast import (
    AT,
    a_card,
    a_member,
    a_room,
    a_run,
    a_submission,
    a_token,
    an_agent,
)
from workspace.actors import By
from workspace.commands.people import invite, join_by_invite
from workspace.models import Event, Judgement, Person, Room


def test_a_room_is_made_with_its_maker_as_owner(api: Api, owner: Person) -> None:
    made = api.post("/rooms", {"name": "Release", "goal": "May it ship?", "rules": "Cite lines."})
    assert made.status_code == 201
    assert made.body["members"] == [{"person_id": owner.id, "name": "Owner", "role": "owner"}]
    again = api.get(f"/rooms/{made.body['id']}")
    assert again.body == made.body
    assert again.body["goal"] == "May it ship?"


def test_the_newest_room_comes_first_and_pages_hold_every_room_once(
    api: Api, owner: Person
) -> None:
    made = [a_room(owner, name=f"Room {n}").id for n in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        page = api.get(f"/rooms?limit=2{cursor}").body
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert page["next"] is None
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=1", "cursor='--"])
def test_a_page_that_cannot_be_is_refused(api: Api, query: str) -> None:
    problem = refused(api.get(f"/rooms?{query}"), 422, "invalid_body")
    assert problem["errors"][0]["field"] == query.partition("=")[0]


def test_a_room_is_changed_by_what_is_named_only(api: Api, room: Room) -> None:
    changed = api.patch(
        f"/rooms/{room.id}",
        {"rules": "Cite lines.", "mode": "manual", "policy": {"browser_only": True}},
    ).body
    assert (changed["rules"], changed["mode"]) == ("Cite lines.", "manual")
    assert changed["policy"] == {"browser_only": True}
    assert changed["name"] == room.name
    assert changed["revision"] == 2


def test_a_room_is_paused_and_resumed(api: Api, room: Room) -> None:
    assert api.post(f"/rooms/{room.id}/pause").body["paused"] is True
    assert api.post(f"/rooms/{room.id}/resume").body["paused"] is False


def test_a_plan_is_asked_for_once(api: Api, room: Room) -> None:
    asked = api.post(f"/rooms/{room.id}/plan")
    assert asked.status_code == 202
    assert Judgement.objects.get(id=asked.body["judgement_id"]).kind == "plan"
    refused(api.post(f"/rooms/{room.id}/plan"), 409, "already_planning")


def test_what_is_said_in_a_room_is_kept(api: Api, room: Room, owner: Person) -> None:
    said = api.post(f"/rooms/{room.id}/messages", {"body": "Please look, @coordinator"})
    assert said.status_code == 201
    assert (said.body["person_id"], said.body["card_id"]) == (owner.id, None)
    refused(api.post(f"/rooms/{room.id}/messages", {"body": "  "}), 422, "missing")


def test_events_follow_each_other_without_gaps_from_where_one_left_off(
    api: Api, room: Room
) -> None:
    for n in range(4):
        a_card(room, f"Card {n}")
    whole = api.get(f"/rooms/{room.id}/events").body
    assert [event["seq"] for event in whole["items"]] == list(range(1, whole["head"] + 1))
    assert whole["next"] is None
    assert whole["items"][-1]["type"] == "card.created"
    first = api.get(f"/rooms/{room.id}/events?limit=3").body
    rest = api.get(f"/rooms/{room.id}/events?after={first['next']}").body
    assert first["items"] + rest["items"] == whole["items"]
    assert api.get(f"/rooms/{room.id}/events?after={whole['head']}").body["items"] == []


def test_an_event_names_the_request_that_caused_it(api: Api, room: Room) -> None:
    posted = api.post(f"/rooms/{room.id}/pause", **{"X-Request-ID": "a-request-of-mine"})
    assert posted.headers["X-Request-ID"] == "a-request-of-mine"
    assert Event.objects.get(stream=room.id, type="room.paused").request_id == "a-request-of-mine"


@pytest.mark.parametrize("method, path", [
    ("GET", ""), ("PATCH", ""), ("POST", "/plan"), ("POST", "/pause"), ("POST", "/resume"),
    ("GET", "/cards"), ("POST", "/cards"), ("GET", "/events"), ("POST", "/messages"),
    ("POST", "/agents"), ("GET", "/conflicts"), ("GET", "/insights"), ("GET", "/export"),
])  # fmt: skip
def test_a_room_of_another_workspace_is_not_found(
    room: Room, stranger: Person, method: str, path: str
) -> None:
    body = {"title": "x", "body": "x", "agent_id": "agt_0"} if method != "GET" else None
    answer = Api(a_token(stranger)).call(method, f"/rooms/{room.id}{path}", body)
    refused(answer, 404, "not_found")
    assert room.name not in answer.content.decode()


def test_a_token_opens_its_own_workspace_only(room: Room, stranger: Person, owner: Person) -> None:
    theirs = a_room(stranger)
    _, link = invite(room_id=theirs.id, role="owner", by=By(stranger.id), at=AT)
    token = a_token(owner)
    join_by_invite(token=link, name="", person=owner, at=AT)
    refused(Api(token).get(f"/rooms/{theirs.id}"), 404, "not_found")
    assert [item["id"] for item in Api(token).get("/rooms").body["items"]] == [room.id]


@pytest.mark.parametrize("method, path, body", [
    ("PATCH", "", {"name": "Mine now"}), ("POST", "/pause", None), ("POST", "/plan", None),
    ("POST", "/cards", {"title": "A card"}), ("POST", "/messages", {"body": "Hello"}),
    ("POST", "/agents", {"agent_id": "agt_0"}), ("GET", "/export", None),
])  # fmt: skip
def test_an_observer_looks_and_changes_nothing(
    room: Room, method: str, path: str, body: object
) -> None:
    observer = Api(a_token(a_member(room, "observer")))
    assert observer.get(f"/rooms/{room.id}").status_code == 200
    head = observer.get(f"/rooms/{room.id}").body["head"]
    refused(observer.call(method, f"/rooms/{room.id}{path}", body), 403, "not_allowed")
    assert observer.get(f"/rooms/{room.id}").body["head"] == head


def test_insights_count_what_there_is_and_say_of_how_many(api: Api, room: Room) -> None:
    agent = an_agent(room)
    a_submission(a_run(a_card(room), agent))
    a_card(room, "Another")
    found = api.get(f"/rooms/{room.id}/insights").body
    assert found["cards"] == {"of": 2, "by": {"ready": 1, "review": 1}}
    assert found["runs"] == {"of": 1, "by": {"submitted": 1}}
    assert found["failures"] == {"of": 0, "by": {}}
    assert found["reviews"] == {"of": 0, "by": {}}
    assert found["review_age"]["waiting"] == 1


def test_an_empty_room_has_no_median(api: Api, room: Room) -> None:
    found = api.get(f"/rooms/{room.id}/insights").body
    assert found["review_age"] == {"waiting": 0, "median_s": None, "oldest_s": None}


def test_an_export_holds_the_room_and_its_whole_chain(api: Api, room: Room) -> None:
    version = a_submission(a_run(a_card(room), an_agent(room)))
    found = api.get(f"/rooms/{room.id}/export").body
    assert [card["status"] for card in found["cards"]] == ["review"]
    assert found["deliverables"][0]["sha256"] == version.sha256
    assert found["deliverables"][0]["manifest"] == version.manifest
    assert found["runs"][0]["card_id"] == found["cards"][0]["id"]
    events = found["events"]
    assert len(events) == found["room"]["head"]
    assert [e["prev_hash"] for e in events[1:]] == [e["hash"] for e in events[:-1]]


def test_there_are_no_conflicts_to_rule_on_yet(api: Api, room: Room) -> None:
    assert api.get(f"/rooms/{room.id}/conflicts").body == {"items": [], "next": None}
    ruling = {"value": 10, "reason": "The code counts."}
    refused(api.post("/conflicts/cfl_0/rule", ruling), 404, "not_found")
