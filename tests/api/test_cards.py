"""Cards over the people's API."""

from __future__ import annotations

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import Api, refused
from tests.cast import (
    AT,
    a_card,
    a_member,
    a_room,
    a_run,
    a_submission,
    a_token,
    accept,
    an_agent,
)
from workspace.actors import coordinator
from workspace.commands.remedies import Chosen, choose_remedy
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.models import Card, Deliverable, Person, Room, Run


def test_a_card_carries_what_it_was_made_with(api: Api, room: Room) -> None:
    first = a_card(room)
    made = api.post(
        f"/rooms/{room.id}/cards",
        {"title": "Release notes", "brief": "Say what changed.", "criteria": ["Each has a line."],
         "skills": ["Writing"], "depends_on": [first.id], "kind": "document"},
    )  # fmt: skip
    assert made.status_code == 201
    card = made.body
    assert card["criteria"] == ["Each has a line."]
    assert (card["skills"], card["depends_on"]) == (["writing"], [first.id])
    assert (card["status"], card["reason"], card["run"]) == ("ready", {}, None)
    assert card["runs"] == []
    assert api.get(f"/cards/{card['id']}").body == card


def test_a_list_of_cards_costs_as_many_queries_as_one(api: Api, room: Room) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/rooms/{room.id}/cards?limit=200").status_code == 200
        return len(queries)

    first = a_card(room)
    api.get("/rooms")  # the token's last use is noted now, and not while we count
    one = asked()
    for n in range(6):
        a_card(room, f"Card {n}", depends_on=[first])
    a_run(first, an_agent(room))
    assert asked() == one


def test_cards_are_listed_by_status_and_by_page(api: Api, room: Room) -> None:
    made = [a_card(room, f"Card {n}").id for n in range(3)]
    api.post(f"/cards/{made[1]}/cancel")
    ready = api.get(f"/rooms/{room.id}/cards?status=ready").body
    assert [card["id"] for card in ready["items"]] == [made[0], made[2]]
    page = api.get(f"/rooms/{room.id}/cards?limit=2").body
    rest = api.get(f"/rooms/{room.id}/cards?limit=2&cursor={page['next']}").body
    assert [card["id"] for card in page["items"] + rest["items"]] == made
    refused(api.get(f"/rooms/{room.id}/cards?status=sleeping"), 422, "invalid_body")


def test_a_changed_card_has_a_new_revision(api: Api, room: Room) -> None:
    card = a_card(room)
    changed = api.patch(f"/cards/{card.id}", {"title": "Facts", "criteria": ["File and line."]})
    assert (changed.body["title"], changed.body["revision"]) == ("Facts", 2)
    assert changed.body["kind"] == card.kind


def test_a_card_has_a_due_date_and_independent_runs(api: Api, room: Room) -> None:
    said = {"title": "Twice", "due_at": "2100-01-02T03:04:00Z", "independent_runs": 2}
    card = api.post(f"/rooms/{room.id}/cards", said).body
    assert (card["due_at"], card["independent_runs"]) == ("2100-01-02T03:04:00Z", 2)
    changed = api.patch(f"/cards/{card['id']}", {"independent_runs": 3}).body
    assert (changed["due_at"], changed["independent_runs"]) == ("2100-01-02T03:04:00Z", 3)
    assert api.patch(f"/cards/{card['id']}", {"due_at": None}).body["due_at"] is None
    for wrong in ({"due_at": "2001-01-01T00:00:00Z"}, {"independent_runs": 6}):
        assert api.patch(f"/cards/{card['id']}", wrong).status_code == 422
        assert api.post(f"/rooms/{room.id}/cards", {**said, **wrong}).status_code == 422


def test_a_run_says_why_its_worker_has_it_and_what_was_decided_after_it(
    api: Api, room: Room
) -> None:
    card = a_card(room, independent_runs=2)
    why = {"code": "best_fit", "params": {}}
    by = coordinator(rule="best_fit")
    run = assign_card(
        card_id=card.id, agent_id=an_agent(room).id, attempt=1, round=1, why=why, slot=2, by=by,
        at=AT,
    )  # fmt: skip
    fail_run(run_id=run.id, kind="looping", evidence={}, by=by, at=AT)
    (shape,) = api.get(f"/cards/{card.id}").body["runs"]
    assert (shape["slot"], shape["why"], shape["remedy"]) == (2, why, None)
    assert shape["mast"] == "FM-1.3"
    choose_remedy(run_id=run.id, chosen=Chosen(remedy="reassign"), by=by, at=AT)
    assert api.get(f"/cards/{card.id}").body["run"]["remedy"] == "reassign"


def test_cards_cannot_wait_for_each_other(api: Api, room: Room) -> None:
    first = a_card(room)
    second = a_card(room, "Second", depends_on=[first])
    refused(api.patch(f"/cards/{first.id}", {"depends_on": [second.id]}), 422, "cycle")


def test_a_card_waits_only_for_cards_of_its_room(api: Api, room: Room, stranger: Person) -> None:
    theirs = a_card(a_room(stranger))
    answer = api.post(f"/rooms/{room.id}/cards", {"title": "Mine", "depends_on": [theirs.id]})
    refused(answer, 404, "not_found")
    assert not Card.objects.filter(room=room).exists()


def test_a_person_takes_a_card_from_an_agent(api: Api, room: Room, owner: Person) -> None:
    card = a_card(room)
    run = a_run(card, an_agent(room))
    taken = api.post(f"/cards/{card.id}/take").body
    assert (taken["status"], taken["run"]["person_id"]) == ("working", owner.id)
    assert taken["next_owner"] == {
        "kind": "person", "ids": [owner.id], "what": "submit", "cards": [],
    }  # fmt: skip
    assert Run.objects.get(id=run.id).state == "superseded"
    refused(api.post(f"/cards/{card.id}/take"), 409, "already_yours")


def test_a_card_is_given_to_an_agent_or_a_member(api: Api, room: Room, reviewer: Person) -> None:
    card, agent = a_card(room), an_agent(room)
    assert api.post(f"/cards/{card.id}/assign", {"agent_id": agent.id}).status_code == 200
    assert Card.objects.get(id=card.id).given_to_agent_id == agent.id
    given = api.post(f"/cards/{card.id}/assign", {"person_id": reviewer.id}).body
    assert given["run"]["person_id"] == reviewer.id


@pytest.mark.parametrize("to, code", [
    ({}, "invalid_body"),
    ({"agent_id": "agt_0", "person_id": "usr_0"}, "invalid_body"),
    ({"agent_id": "usr_0"}, "invalid_body"),
])  # fmt: skip
def test_a_card_is_given_to_exactly_one(
    api: Api, room: Room, to: dict[str, str], code: str
) -> None:
    refused(api.post(f"/cards/{a_card(room).id}/assign", to), 422, code)


def test_a_card_is_not_given_to_someone_who_only_looks(api: Api, room: Room) -> None:
    observer = a_member(room, "observer")
    answer = api.post(f"/cards/{a_card(room).id}/assign", {"person_id": observer.id})
    refused(answer, 404, "not_a_member")


def test_a_person_submits_files_inside_json(api: Api, room: Room) -> None:
    card = a_card(room)
    sent = api.post(
        f"/cards/{card.id}/submit",
        {
            "summary": "Both values.",
            "files": [
                {"name": "facts.md", "media_type": "text/markdown", "content": "timeout: 10\n"},
                {"name": "raw/all.bin", "content_base64": base64.b64encode(b"\x00\x01").decode()},
            ],
            "claims": [{"id": "c1", "subject": "timeout", "value": 10, "unit": "s"}],
            "sources": [{"file": "client.py", "lines": "88", "supports": ["c1"]}],
        },
    )
    assert sent.status_code == 201, sent.body
    assert [file["name"] for file in sent.body["files"]] == ["facts.md", "raw/all.bin"]
    assert sent.body["claims"][0]["value"] == 10
    assert sent.body["sources"] == [
        {"place": {"file": "client.py", "lines": "88"}, "supports": ["c1"]}
    ]
    assert api.get(f"/cards/{card.id}").body["status"] == "review"


def test_a_person_submits_files_as_a_form(api: Api, room: Room) -> None:
    card = a_card(room)
    sent = api.upload(
        f"/cards/{card.id}/submit",
        {"summary": "By form.", "files": SimpleUploadedFile("facts.md", b"timeout: 10\n"),
         "claims": '[{"id": "c1", "subject": "timeout", "value": 10}]'},
    )  # fmt: skip
    assert sent.status_code == 201, sent.body
    file = sent.body["files"][0]
    bytes_back = api.client.get(file["url"], headers={"Authorization": f"Bearer {api.token}"})
    assert b"".join(bytes_back.streaming_content) == b"timeout: 10\n"
    assert "attachment" in bytes_back.headers["Content-Disposition"]


@pytest.mark.parametrize("body, code", [
    ({}, "empty_completion"),
    ({"files": []}, "empty_completion"),
    ({"files": [{"name": "a.md", "content": ""}]}, "empty_completion"),
    ({"files": [{"name": "log.txt", "content": "x", "role": "log"}]}, "empty_completion"),
    ({"files": [{"name": "a.md"}]}, "invalid_body"),
    ({"files": [{"name": "a.md", "content": "x", "content_base64": "eA=="}]}, "invalid_body"),
    ({"files": [{"name": "a.md", "content_base64": "not base64"}]}, "invalid_body"),
    ({"files": [{"name": "a.md", "content": "x", "role": "boss"}]}, "invalid_body"),
    ({"files": [{"name": "../..", "content": "x"}]}, "bad_file_name"),
    ({"files": "a.md"}, "invalid_body"),
    ({"files": [{"name": "a", "content": "x"}, {"name": "a", "content": "y"}]}, "same_name_twice"),
    ({"files": [{"name": "a", "content": "x"}], "claims": [{"id": "c"}]}, "invalid_body"),
    ({"files": [{"name": "a", "content": "x"}], "sources": [{"supports": []}]}, "invalid_body"),
    ({"files": [{"name": "a", "content": "x"}],
      "claims": [{"id": "c", "subject": "s"}, {"id": "c", "subject": "t"}]}, "same_claim_twice"),
])  # fmt: skip
def test_what_is_no_deliverable_changes_nothing(
    api: Api, room: Room, body: dict[str, object], code: str
) -> None:
    card = a_card(room)
    refused(api.post(f"/cards/{card.id}/submit", body), 422, code)
    assert api.get(f"/cards/{card.id}").body["status"] == "ready"
    assert not Deliverable.objects.exists()


def test_a_file_of_another_deliverable_is_not_found(api: Api, room: Room) -> None:
    agent = an_agent(room)
    first = a_submission(a_run(a_card(room), agent))
    second = a_submission(a_run(a_card(room, "Second"), agent), "timeout is 30")
    theirs = second.files.get()
    refused(api.get(f"/deliverables/{first.id}/files/{theirs.id}"), 404, "not_found")


def test_nobody_submits_over_a_running_agent(api: Api, room: Room) -> None:
    card = a_card(room)
    a_run(card, an_agent(room))
    body = {"files": [{"name": "a.md", "content": "x"}]}
    refused(api.post(f"/cards/{card.id}/submit", body), 409, "someone_elses_run")


def test_a_blocked_card_cannot_be_taken(api: Api, room: Room) -> None:
    card = a_card(room, "Later", depends_on=[a_card(room)])
    problem = refused(api.post(f"/cards/{card.id}/take"), 409, "blocked")
    assert problem["by"] == 1


def test_a_cancelled_card_stays_cancelled(api: Api, room: Room) -> None:
    card = a_card(room)
    cancelled = api.post(f"/cards/{card.id}/cancel", {"reason": "No longer wanted."}).body
    assert cancelled["status"] == "cancelled"
    assert cancelled["next_owner"] is None
    refused(api.post(f"/cards/{card.id}/cancel"), 409, "illegal_move")
    refused(api.patch(f"/cards/{card.id}", {"title": "Again"}), 409, "card_closed")


def test_a_message_on_a_card_reaches_the_agent_at_work(api: Api, room: Room) -> None:
    card, agent = a_card(room), an_agent(room)
    run = a_run(card, agent)
    said = api.post(f"/cards/{card.id}/messages", {"body": "@tracer look at line 88"})
    assert said.body["to_agent"] == agent.id
    assert run.deliveries.filter(type="message.posted").exists()


@pytest.mark.parametrize("method, path", [
    ("GET", ""), ("PATCH", ""), ("POST", "/take"), ("POST", "/assign"), ("POST", "/submit"),
    ("POST", "/cancel"), ("POST", "/messages"),
])  # fmt: skip
def test_a_card_of_another_workspace_is_not_found(
    room: Room, stranger: Person, method: str, path: str
) -> None:
    card = a_card(room)
    body = {"agent_id": "agt_0", "body": "x", "title": "x"} if method != "GET" else None
    answer = Api(a_token(stranger)).call(method, f"/cards/{card.id}{path}", body)
    refused(answer, 404, "not_found")


def test_every_card_has_one_owner_of_its_next_action(
    api: Api, room: Room, owner: Person, reviewer: Person
) -> None:
    def owner_of(card: Card) -> dict[str, object]:
        return dict(api.get(f"/cards/{card.id}").body["next_owner"])

    judges = sorted([owner.id, reviewer.id])
    agent, card = an_agent(room), a_card(room)
    later = a_card(room, "Later", depends_on=[card])
    last = a_card(room, "Last", depends_on=[later])
    assert owner_of(card) == {"kind": "coordinator", "ids": [], "what": "assign", "cards": []}
    run = a_run(card, agent)
    assert owner_of(card) == {"kind": "agent", "ids": [agent.id], "what": "answer", "cards": []}
    version = a_submission(run)
    assert owner_of(card) == {"kind": "people", "ids": judges, "what": "review", "cards": []}
    for blocked in (later, last):
        assert owner_of(blocked) == {
            "kind": "people", "ids": judges, "what": "review", "cards": [card.id],
        }  # fmt: skip
    accept(version, reviewer)
    assert owner_of(later)["what"] == "assign"
    api.post(f"/rooms/{room.id}/pause")
    assert owner_of(later) == {
        "kind": "people", "ids": judges, "what": "resume_room", "cards": [],
    }  # fmt: skip
    assert api.get(f"/cards/{card.id}").body["next_owner"] is None
