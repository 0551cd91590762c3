"""Agents that answer wrongly: the run ends with the right kind and a readable reason."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.doors_a2a.agents import Fault, Raw, Scripted, artifact, message, task
from tests.doors_a2a.conftest import utc_now
from workspace import sentences
from workspace.models import Agent, Delivery, Talk

HTML = Raw(b"<html>502</html>", 200, {"Content-Type": "text/html"})
GB = 1024**3
DONE = task("TASK_STATE_COMPLETED", artifacts=[artifact({"text": "x"})])


def ended(run, kind: str, words: str = "") -> None:
    assert (run.state, run.failure) == ("failed", kind), run.reason
    told = sentences.sentence(run.reason)
    assert words in told
    assert "–" not in told  # every parameter of the sentence is there


def test_an_agent_that_is_not_there_is_tried_again_and_its_run_waits(plays):
    play = plays(SendMessage={"task": task()})
    play.program.close()
    run = play.given()
    assert run.state == "queued"
    assert Delivery.objects.get(run=run).state == "due"


def test_a_page_in_place_of_an_answer_is_no_agent(plays):
    run = plays(SendMessage=HTML).given()
    ended(run, "misconfigured", "What it answers is not A2A")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"jsonrpc": "2.0", "id": 1}', b'{"jsonrpc": "2.0", "result": 5}',
             b'{"jsonrpc": "2.0", "result": {"task": {"id": ""}}}', b"\xff\xfe", b"[" * 5000],
)  # fmt: skip
def test_an_answer_that_says_nothing_ends_the_run(plays, body):
    ended(plays(SendMessage=Raw(body)).given(), "misconfigured")


def test_an_error_of_the_agent_is_told_in_its_words(plays):
    def fails(params):
        raise Fault(-32603, "kaboom")

    run = plays(SendMessage=fails).given()
    ended(run, "error", "kaboom (-32603)")


def test_a_version_the_agent_does_not_speak_is_a_matter_for_its_owner(plays):
    def fails(params):
        raise Fault(-32009, "only 0.3 here")

    ended(plays(SendMessage=fails).given(), "misconfigured", "only 0.3 here")


def test_a_refused_credential_stops_the_agent(plays):
    play = plays(SendMessage=Raw(b"", 401))
    ended(play.given(), "misconfigured")
    assert Agent.objects.get().status == "disabled"


def test_a_credential_that_stops_counting_while_it_works_stops_the_agent(plays):
    play = plays(SendMessage={"task": task()}, GetTask=Raw(b"", 403))
    ended(play.look(play.given()), "misconfigured")
    assert Agent.objects.get().status == "disabled"


def test_an_agent_that_is_busy_is_given_the_time_it_asks_for(plays):
    play = plays(SendMessage=Raw(b"", 429, {"Retry-After": "120"}))
    run = play.given()
    delivery = Delivery.objects.get(run=run)
    assert (run.state, delivery.state) == ("queued", "due")
    assert delivery.due_at - utc_now() > timedelta(seconds=100)


def test_a_look_that_is_told_to_wait_waits(plays):
    play = plays(SendMessage={"task": task()}, GetTask=Raw(b"", 429, {"Retry-After": "120"}))
    run = play.look(play.given())
    assert run.state == "working"
    assert Talk.objects.get().due_at - utc_now() > timedelta(seconds=100)


def test_a_page_in_place_of_a_task_may_pass_twice_and_not_a_third_time(plays):
    play = plays(SendMessage={"task": task()}, GetTask=HTML)
    run = play.look(play.given(), times=2)
    assert run.state == "working"
    ended(play.look(run), "misconfigured", "not A2A")


def test_an_error_while_it_works_may_pass_twice_and_not_a_third_time(plays):
    def fails(params):
        raise Fault(-32603, "oops")

    play = plays(SendMessage={"task": task()}, GetTask=fails)
    run = play.look(play.given(), times=2)
    assert run.state == "working"
    ended(play.look(run), "error", "oops")


def test_a_page_that_passes_is_forgotten(plays):
    play = plays(SendMessage={"task": task()}, GetTask=HTML)
    run = play.look(play.given(), times=2)
    play.program.answers["GetTask"] = DONE
    assert play.look(run).state == "submitted"


def test_a_task_that_changes_its_id_is_not_taken(plays):
    other = {**DONE, "id": "t2"}
    play = plays(SendMessage={"task": task()}, GetTask=other)
    ended(play.look(play.given()), "error", "another task")


def test_a_task_the_agent_no_longer_knows_ends_the_run(plays):
    play = plays(SendMessage={"task": task()})
    ended(play.look(play.given()), "error", "no longer knows")


def test_a_task_that_never_ends_gives_no_sign_of_life(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task())
    run = play.look(play.given())
    sign, wait = run.last_sign_at, Talk.objects.get().facts["wait"]
    run = play.look(run, times=5)
    assert (run.state, run.last_sign_at) == ("working", sign)
    assert Talk.objects.get().facts["wait"] > wait


def test_an_unknown_state_is_shown_and_ends_nothing(plays):
    play = plays(SendMessage={"task": task()}, GetTask=task("TASK_STATE_PONDERING"))
    run = play.look(play.given(), times=2)
    assert run.state == "working"
    assert [step.title for step in run.steps.all()] == ["pondering"]


@pytest.mark.parametrize(
    "raw", [Raw(b"{", 200, {"Content-Length": str(GB)}), Raw(b'{"a": "', endless=True)],
    ids=["announced", "streamed"],
)  # fmt: skip
def test_a_task_of_a_gigabyte_is_not_read(plays, raw):
    play = plays(SendMessage={"task": task()}, GetTask=raw)
    ended(play.look(play.given()), "error", "larger than the 24 MB")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (Raw(b"x", 200, {"Content-Length": str(GB)}), "too large"),
        (Raw(b"x", endless=True), "too large"),
        (Raw(b"", 404), "not there"),
        (Raw(b"", 302, {"Location": "/elsewhere"}), "leads elsewhere"),
    ],
    ids=["announced", "streamed", "missing", "redirected"],
)
def test_a_file_behind_a_link_that_cannot_be_had_ends_the_run(plays, raw, words):
    program = Scripted(SendMessage={"task": task()})
    link = {"url": f"{program.url}file.bin", "filename": "file.bin", "mediaType": "image/png"}
    program.files["/file.bin"] = raw
    program.answers["GetTask"] = task("TASK_STATE_COMPLETED", artifacts=[artifact(link)])
    play = plays(program)
    ended(play.look(play.given()), "error", words)


@pytest.mark.parametrize("address", ["http://10.0.0.1/x", "http://169.254.169.254/latest/"])
def test_a_file_behind_a_link_to_a_private_address_is_not_fetched(plays, address):
    done = task("TASK_STATE_COMPLETED", artifacts=[artifact({"url": address})])
    play = plays(SendMessage={"task": task()}, GetTask=done)
    ended(play.look(play.given()), "error", "nobody may be sent to")


def test_completed_with_nothing_is_an_empty_completion(plays):
    ended(plays(SendMessage={"task": task("TASK_STATE_COMPLETED")}).given(), "empty_completion")


def test_claims_that_are_none_end_the_run_with_the_place(plays):
    wrong = {"kind": "result", "claims": [{"id": "c1"}]}
    done = task("TASK_STATE_COMPLETED", artifacts=[artifact({"text": "x"}, {"data": wrong})])
    run = plays(SendMessage={"task": done}).given()
    ended(run, "error", "/data/claims/0/subject")


def test_leave_for_nothing_that_can_be_shown_is_not_asked(plays):
    wanted = message("", {"kind": "permission", "action": {"argv": []}})
    play = plays(SendMessage={"task": task("TASK_STATE_INPUT_REQUIRED", said=wanted)})
    play.program.answers["GetTask"] = task("TASK_STATE_INPUT_REQUIRED", said=wanted)
    ended(play.look(play.given()), "error", "empty_action")


def test_a_stream_that_is_cut_costs_nothing(plays):
    status = {"state": "TASK_STATE_WORKING", "message": message("One", id="s1")}
    told = {"statusUpdate": {"taskId": "t1", "status": status}}
    line = b"data: " + json.dumps({"jsonrpc": "2.0", "id": 1, "result": told}).encode() + b"\n\n"
    stream = Raw(line + b"data: {", 200, {"Content-Type": "text/event-stream"}, cut=True)
    program = Scripted(SendMessage={"task": task()}, GetTask=task(), SubscribeToTask=stream)
    program.card["capabilities"] = {"streaming": True}
    play = plays(program)
    run = play.given()
    for _ in range(50):
        if run.steps.exists():
            break
        play.look(run)
    assert [step.title for step in run.steps.all()] == ["One"]
    program.answers["GetTask"] = task(
        "TASK_STATE_COMPLETED", artifacts=[artifact({"text": "x"})],
        history=[message("One", id="s1")],
    )  # fmt: skip
    assert play.look(run).state == "submitted"
    assert run.steps.count() == 1
