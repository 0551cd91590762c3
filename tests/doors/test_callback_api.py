"""The callback API over Django's client: what is taken, and what is refused and how."""

import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agents.doors.webhook.openapi import ROUTES
from agents.urls import VIEWS, urlpatterns
from tests import cast
from tests.doors.conftest import caller
from workspace.actors import SYSTEM, By
from workspace.commands.cards import cancel_card, edit_card
from workspace.commands.runs import supersede_run
from workspace.models import DeliveryTry, Event, LateResult

RESULT = {"summary_md": "Done", "artifacts": [{"name": "facts.md", "content": "timeout is 10"}]}


def event(kind, data=None, id="e1", **more):
    return {"events": [{"id": id, "type": kind, "data": data or {}, **more}]}


def problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith("/problems/" + code.replace("_", "-"))
    assert body["title"]
    assert body["request_id"].startswith("req_")
    return body


def test_the_first_event_takes_the_work_on(calls):
    response = calls.post("events", event("run.accepted", {"external_url": "https://a.example/1"}))
    assert response.status_code == 200
    assert response.json() == {"accepted": 1, "duplicates": 0, "ignored": 0}
    assert calls.now().state == "working"


def test_progress_is_kept_as_steps(calls):
    batch = {
        "events": [
            {"id": "b", "seq": 2, "type": "run.progress", "data": {"percent": 60, "step": "Two"}},
            {"id": "a", "seq": 1, "type": "run.progress", "data": {"percent": 30, "step": "One"}},
        ]
    }
    assert calls.post("events", batch).status_code == 200
    assert [step.title for step in calls.run.steps.order_by("n")] == ["One", "Two"]
    assert calls.now().percent == 60


def test_an_event_sent_again_has_no_second_effect(calls):
    body = event("run.progress", {"percent": 10, "step": "One"})
    calls.post("events", body)
    again = calls.post("events", body)
    assert again.json() == {"accepted": 0, "duplicates": 1, "ignored": 0}
    assert calls.run.steps.count() == 1


def test_a_completion_moves_the_card_to_review_and_no_further(calls):
    response = calls.post("complete", RESULT)
    assert response.status_code == 200
    version = calls.run.deliverables.get()
    assert response.json() == {
        "deliverable_id": version.id, "version": 1, "sha256": version.sha256,
    }  # fmt: skip
    calls.now().card.refresh_from_db()
    assert (calls.run.state, calls.run.card.status) == ("submitted", "review")


def test_a_completion_sent_twice_hands_in_once(calls):
    first, second = calls.post("complete", RESULT), calls.post("complete", RESULT)
    assert first.json() == second.json()
    assert calls.run.deliverables.count() == 1


def test_a_completion_without_a_file_is_refused_and_fails_the_run(calls):
    problem(calls.post("complete", {"summary_md": "All done!"}), 422, "empty_completion")
    assert calls.now().failure == "empty_completion"


def test_a_completion_naming_a_file_that_was_never_sent_is_refused(calls):
    problem(
        calls.post("complete", {"artifacts": [{"artifact_id": "art_no"}]}), 422, "empty_completion"
    )
    assert calls.run.deliverables.count() == 0


def test_an_uploaded_file_becomes_part_of_the_deliverable(calls):
    content = b"file,line\nclient.py,88\n"
    sha256 = hashlib.sha256(content).hexdigest()
    upload = calls.upload(
        file=SimpleUploadedFile("x.csv", content, "text/csv"),
        name="facts.csv", media_type="text/csv", sha256=sha256, role="deliverable",
    )  # fmt: skip
    assert upload.status_code == 201
    told = upload.json()
    assert (told["name"], told["sha256"], told["size"]) == ("facts.csv", sha256, len(content))
    calls.post("complete", {"artifacts": [{"artifact_id": told["artifact_id"]}]})
    (file,) = calls.run.deliverables.get().files.all()
    assert file.blob.sha256 == sha256


def test_the_same_file_sent_twice_is_one_artifact(calls):
    def send():
        file = SimpleUploadedFile("a.txt", b"same", "text/plain")
        return calls.upload(file=file, name="a.txt").json()["artifact_id"]

    assert send() == send()
    assert calls.run.artifacts.count() == 1


def test_bytes_that_do_not_match_their_sha256_are_refused(calls):
    upload = calls.upload(file=SimpleUploadedFile("a.txt", b"abc"), sha256="0" * 64)
    problem(upload, 422, "sha256_mismatch")
    assert calls.run.artifacts.count() == 0


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"name": "a.txt"}, 422, "invalid_body"),
        ({"name": "../a.txt"}, 422, "invalid_body"),
        ({"name": "a\0b"}, 400, "not_json"),
        ({"role": "king"}, 422, "invalid_body"),
        ({"sha256": "abc"}, 422, "invalid_body"),
        ({"media_type": "nonsense"}, 415, "unsupported_media_type"),
    ],
)
def test_a_file_described_wrongly_is_refused(calls, fields, status, code):
    file = {} if fields == {"name": "a.txt"} else {"file": SimpleUploadedFile("a.txt", b"abc")}
    problem(calls.upload(**file, **fields), status, code)


def test_an_upload_that_is_not_multipart_is_refused(calls):
    problem(calls.post("artifacts", {}), 415, "unsupported_media_type")


def test_a_file_over_25_mb_is_refused_by_its_announcement(calls):
    response = calls.client.generic(
        "POST", f"/agent/v1/runs/{calls.run.id}/artifacts", b"x",
        "multipart/form-data; boundary=b", headers=calls.headers(**{"Content-Length": "99999999"}),
    )  # fmt: skip
    problem(response, 413, "artifact_too_large")


def test_a_type_that_lies_becomes_a_plain_download(calls):
    file = SimpleUploadedFile("a.png", b"<script>alert(1)</script>", "image/png")
    assert calls.upload(file=file).json()["media_type"] == "application/octet-stream"


def test_a_heartbeat_renews_the_lease_and_says_to_go_on(calls):
    told = calls.post("heartbeat", {"percent": 40, "note": "Half"}).json()
    assert told["directive"] == "continue"
    assert told["lease_expires_at"].endswith("Z")
    assert told["inbox"] == []
    assert calls.now().percent == 40


def test_a_heartbeat_brings_what_could_not_be_delivered(calls):
    calls.post("heartbeat", {})
    owner = calls.run.room.members.get(role="owner").person
    edit_card(card_id=calls.run.card_id, changes={"brief": "New"}, by=By(owner.id), at=cast.AT)
    told = calls.post("heartbeat", {}).json()
    assert told["directive"] == "revise"
    (entry,) = told["inbox"]
    assert entry["data"]["card"]["description_md"] == "New"
    assert entry["data"]["lease_token"] == calls.lease
    assert calls.post("heartbeat", {"after": entry["seq"]}).json()["inbox"] == []


def test_a_checkpoint_is_kept_and_bounded(calls):
    assert calls.post("checkpoint", {"note_md": "Half done"}).json() == {"kept": True}
    assert calls.now().checkpoint["note_md"] == "Half done"
    problem(calls.post("checkpoint", {"note_md": "x" * 70_000}), 413, "body_too_large")


def test_a_question_waits_for_people_and_is_asked_once(calls):
    form = {"type": "object", "properties": {"value": {"type": "integer"}}}
    question = {"id": "q1", "message_md": "Which value?", "schema": form}
    first = calls.post("questions", question)
    assert first.status_code == 201
    assert first.json()["id"] == "q1"
    assert calls.now().state == "waiting"
    again = calls.post("questions", question | {"message_md": "Which value is meant?"})
    assert again.json()["ask_id"] == first.json()["ask_id"]
    assert calls.run.asks.count() == 1


def test_a_permission_is_answered_with_the_digest_of_its_action(calls):
    wanted = {"id": "p1", "title": "Run", "kind": "execute", "action": {"command": "make"}}
    told = calls.post("permissions", wanted).json()
    canonical = json.dumps(wanted["action"], separators=(",", ":")).encode()
    assert told["action_digest"] == "sha256:" + hashlib.sha256(canonical).hexdigest()
    wrong = wanted | {"id": "p2", "action_digest": "sha256:00"}
    problem(calls.post("permissions", wrong), 422, "wrong_digest")


def test_sources_named_before_belong_to_the_deliverable(calls):
    named = {"sources": [{"file": "client.py", "lines": "88", "supports": ["c1"]}]}
    assert calls.post("sources", named).json() == {"kept": True}
    calls.post("sources", named)
    calls.post("complete", RESULT)
    assert calls.run.deliverables.get().sources.count() == 1


def test_failing_and_declining_free_the_card(calls, room, agent):
    told = calls.post("fail", {"error": {"code": "oom", "message": "Too big"}}).json()
    assert told["state"] == "failed"
    other = caller(cast.a_run(cast.a_card(room, "Another"), agent))
    assert other.post("reject", {"reason": "Not mine"}).json()["state"] == "declined"


def test_the_same_key_is_answered_the_same_and_has_one_effect(calls):
    key = {"Idempotency-Key": "k1"}
    first, second = (calls.post("complete", RESULT, **key) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert calls.run.deliverables.count() == 1


def test_the_same_key_with_another_body_is_refused(calls):
    key = {"Idempotency-Key": "k1"}
    calls.post("checkpoint", {"note_md": "one"}, **key)
    problem(calls.post("checkpoint", {"note_md": "two"}, **key), 422, "idempotency_mismatch")
    assert calls.now().checkpoint["note_md"] == "one"


def test_a_refusal_of_the_body_is_not_kept_under_its_key(calls):
    key = {"Idempotency-Key": "k1"}
    wanted = {"id": "p1", "title": "Run", "kind": "execute", "action": {"command": "make"}}
    problem(calls.post("permissions", wanted | {"action_digest": "x"}, **key), 422, "wrong_digest")
    assert calls.post("permissions", wanted, **key).status_code == 201


def test_a_late_result_is_kept_with_a_key_too_and_once(calls):
    supersede_run(run_id=calls.run.id, code="reassigned", by=SYSTEM, at=timezone.now())
    for _ in range(2):
        response = calls.post("complete", RESULT, **{"Idempotency-Key": "k1"})
        assert problem(response, 409, "lease_lost")["kept"] is True
    assert LateResult.objects.count() == 1
    problem(calls.post("complete", RESULT, **{"Idempotency-Key": "k" * 201}), 422, "invalid_body")


# --- what must be refused ---------------------------------------------------------------------


def test_without_a_token_nothing_opens(calls):
    calls.token = ""
    response = calls.post("heartbeat", {})
    problem(response, 401, "no_token")
    assert response["WWW-Authenticate"] == "Bearer"
    calls.token = "rt_" + "x" * 5000
    problem(calls.post("heartbeat", {}), 401, "no_token")


def test_a_token_of_another_run_opens_nothing(calls, room, agent):
    agent.max_concurrency = 2
    agent.save()
    other = cast.a_run(cast.a_card(room, "Another"), agent)
    calls.token = cast.credentials(other).run_token
    problem(calls.post("complete", RESULT), 401, "wrong_token")
    problem(calls.get(f"files/{calls.run.id}/fil_1"), 401, "wrong_token")
    assert calls.now().state == "offered"


def test_an_unknown_run_is_named_so(calls):
    calls.run.id = "run_0"
    problem(calls.post("heartbeat", {}), 404, "unknown_run")


@pytest.mark.parametrize("path", ["runs/%00/heartbeat", "runs/run_1", "runs/../x", "nothing", ""])
def test_an_address_that_names_nothing_is_a_problem_too(calls, path):
    problem(calls.get(path), 404, "not_found")


def test_another_method_is_refused(calls):
    response = calls.get(f"runs/{calls.run.id}/heartbeat")
    problem(response, 405, "method_not_allowed")
    assert response["Allow"] == "POST"


def test_an_old_lease_changes_nothing_and_is_logged(calls):
    calls.lease = "lse_old"
    body = problem(calls.post("events", event("run.progress", {"percent": 9})), 409, "lease_lost")
    assert body["kept"] is False
    assert calls.now().state == "offered"
    assert Event.objects.filter(stream_id=calls.run.room_id, type="run.write_refused").count() == 1


def test_a_result_after_cancellation_is_kept_as_late_and_changes_nothing(calls):
    owner = calls.run.room.members.get(role="owner").person
    cancel_card(card_id=calls.run.card_id, by=By(owner.id), at=timezone.now())
    body = problem(calls.post("complete", RESULT), 409, "lease_lost")
    assert body["kept"] is True
    assert LateResult.objects.get(run=calls.run).summary == "Done"
    calls.now().card.refresh_from_db()
    assert (calls.run.state, calls.run.card.status) == ("superseded", "cancelled")


def test_a_file_after_the_end_is_kept_as_late(calls):
    supersede_run(run_id=calls.run.id, code="reassigned", by=SYSTEM, at=timezone.now())
    response = calls.upload(file=SimpleUploadedFile("a.txt", b"late"))
    body = problem(response, 409, "lease_lost")
    assert body["kept"] is True
    assert calls.run.artifacts.get().late is True


def test_a_revoked_agent_changes_nothing(calls, agent):
    agent.status = "revoked"
    agent.save()
    problem(calls.post("complete", RESULT), 401, "agent_revoked")
    assert not LateResult.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b'{"events": NaN}', 400, "not_json"),
        (b'{"events": [1e999]}', 400, "not_json"),
        (b'{"events": ["\\u0000"]}', 400, "not_json"),
        (b'{"events": ["\\ud800"]}', 400, "not_json"),
        (b'{"events": [], "events": []}', 400, "not_json"),
        (b"[" * 100_000, 400, "not_json"),
        (b"\xff", 400, "not_json"),
        (b"[]", 422, "invalid_body"),
        (b"null", 422, "invalid_body"),
        (b"{}", 422, "invalid_body"),
        (b'{"events": {}}', 422, "invalid_body"),
        (b'{"events": [{"id": "a", "type": "run.exploded"}]}', 422, "invalid_body"),
        (b'{"events": [{"id": 7, "type": "run.accepted"}]}', 422, "invalid_body"),
        (b'{"events": "' + b"x" * 2_100_000 + b'"}', 413, "body_too_large"),
    ],
)
def test_a_body_that_cannot_be_taken_is_a_clear_answer(calls, raw, status, code):
    body = problem(calls.post("events", raw), status, code)
    if code == "invalid_body":
        assert body["errors"][0]["at"].startswith("/")
    assert calls.now().state == "offered"


@pytest.mark.parametrize("call", [
    "heartbeat", "checkpoint", "sources", "questions", "permissions", "complete", "fail", "reject",
])  # fmt: skip
@pytest.mark.parametrize("raw", [b"", b"[]", b"NaN", b'"text"', b'{"a":' * 60])
def test_no_call_breaks_on_a_body_of_the_wrong_shape(calls, call, raw):
    response = calls.post(call, raw)
    assert response.status_code in (400, 422), response.content
    assert calls.now().state == "offered"


def test_one_bad_event_refuses_its_batch_whole(calls):
    batch = event("run.progress", {"percent": 5, "step": "One"})
    batch["events"].append({"id": "e2", "type": "run.progress", "data": {"percent": "half"}})
    body = problem(calls.post("events", batch), 422, "invalid_body")
    assert body["errors"] == [{"at": "/events/1/data/percent", "problem": "not_a_number"}]
    assert calls.run.steps.count() == 0


def test_events_after_the_completion_have_no_effect(calls):
    batch = event("run.completed", {"result": RESULT}, seq=1)
    batch["events"].append({"id": "e2", "seq": 2, "type": "run.failed", "data": {}})
    assert calls.post("events", batch).json() == {"accepted": 1, "duplicates": 0, "ignored": 1}
    assert calls.now().state == "submitted"


def test_a_call_is_in_the_agents_log(calls, agent):
    calls.post("heartbeat", {})
    calls.post("heartbeat", b"[")
    log = DeliveryTry.objects.filter(agent=agent, way="in").order_by("id")
    assert [(line.type, line.status) for line in log] == [("heartbeat", 200), ("heartbeat", 400)]


# --- files ------------------------------------------------------------------------------------


@pytest.fixture
def given(room, agent):
    """A run that was given the accepted deliverable of another card."""
    first = cast.a_card(room, "Facts")
    version = cast.a_submission(cast.a_run(first, agent))
    cast.accept(version, room.members.get(role="owner").person)
    second = cast.a_card(room, "Report", depends_on=[first])
    return caller(cast.a_run(second, agent)), version


def test_a_run_reads_the_files_it_was_given(given):
    calls, version = given
    file = version.files.get()
    response = calls.get(f"files/{calls.run.id}/{file.id}")
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"timeout is 10"
    assert response["Content-Disposition"].startswith("attachment")
    assert hashlib.sha256(b"timeout is 10").hexdigest() in response["ETag"]


def test_a_run_reads_no_other_files(given, room, agent):
    calls, version = given
    other = cast.a_submission(cast.a_run(cast.a_card(room, "Secret"), cast.an_agent(room, "Other")))
    problem(calls.get(f"files/{calls.run.id}/{other.files.get().id}"), 404, "not_found")
    calls.token = "rt_wrong"
    problem(calls.get(f"files/{calls.run.id}/{version.files.get().id}"), 401, "wrong_token")


def test_the_description_is_served_to_everyone(client):
    document = client.get("/agent/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert "/runs/{run_id}/complete" in document["paths"]
    assert "card.assigned" in document["webhooks"]


def test_every_call_that_is_described_is_served():
    assert {getattr(p.callback, "permission", None) for p in urlpatterns} <= {"run.token", "public"}
    assert set(VIEWS) == {route.name for route in ROUTES}
