"""What is said to an agent, and what its task becomes on the board."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from tests import cast
from tests.doors_a2a.agents import Fault, Raw, Scripted, artifact, message, task
from tests.doors_a2a.conftest import utc_now
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands.asks import answer_ask
from workspace.commands.cards import edit_card
from workspace.commands.messages import post_message
from workspace.commands.reviews import open_deliverable, request_changes
from workspace.commands.runs import fail_run, supersede_run
from workspace.commands.starting import assign_card
from workspace.models import Delivery, DeliveryTry, LateResult, Talk

DONE = task("TASK_STATE_COMPLETED", artifacts=[artifact({"text": "The answer."})])


def owner(play):
    return play.room.members.get(role="owner").person


def said(play, run, text):
    """A person's word to the agent on the card, brought to it."""
    by = By(owner(play).id)
    post_message(
        room_id=play.room.id, card_id=run.card_id, body=f"@Scripted {text}", by=by, at=utc_now()
    )
    play.deliver()


def edited(play, run):
    changes = {"brief": "Now in French."}
    edit_card(card_id=run.card_id, changes=changes, by=By(owner(play).id), at=utc_now())


def test_an_order_is_sent_without_waiting_and_names_its_conversation(plays):
    play = plays(SendMessage={"task": task()})
    run = play.given("Facts")
    (call,) = [call for call in play.program.calls if call.method == "SendMessage"]
    assert call.headers["a2a-version"] == "1.0"
    sent, settings = call.params["message"], call.params["configuration"]
    assert settings["returnImmediately"] is True
    assert "taskPushNotificationConfig" not in settings
    assert sent["parts"][0]["text"].startswith("# Facts")
    assert sent["contextId"]
    assert "taskId" not in sent
    talk = Talk.objects.get(run=run)
    assert (talk.facts["task"], talk.facts["context"]) == ("t1", "c1")
    assert run.state == "working"


def test_a_task_that_is_only_submitted_leaves_the_run_offered(plays):
    play = plays(SendMessage={"task": task("TASK_STATE_SUBMITTED")})
    play.program.answers["GetTask"] = task("TASK_STATE_SUBMITTED")
    run = play.look(play.given())
    assert run.state == "offered"
    play.program.answers["GetTask"] = task("TASK_STATE_WORKING")
    assert play.look(run).state == "working"


def test_what_is_over_at_once_is_taken_at_once(plays):
    run = plays(SendMessage={"task": DONE}).given()
    assert run.state == "submitted"
    assert [file.name for file in run.deliverables.get().files.all()] == ["answer.md"]


def test_a_bare_message_is_the_deliverable(plays):
    run = plays(SendMessage={"message": message("Forty-two.")}).given()
    assert run.state == "submitted"


def test_a_retry_first_looks_whether_the_task_is_there(plays):
    play = plays(SendMessage={"task": task()})
    run = play.given()
    context = play.program.sent()["contextId"]
    play.program.answers["ListTasks"] = {"tasks": [task(context=context)]}
    Talk.objects.all().delete()  # as if the process had died before it knew of the task
    Delivery.objects.filter(run=run).update(state="due")
    assert play.deliver() == ["delivered"]
    assert len(play.program.of("SendMessage")) == 1
    assert play.program.of("ListTasks")[0]["contextId"] == context
    assert Talk.objects.get(run=run).facts["task"] == "t1"


def test_a_retry_to_an_agent_that_lists_nothing_sends_the_same_message_again(plays):
    play = plays(SendMessage={"task": task()})
    run = play.given()
    Talk.objects.all().delete()
    Delivery.objects.filter(run=run).update(state="due")
    play.deliver()
    first, second = (params["message"] for params in play.program.of("SendMessage"))
    assert first["messageId"] == second["messageId"]


def test_an_agent_that_refuses_the_address_for_news_gets_the_message_without(plays):
    def picky(params):
        if "taskPushNotificationConfig" in params["configuration"]:
            raise Fault(-32602, "Invalid push notification URL")
        return {"task": task()}

    program = Scripted(SendMessage=picky)
    program.card["capabilities"] = {"pushNotifications": True}
    run = plays(program).given()
    assert run.state == "working"
    first, second = program.of("SendMessage")
    config = first["configuration"]["taskPushNotificationConfig"]
    assert config["url"].endswith(f"/agent/v1/a2a/{run.id}")
    assert config["token"] != cast.credentials(run).run_token
    assert "taskPushNotificationConfig" not in second["configuration"]


def test_changes_asked_for_are_a_new_task_of_the_same_conversation(plays):
    play = plays(SendMessage={"task": DONE})
    run = play.given()
    person, version = owner(play), run.deliverables.get()
    open_deliverable(deliverable_id=version.id, by=By(person.id), at=utc_now())
    request_changes(
        deliverable_id=version.id, reason="Name the tulip.", comments=[], by=By(person.id),
        at=utc_now(),
    )  # fmt: skip
    assign_card(
        card_id=run.card_id, agent_id=play.agent.id, attempt=1, round=2, why={},
        by=coordinator(rule="best_fit"), at=utc_now(),
    )  # fmt: skip
    play.deliver()
    sent = play.program.sent()
    assert (sent["contextId"], sent["referenceTaskIds"]) == ("c1", ["t1"])
    assert "taskId" not in sent
    assert "Name the tulip." in sent["parts"][0]["text"]


def test_a_new_attempt_begins_a_new_conversation(plays):
    play = plays(SendMessage={"task": task("TASK_STATE_FAILED", said="no")})
    run = play.given()
    first = play.program.sent()
    assign_card(
        card_id=run.card_id, agent_id=play.agent.id, attempt=2, round=1, why={},
        by=coordinator(rule="best_fit"), at=utc_now(),
    )  # fmt: skip
    play.deliver()
    second = play.program.sent()
    assert first["contextId"] != second["contextId"]
    assert first["messageId"] != second["messageId"]
    assert "referenceTaskIds" not in second


def waiting(plays, said):
    play = plays(SendMessage={"task": task()}, GetTask=task("TASK_STATE_INPUT_REQUIRED", said=said))
    run = play.look(play.given())
    assert run.state == "waiting"
    return play, run, run.asks.get()


def test_an_answer_is_a_message_on_the_same_task(plays):
    play, run, ask = waiting(plays, "Which region?")
    play.look(run, times=2)  # the same question again is the same ask
    assert run.asks.count() == 1
    answer_ask(
        ask_id=ask.id, answer={"action": "accept", "content": {"answer": "EU"}},
        by=By(owner(play).id), at=utc_now(),
    )  # fmt: skip
    play.deliver()
    sent = play.program.sent()
    assert (sent["taskId"], sent["parts"]) == ("t1", [{"text": "EU"}])
    # Until the agent has read it, its task still says what it said.
    assert play.look(run).state == "working"
    play.program.answers["GetTask"] = DONE
    assert play.look(run).state == "submitted"


def test_an_agent_that_answers_in_a_new_task_is_followed_there(plays):
    play, run, ask = waiting(plays, "Which region?")
    other = {**task(), "id": "t2"}
    play.program.answers |= {"SendMessage": {"task": other}, "GetTask": {**DONE, "id": "t2"}}
    answer_ask(ask_id=ask.id, answer={"action": "decline"}, by=By(owner(play).id), at=utc_now())
    play.deliver()
    assert "declined" in play.program.sent()["parts"][0]["text"]
    assert play.look(run).state == "submitted"
    assert play.program.of("GetTask")[-1]["id"] == "t2"


def test_an_agent_that_went_on_by_itself_after_a_sign_in_has_not_failed(plays):
    def picky(params):
        if params["message"].get("taskId"):
            raise Fault(-32004, "Task t1 is in terminal state")
        return {"task": task()}

    wants = task("TASK_STATE_AUTH_REQUIRED", said="Sign in at https://login.example.org/x")
    play = plays(SendMessage=picky, GetTask=wants)
    run = play.look(play.given())
    assert run.asks.get().body["url"] == "https://login.example.org/x"
    play.program.answers["GetTask"] = DONE
    answer = {"action": "accept", "content": {}}
    answer_ask(ask_id=run.asks.get().id, answer=answer, by=By(owner(play).id), at=utc_now())
    assert play.deliver() == ["delivered"]
    assert play.look(run).state == "submitted"


def test_an_agent_that_refuses_the_answer_it_asked_for_has_failed(plays):
    play, run, ask = waiting(plays, "Which region?")

    def fails(params):
        raise Fault(-32603, "I forgot what I asked")

    play.program.answers["SendMessage"] = fails
    answer = {"action": "accept", "content": {"answer": "EU"}}
    answer_ask(ask_id=ask.id, answer=answer, by=By(owner(play).id), at=utc_now())
    play.deliver()
    run.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "error")
    assert "I forgot" in run.reason["params"]["said"]


def test_a_decision_names_the_digest_of_what_was_asked(plays):
    wanted = message("May I?", {"kind": "permission", "action": {"argv": ["rm", "-rf", "build"]}})
    play, _, ask = waiting(plays, wanted)
    assert ask.kind == "permission"
    answer_ask(
        ask_id=ask.id, answer={"decision": "allow_once"}, by=By(owner(play).id), at=utc_now()
    )
    play.deliver()
    text, data = play.program.sent()["parts"]
    assert text["text"].startswith("Allowed")
    assert data["data"] == {
        "kind": "decision", "permission_id": ask.ref, "decision": "allow_once",
        "action_digest": ask.action_digest,
    }  # fmt: skip


def test_a_word_on_the_card_reaches_the_live_task(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task())
    run = play.given()
    said(play, run, "Mind the gap.")
    sent = play.program.sent()
    assert sent["taskId"] == "t1"
    assert "Mind the gap." in sent["parts"][0]["text"]


def test_a_word_on_the_card_is_no_answer_to_what_was_asked(plays):
    play, run, ask = waiting(plays, "Which region?")
    before = len(play.program.of("SendMessage"))
    said(play, run, "I will ask.")
    assert len(play.program.of("SendMessage")) == before
    answer_ask(
        ask_id=ask.id, answer={"action": "accept", "content": {"answer": "EU"}},
        by=By(owner(play).id), at=utc_now(),
    )  # fmt: skip
    play.deliver()
    text = play.program.sent()["parts"][0]["text"]
    assert "I will ask." in text
    assert text.endswith("EU")


def test_an_agent_that_makes_another_task_of_a_word_is_not_followed_there(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task())
    run = play.given()
    play.program.answers["SendMessage"] = {"task": {**task(), "id": "t2"}}
    said(play, run, "Thanks!")
    assert Talk.objects.get(run=run).facts["task"] == "t1"


def test_an_edited_card_is_told_whole_to_the_live_task(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task())
    run = play.given()
    edited(play, run)
    play.deliver()
    sent = play.program.sent()
    assert sent["taskId"] == "t1"
    assert "Now in French." in sent["parts"][0]["text"]


def test_an_agent_that_takes_no_word_while_it_works_has_not_failed(plays):
    def picky(params):
        if params["message"].get("taskId"):
            raise Fault(-32004, "I am busy")
        return {"task": task()}

    play = plays(SendMessage=picky, GetTask=task())
    run = play.given()
    edited(play, run)
    assert play.deliver() == ["delivered"]
    assert play.look(run).state == "working"


def test_a_cancellation_is_sent_and_nobody_waits_for_it(plays):
    def never(params):
        raise Fault(-32002, "Task cannot be canceled")

    play = plays(SendMessage={"task": task()}, CancelTask=never)
    run = play.given()
    supersede_run(run_id=run.id, code="reassigned", by=SYSTEM, at=utc_now())
    assert play.deliver() == ["delivered"]
    assert play.program.of("CancelTask") == [{"id": "t1"}]
    # What it does after that is its own affair: nobody looks any more.
    play.program.answers["GetTask"] = DONE
    assert play.look(run).state == "superseded"
    assert not run.deliverables.exists()


def test_an_agent_that_stops_by_itself_has_given_up(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task("TASK_STATE_CANCELED", said="Bye."))
    run = play.look(play.given())
    assert (run.state, run.failure) == ("failed", "error")
    assert run.reason["params"]["said"] == "Bye."


def test_what_comes_after_the_lease_is_kept_and_changes_nothing(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task())
    run = play.look(play.given())
    fail_run(run_id=run.id, kind="stalled", evidence={"silent_s": 9}, by=SYSTEM, at=utc_now())
    play.look(run)
    assert not LateResult.objects.exists()
    play.program.answers["GetTask"] = DONE
    assert play.look(run).failure == "stalled"
    assert LateResult.objects.get().payload["files"] == ["answer.md"]
    assert Talk.objects.get().due_at is None


def test_nobody_looks_for_what_came_too_late_for_that(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task())
    run = play.given()
    fail_run(run_id=run.id, kind="stalled", evidence={"silent_s": 9}, by=SYSTEM, at=utc_now())
    type(run).objects.filter(id=run.id).update(ended_at=utc_now() - timedelta(days=2))
    play.look(run)
    assert Talk.objects.get().due_at is None


def test_small_files_come_with_the_order_and_large_ones_with_what_opens_them(plays):
    play = plays(SendMessage={"task": DONE})
    first = play.given("Facts")
    large = base64.b64encode(b"x" * 300_000).decode()
    parts = [artifact({"text": "small"}), artifact({"raw": large}, name="big.bin")]
    play.program.answers["SendMessage"] = {"task": task("TASK_STATE_COMPLETED", artifacts=parts)}
    cast.accept(first.deliverables.get(), owner(play), at=utc_now())
    second = play.given("More", depends_on=[first.card])
    cast.accept(second.deliverables.get(), owner(play), at=utc_now())
    third = play.given("Most", depends_on=[second.card])
    text, *files = play.program.sent()["parts"]
    assert {file["filename"] for file in files} == {"answer.md", "big.bin"}
    held = next(file for file in files if file["filename"] == "answer.md")
    assert base64.b64decode(held["raw"]) == b"small"
    linked = next(file for file in files if file["filename"] == "big.bin")
    assert f"/agent/v1/files/{third.id}/" in linked["url"]
    assert f"Bearer {cast.credentials(third).run_token}" in text["text"]


def test_an_agent_that_takes_text_only_gets_the_files_as_links(plays):
    def picky(params):
        if len(params["message"]["parts"]) > 1:
            raise Fault(-32005, "Incompatible content types")
        return {"task": DONE}

    play = plays(SendMessage=picky)
    first = play.given("Facts")
    cast.accept(first.deliverables.get(), owner(play), at=utc_now())
    second = play.given("More", depends_on=[first.card])
    assert second.state == "submitted"
    text = play.program.sent()["parts"][0]["text"]
    assert f"/agent/v1/files/{second.id}/" in text
    assert cast.credentials(second).run_token in text


def test_the_files_of_a_bare_message_are_fetched(plays):
    program = Scripted()
    program.files["/a.png"] = Raw(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    link = {"url": f"{program.url}a.png", "filename": "a.png", "mediaType": "image/png"}
    bare = {"messageId": "m", "role": "ROLE_AGENT", "parts": [link]}
    program.answers["SendMessage"] = {"message": bare}
    run = plays(program).given()
    assert run.state == "submitted", run.reason
    assert run.deliverables.get().files.get().media_type == "image/png"


def test_a_credential_goes_to_the_agent_and_to_no_link_elsewhere(plays):
    elsewhere, program = Scripted(), Scripted(SendMessage={"task": task()})
    elsewhere.files["/a.bin"] = program.files["/a.bin"] = raw = Raw(b"0123456789")
    links = [{"url": f"{one.url}a.bin"} for one in (elsewhere, program)]
    program.answers["GetTask"] = task("TASK_STATE_COMPLETED", artifacts=[artifact(*links)])
    play = plays(program, key="s3cret")
    run = play.look(play.given())
    elsewhere.close()
    assert run.state == "submitted", run.reason
    shown = {call.method: call.headers.get("authorization") for call in program.calls}
    assert shown["SendMessage"] == shown["GetTask"] == shown["/a.bin"] == "Bearer s3cret"
    assert [call.headers.get("authorization") for call in elsewhere.calls] == [None]
    assert run.deliverables.get().files.first().blob.size == len(raw.body)


def test_the_credential_is_in_no_row_but_the_agents(plays):
    play = plays(Scripted(SendMessage={"task": task()}, GetTask=task()), key="s3cret")
    play.look(play.given())
    rows = [*Delivery.objects.values(), *DeliveryTry.objects.values(), *Talk.objects.values()]
    text = str([*rows, play.agent.reach])
    assert "s3cret" not in text
    assert "Bearer" not in text


@pytest.mark.parametrize("state", ["TASK_STATE_REJECTED", "rejected"])
def test_a_rejected_task_is_declined(plays, state):
    run = plays(SendMessage={"task": task(state, said="Not mine.")}).given()
    assert run.state == "declined"
    assert run.reason["params"]["said"] == "Not mine."
