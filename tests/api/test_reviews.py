"""The review queue and verdicts over the people's API."""

from __future__ import annotations

import pytest

from tests.api.conftest import Api, refused
from tests.cast import AT, a_card, a_member, a_room, a_run, a_submission, a_token, an_agent, says
from workspace.actors import coordinator
from workspace.commands.asks import hand_over
from workspace.models import Card, Deliverable, Person, Review, Room
from workspace.reports import PermissionWanted, Question


@pytest.fixture
def version(room: Room) -> Deliverable:
    return a_submission(a_run(a_card(room), an_agent(room)))


def test_the_queue_names_the_exact_version_that_waits(api: Api, version: Deliverable) -> None:
    item = api.get("/reviews").body["items"][0]
    assert item["deliverable_id"] == version.id
    assert (item["card_id"], item["room_id"]) == (version.card_id, version.room_id)
    assert (item["version"], item["sha256"]) == (1, version.sha256)


def test_a_person_accepts_the_version_they_opened(api: Api, version: Deliverable) -> None:
    opened = api.get(f"/deliverables/{version.id}").body
    said = {"sha256": opened["sha256"], "reason": "Both values are there."}
    accepted = api.post(f"/deliverables/{version.id}/accept", said)
    assert accepted.status_code == 200
    assert accepted.body["state"] == "accepted"
    assert accepted.body["reviews"][0]["by_token"] is True
    assert Card.objects.get(id=version.card_id).status == "done"
    assert api.get("/reviews").body["items"] == []


def test_a_version_that_was_not_opened_is_not_accepted(api: Api, version: Deliverable) -> None:
    refused(api.post(f"/deliverables/{version.id}/accept"), 409, "not_opened")
    assert Card.objects.get(id=version.card_id).status == "review"


def test_another_sha256_is_not_accepted(api: Api, version: Deliverable) -> None:
    api.get(f"/deliverables/{version.id}")
    answer = api.post(f"/deliverables/{version.id}/accept", {"sha256": "0" * 64})
    refused(answer, 409, "another_version")


@pytest.mark.parametrize(
    "scopes", [("read", "write", "agents", "review"), ("read", "write"), ("read",)]
)
def test_a_token_without_the_scope_accepts_nothing(
    owner: Person, version: Deliverable, scopes: tuple[str, ...]
) -> None:
    api = Api(a_token(owner, *scopes))
    assert api.get(f"/deliverables/{version.id}").status_code == 200
    answer = api.post(f"/deliverables/{version.id}/accept", {"sha256": version.sha256})
    refused(answer, 403, "not_allowed")
    assert not Review.objects.exists()
    version.refresh_from_db()
    assert version.state == "submitted"


@pytest.mark.parametrize("role", ["contributor", "observer"])
@pytest.mark.parametrize("verdict", ["accept", "request_changes", "reject"])
def test_only_those_who_may_judge_give_verdicts(
    room: Room, version: Deliverable, role: str, verdict: str
) -> None:
    api = Api(a_token(a_member(room, role)))
    api.get(f"/deliverables/{version.id}")
    answer = api.post(f"/deliverables/{version.id}/{verdict}", {"reason": "Because."})
    refused(answer, 403, "not_allowed")
    assert api.get("/reviews").body["items"] == []


def test_a_room_may_demand_the_browser(api: Api, room: Room, version: Deliverable) -> None:
    api.patch(f"/rooms/{room.id}", {"policy": {"browser_only": True}})
    api.get(f"/deliverables/{version.id}")
    refused(api.post(f"/deliverables/{version.id}/accept"), 403, "browser_only")


def test_requested_changes_carry_reason_and_comments(api: Api, version: Deliverable) -> None:
    comments = [{"body": "Which unit?", "file": "facts.md", "line": 1}]
    answer = api.post(
        f"/deliverables/{version.id}/request_changes",
        {"reason": "Name the unit.", "comments": comments},
    )
    assert answer.body["state"] == "changes_requested"
    assert answer.body["reviews"][0]["comments"] == comments
    card = api.get(f"/cards/{version.card_id}").body
    assert (card["status"], card["reason"]["code"]) == ("ready", "changes_requested")


def test_a_rejected_version_leaves_the_card_ready(api: Api, version: Deliverable) -> None:
    answer = api.post(f"/deliverables/{version.id}/reject", {"reason": "Not what was asked."})
    assert answer.body["state"] == "rejected"
    assert api.get(f"/cards/{version.card_id}").body["status"] == "ready"


def test_an_acceptance_is_taken_back_with_a_reason(api: Api, version: Deliverable) -> None:
    api.get(f"/deliverables/{version.id}")
    api.post(f"/deliverables/{version.id}/accept")
    path = f"/deliverables/{version.id}/roll_back"
    refused(api.post(path, {"reason": " "}), 422, "reason_needed")
    back = api.post(path, {"reason": "The figures are old."})
    assert (back.status_code, back.body["state"]) == (200, "rolled_back")
    assert Card.objects.get(id=version.card_id).status == "ready"


def test_taking_an_acceptance_back_needs_the_scope_of_reviews(
    api: Api, owner: Person, version: Deliverable
) -> None:
    api.get(f"/deliverables/{version.id}")
    api.post(f"/deliverables/{version.id}/accept")
    other = Api(a_token(owner, "read", "write"))
    answer = other.post(f"/deliverables/{version.id}/roll_back", {"reason": "No."})
    refused(answer, 403, "not_allowed")
    assert Card.objects.get(id=version.card_id).status == "done"


@pytest.mark.parametrize("verdict", ["request_changes", "reject"])
@pytest.mark.parametrize("body, code", [
    ({"reason": " "}, "reason_needed"), ({}, "invalid_body"), (None, "invalid_body"),
    ({"reason": 7}, "invalid_body"), ({"reason": "x", "comments": [{}]}, "invalid_body"),
])  # fmt: skip
def test_a_verdict_against_a_version_says_why(
    api: Api, version: Deliverable, verdict: str, body: object, code: str
) -> None:
    refused(api.post(f"/deliverables/{version.id}/{verdict}", body), 422, code)
    version.refresh_from_db()
    assert version.state == "submitted"


def test_a_decided_version_is_not_decided_again(api: Api, version: Deliverable) -> None:
    api.post(f"/deliverables/{version.id}/reject", {"reason": "No."})
    answer = api.post(f"/deliverables/{version.id}/reject", {"reason": "No."})
    refused(answer, 409, "illegal_move")


@pytest.mark.parametrize("verdict", ["", "/accept", "/request_changes", "/reject"])
def test_a_version_of_another_workspace_is_not_found(
    stranger: Person, version: Deliverable, verdict: str
) -> None:
    method = "POST" if verdict else "GET"
    body = {"reason": "x"} if verdict else None
    answer = Api(a_token(stranger)).call(method, f"/deliverables/{version.id}{verdict}", body)
    refused(answer, 404, "not_found")


def test_a_question_is_answered_and_the_run_goes_on(api: Api, room: Room) -> None:
    run = a_run(a_card(room), an_agent(room))
    schema = {"properties": {"value": {"type": "number"}}, "required": ["value"]}
    says(run, Question(ref="q1", message_md="Which timeout is meant?", schema=schema))
    ask = api.get("/asks").body["items"][0]
    assert (ask["kind"], ask["run_id"], ask["agent_id"]) == ("question", run.id, run.agent_id)
    assert api.get(f"/cards/{run.card_id}").body["next_owner"]["what"] == "answer_question"
    refused(api.post(f"/asks/{ask['id']}/answer", {"content": {}}), 422, "missing")
    for wrong in ("many", "NaN", [1], {"a": 1}):
        body = {"content": {"value": wrong}}
        refused(api.post(f"/asks/{ask['id']}/answer", body), 422, "wrong_type")
    answered = api.post(f"/asks/{ask['id']}/answer", {"content": {"value": 10}}).body
    assert answered["answer"] == {"action": "accept", "content": {"value": 10.0}}
    assert api.get(f"/cards/{run.card_id}").body["status"] == "working"
    assert run.deliveries.filter(type="question.answered").exists()
    refused(api.post(f"/asks/{ask['id']}/answer", {"content": {"value": 30}}), 409, "ask_closed")


def test_a_permission_takes_a_decision_only(api: Api, room: Room) -> None:
    run = a_run(a_card(room), an_agent(room))
    says(run, PermissionWanted(ref="p", title="Run it", kind="command", action={"argv": ["ls"]}))
    ask = api.get("/asks").body["items"][0]
    for wrong in ({"decision": "perhaps"}, {"action": "accept"}, {}):
        refused(api.post(f"/asks/{ask['id']}/answer", wrong), 422, "unknown_decision")
    decided = api.post(f"/asks/{ask['id']}/answer", {"decision": "reject_once"}).body
    assert decided["answer"] == {"decision": "reject_once"}


def test_a_handed_over_card_is_answered_by_work(api: Api, room: Room) -> None:
    card = a_card(room)
    packet = {"code": "no_agents", "params": {}}
    ask = hand_over(card_id=card.id, packet=packet, by=coordinator(rule="gates"), at=AT)
    refused(api.post(f"/asks/{ask.id}/answer", {"content": {}}), 422, "answer_by_acting")
    sent = api.post(f"/cards/{card.id}/submit", {"files": [{"name": "a.md", "content": "x"}]})
    assert sent.status_code == 201
    assert api.get("/asks").body["items"] == []


def test_an_ask_is_there_only_for_those_who_may_answer(room: Room, stranger: Person) -> None:
    run = a_run(a_card(room), an_agent(room))
    says(run, Question(ref="q1", message_md="Which?"))
    ask = run.asks.get()
    for person in (stranger, a_member(a_room(stranger), "owner")):
        api = Api(a_token(person))
        assert api.get("/asks").body["items"] == []
        refused(api.post(f"/asks/{ask.id}/answer", {"content": {"answer": "x"}}), 404, "not_found")
    observer = Api(a_token(a_member(room, "observer")))
    assert observer.get("/asks").body["items"] == []
    answer = observer.post(f"/asks/{ask.id}/answer", {"content": {"answer": "x"}})
    refused(answer, 403, "not_allowed")
