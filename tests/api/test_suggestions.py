"""Suggestions over the people's API: listed as data, confirmed by key, edited, refused."""

from __future__ import annotations

from typing import Any

import pytest

from agents.judge.proposals import PlannedCard, PlanProposal
from agents.judge.saved import proposal_to_data
from tests.api.conftest import Api, refused
from tests.cast import a_card, a_member, a_room, a_token, an_agent
from tests.commands.coordinating import answered
from workspace.models import Agent, Card, Event, Person, Room, Run


@pytest.fixture
def manual(owner: Person) -> Room:
    """A manual room with two agents that test."""
    found = a_room(owner, name="By hand", mode="manual")
    an_agent(found, "Prober", skills=("testing",))
    an_agent(found, "Ledger", skills=("testing",))
    return found


def listed(api: Api, room: Room) -> list[dict[str, Any]]:
    answer = api.get(f"/rooms/{room.id}/suggestions")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.body["items"]
    return found


def confirm(api: Api, room: Room, *keys: str, **edits: Any) -> Any:
    body: dict[str, Any] = {"keys": list(keys)}
    return api.post(f"/rooms/{room.id}/suggestions/confirm", body | edits)


def test_what_is_suggested_is_listed_with_why_and_confirmed_for_whoever_calls(
    api: Api, manual: Room, owner: Person
) -> None:
    card = a_card(manual, "Run the tests", skills=["testing"])
    (one,) = listed(api, manual)
    assert (one["kind"], one["card_id"], one["code"]) == ("assign", card.id, "best_fit")
    assert one["agent_id"] == Agent.objects.get(name="Prober").id
    answer = confirm(api, manual, one["key"])
    assert (answer.status_code, answer.body["items"]) == (
        200, [{"key": one["key"], "outcome": "done", "code": "", "detail": ""}],
    )  # fmt: skip
    event = Event.objects.get(type="run.queued")
    assert (event.actor, event.on_behalf_of) == ("coordinator", owner.id)
    assert listed(api, manual) == []


def test_a_card_goes_to_whom_the_caller_names(api: Api, manual: Room) -> None:
    card = a_card(manual, "Run the tests", skills=["testing"])
    (one,) = listed(api, manual)
    other = Agent.objects.get(name="Ledger").id
    assert confirm(api, manual, one["key"], edits={one["key"]: {"agent_id": other}}).body
    assert card.runs.get().agent_id == other


def test_a_plan_tells_its_cards_and_is_made_to_sort(api: Api, manual: Room) -> None:
    planned = (PlannedCard(ref="a", title="Read", brief="All."),
               PlannedCard(ref="b", title="Say", brief="", depends_on=("a",)))  # fmt: skip
    answered(manual, "plan", manual.id, proposal_to_data(PlanProposal(planned)), judge="rules")
    (one,) = listed(api, manual)
    assert [(card["title"], card["depends_on"]) for card in one["cards"]] == [
        ("Read", []), ("Say", [0]),
    ]  # fmt: skip
    assert one["judgement_id"].startswith("jdg_")
    confirm(api, manual, one["key"], edits={one["key"]: {"to_sort": True}})
    assert set(Card.objects.values_list("status", flat=True)) == {"triage"}


def test_each_is_answered_by_itself_and_a_request_of_which_nothing_holds_is_refused(
    api: Api, manual: Room
) -> None:
    a_card(manual, "Run the tests", skills=["testing"])
    (one,) = listed(api, manual)
    refused(confirm(api, manual, "assign:1:card_1:agt_1"), 409, "stale_move")
    answer = confirm(api, manual, "assign:1:card_1:agt_1", one["key"])
    assert [(each["outcome"], each["code"]) for each in answer.body["items"]] == [
        ("refused", "stale_move"), ("done", ""),
    ]  # fmt: skip
    assert answer.body["items"][0]["detail"] == "It has changed in the meantime."


@pytest.mark.parametrize(
    "body",
    [
        {}, {"keys": []}, {"keys": "all"}, {"keys": [""]}, {"keys": ["a"] * 201},
        {"keys": ["a"], "edits": {"a": {"to_sort": "maybe"}}}, {"keys": ["a"], "edits": ["a"]},
    ],
)  # fmt: skip
def test_what_is_no_confirmation_is_refused(api: Api, manual: Room, body: dict[str, Any]) -> None:
    refused(api.post(f"/rooms/{manual.id}/suggestions/confirm", body), 422, "invalid_body")


def test_an_edit_of_what_is_not_confirmed_is_refused(api: Api, manual: Room) -> None:
    refused(confirm(api, manual, "a", edits={"b": {}}), 422, "not_confirmed")


def test_the_same_key_twice_is_one_confirmation(api: Api, manual: Room) -> None:
    a_card(manual, "Run the tests", skills=["testing"])
    (one,) = listed(api, manual)
    path, body = f"/rooms/{manual.id}/suggestions/confirm", {"keys": [one["key"], one["key"]]}
    first = api.post(path, body, **{"Idempotency-Key": "once"})
    again = api.post(path, body, **{"Idempotency-Key": "once"})
    assert first.status_code == 200 and first.body == again.body
    assert Run.objects.count() == 1


def test_an_observer_looks_and_does_not_confirm_and_a_token_needs_the_scope(
    api: Api, manual: Room, owner: Person
) -> None:
    a_card(manual, "Run the tests", skills=["testing"])
    observer = Api(a_token(a_member(manual, "observer"), "read", "write"))
    (one,) = listed(observer, manual)
    refused(confirm(observer, manual, one["key"]), 403, "not_allowed")
    refused(confirm(Api(a_token(owner, "read")), manual, one["key"]), 403, "not_allowed")
    assert not Run.objects.exists()
