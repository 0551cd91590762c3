"""Budgets over the people's API."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from tests.api.conftest import Api, refused
from tests.cast import a_card, a_member, a_room, a_token, an_agent, an_owner
from workspace.commands.charging import charge, reserve
from workspace.models import Agent, Budget, Event, Room


def put(api: Api, room: Room, **body: Any) -> Any:
    facts = {"what": "usd", "cap": 5, **body}
    return api.call("PUT", f"/rooms/{room.id}/budgets", facts)


def test_a_cap_is_set_read_changed_and_taken_away(api: Api, room: Room) -> None:
    made = put(api, room)
    assert made.status_code == 200
    assert made.body == {
        "id": made.body["id"], "subject_id": room.id, "of": "room", "what": "usd",
        "period": "ever", "day": None, "cap": 5.0, "spent": 0.0, "reserved": 0.0,
        "running": 0.0, "used": 0.0, "state": "fine",
    }  # fmt: skip
    assert api.get(f"/rooms/{room.id}/budgets").body == {"items": [made.body], "next": None}
    assert put(api, room, cap=7.25).body["cap"] == 7.25
    gone = api.call("DELETE", f"/rooms/{room.id}/budgets/{made.body['id']}")
    assert gone.status_code == 204
    assert api.get(f"/rooms/{room.id}/budgets").body["items"] == []
    refused(api.call("DELETE", f"/rooms/{room.id}/budgets/{made.body['id']}"), 404, "not_found")


def test_cards_agents_and_days_have_their_own(api: Api, room: Room) -> None:
    card, agent = a_card(room), an_agent(room)
    put(api, room, subject_id=card.id, what="steps", cap=100)
    put(api, room, subject_id=agent.id, what="seconds", cap=60, period="day")
    found = api.get(f"/rooms/{room.id}/budgets").body["items"]
    assert [(one["of"], one["what"], one["period"]) for one in found] == [
        ("card", "steps", "ever"), ("agent", "seconds", "day"),
    ]  # fmt: skip
    assert found[1]["day"] == timezone.now().date().isoformat()


def test_what_is_used_is_told_with_how_near_the_end_is(api: Api, room: Room) -> None:
    put(api, room, what="tokens", cap=100)
    now = timezone.now()
    states = []
    for tokens in (70, 10):
        charge(
            room=room, subjects=[room.id], amounts={"tokens": tokens}, ref="x", began=now, at=now
        )
        states.append(api.get(f"/rooms/{room.id}/budgets").body["items"][0]["state"])
    reserve(room=room, subjects=[room.id], wanted={"tokens": 20}, ref="y", at=now)
    (last,) = api.get(f"/rooms/{room.id}/budgets").body["items"]
    assert [*states, last["state"]] == ["fine", "near", "used_up"]
    assert (last["spent"], last["reserved"], last["used"]) == (80, 20, 100)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"cap": -1}, "out_of_range"), ({"cap": 1e30}, "out_of_range"),
        ({"cap": "5"}, "invalid_body"), ({"cap": True}, "invalid_body"),
        ({"cap": None}, "invalid_body"), ({"cap": [5]}, "invalid_body"),
        ({"what": "euros"}, "unknown_budget"), ({"period": "week"}, "unknown_period"),
        ({"what": "steps", "cap": 0.5}, "not_a_whole_number"),
        ({"what": "x" * 500}, "invalid_body"), ({"subject_id": "y" * 500}, "invalid_body"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_budget_is_refused_and_nothing_changes(
    api: Api, room: Room, body: dict[str, Any], code: str
) -> None:
    before = Event.objects.count()
    problem = refused(put(api, room, **body), 422, code)
    assert problem["detail"]
    assert (Budget.objects.count(), Event.objects.count()) == (0, before)


@pytest.mark.parametrize("raw", [b'{"what": "usd", "cap": NaN}', b'{"what": "usd", "cap": 1e999}'])
def test_what_is_no_number_in_json_is_refused(api: Api, room: Room, raw: bytes) -> None:
    refused(api.call("PUT", f"/rooms/{room.id}/budgets", raw), 400, "not_json")
    refused(
        api.call("PUT", f"/rooms/{room.id}/budgets", {"what": "usd", "cap": 10**30}),
        400,
        "not_json",
    )


def test_only_owners_set_budgets_and_only_with_the_scope(room: Room, api: Api) -> None:
    kept = put(api, room).body
    for role in ("reviewer", "contributor", "observer"):
        theirs = Api(a_token(a_member(room, role)))
        assert theirs.get(f"/rooms/{room.id}/budgets").status_code == 200
        refused(put(theirs, room, cap=50), 403, "not_allowed")
        gone = theirs.call("DELETE", f"/rooms/{room.id}/budgets/{kept['id']}")
        refused(gone, 403, "not_allowed")
    owner = room.members.get(role="owner").person
    refused(put(Api(a_token(owner, "read")), room), 403, "not_allowed")
    assert Budget.objects.get().cap == 5


def test_an_agents_budget_is_its_owners_to_set(room: Room) -> None:
    agent = an_agent(room)
    guest = a_member(room, "contributor")
    theirs = Api(a_token(guest))
    refused(put(theirs, room, subject_id=agent.id, what="steps"), 403, "not_allowed")
    Agent.objects.filter(id=agent.id).update(owner=guest)
    assert put(theirs, room, subject_id=agent.id, what="steps").status_code == 200
    refused(put(theirs, room, subject_id=agent.id), 422, "not_counted_of_agents")
    refused(put(theirs, room), 403, "not_allowed")


def test_another_room_and_its_cards_are_not_found(api: Api, room: Room) -> None:
    elsewhere = a_room(an_owner("Kim", workspace="Elsewhere"))
    refused(api.get(f"/rooms/{elsewhere.id}/budgets"), 404, "not_found")
    refused(put(api, elsewhere), 404, "not_found")
    refused(put(api, room, subject_id=a_card(elsewhere).id), 404, "not_found")
    refused(put(api, room, subject_id="card_none"), 404, "not_found")
