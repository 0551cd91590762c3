"""Whatever a model or its endpoint does: the run ends as what it is, and the reason can be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests import cast
from tests.doors_model.conftest import a_worker, gives, goes_on, is_over, made, works
from tests.fakes.tool_model import Call, Says, Script, ToolModel, calls, in_turn, turns
from workspace.models import Agent, Room, Run
from workspace.sentences import evidence, sentence
from workspace.verify import verify

Models = Callable[..., ToolModel]
HTML = b"<html><body>504 Gateway Time-out</body></html>"
DONE = calls(("write_file", {"name": "a.md", "content": "Done."}), ("submit", {"summary": "Done."}))


def failed_so(run: Run, kind: str, code: str = "") -> None:
    """It has failed as that, says so in a sentence of its own, and the board is well."""
    assert (run.state, run.failure) == ("failed", kind)
    params = run.reason["params"]
    if code:
        assert params["code"] == code
        assert sentence(run.reason) not in ("", sentence({"code": kind, "params": {}}))
    assert all(shown.text for shown in evidence(kind, params))
    run.card.refresh_from_db()
    assert run.card.status == "ready"
    assert verify(datetime.now(UTC)) == []


def error(status: int, kind: str, **headers: str) -> Says:
    body = json.dumps({"error": {"type": kind, "message": f"scripted {kind}"}}).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Says(status=status, raw=body, headers=sent)


def test_an_empty_answer_ends_as_an_empty_completion(room: Room, models: Models) -> None:
    run = works(cast.a_card(room), a_worker(room, models(lambda body: Says("", finish="length"))))
    failed_so(run, "empty_completion")
    assert len(made(run, "model")) == 2  # it was told once how it works here


def test_a_plain_answer_is_taken_at_its_word(room: Room, models: Models) -> None:
    model = models(lambda body: Says("The answer is 42."))
    run = works(cast.a_card(room), a_worker(room, model))
    assert run.state == "submitted"
    assert [file.name for file in run.deliverables.get().files.all()] == ["answer.md"]


def test_an_unknown_tool_is_answered_with_those_there_are(room: Room, models: Models) -> None:
    run = works(cast.a_card(room), a_worker(room, models(in_turn(calls(("rm_rf", {})), DONE))))
    assert run.state == "submitted"
    assert (
        "there is no tool of that name. There are: read_card" in made(run, "tool")[0].said["text"]
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{not json", "not JSON"),
        ('{"name": "a.md"}', "content — missing"),
        ('{"name": "../../etc/passwd", "content": "x"}', "bad file name"),
        ('{"name": 7, "content": "x"}', "name — not text"),
        ("[1, 2]", "not an object"),
        ('{"name": "a.md", "content": NaN}', "not JSON"),
        ('{"name": "a\\u0000.md", "content": "x"}', "not JSON"),
    ],
)
def test_a_wrong_call_is_answered_with_what_is_wrong(
    room: Room, models: Models, given: str, told: str
) -> None:
    model = models(in_turn(calls(Call("write_file", given)), DONE))
    run = works(cast.a_card(room), a_worker(room, model))
    assert run.state == "submitted"
    assert told in made(run, "tool")[0].said["text"]


def test_wrong_calls_without_an_end_fail_the_run(room: Room, models: Models) -> None:
    def wrong(body: dict) -> Says:
        return calls(("write_file", {"nr": turns(body)}))

    run = works(cast.a_card(room), a_worker(room, models(wrong)))
    failed_so(run, "error", "bad_calls")


def test_the_same_call_again_and_again_is_a_loop(room: Room, models: Models) -> None:
    model = models(lambda body: calls(("report_progress", {"note": "Thinking"})))
    run = works(cast.a_card(room), a_worker(room, model))
    assert (run.state, run.failure) == ("failed", "looping")
    assert len(made(run, "model")) == 4


def test_endless_calls_end_at_the_cap(room: Room, models: Models) -> None:
    def endless(body: dict) -> Says:
        return calls(("report_progress", {"note": f"Step {turns(body)}"}))

    run = works(cast.a_card(room), a_worker(room, models(endless), turns=6))
    failed_so(run, "looping", "turn_cap")
    assert len(made(run, "model")) == 6


@pytest.mark.usefixtures("quick")
def test_an_endpoint_that_keeps_asking_to_wait_fails_the_run(room: Room, models: Models) -> None:
    model = models(lambda body: error(429, "rate_limit_reached_error", retry_after="0"))
    run = works(cast.a_card(room), a_worker(room, model))
    failed_so(run, "rate_limited", "throttled")
    assert made(run, "model")[0].tries == len(model.requests) == 6


def test_an_endpoint_is_left_alone_for_as_long_as_it_asks(room: Room, models: Models) -> None:
    model = models(
        in_turn_of_requests(error(429, "engine_overloaded_error", retry_after="2"), DONE)
    )
    run = gives(cast.a_card(room), a_worker(room, model))
    goes_on(run, until=lambda run: any(call.due_at for call in made(run, "model")))
    waits = made(run, "model")[0]
    assert waits.due_at is not None
    assert 1.0 < (waits.due_at - waits.begun_at).total_seconds() < 3.0
    assert waits.trouble["code"] == "throttled"
    assert goes_on(run, until=is_over).state == "submitted"
    assert made(run, "model")[0].tries == 2


def test_more_of_a_wait_than_the_run_can_live_through_fails_it_at_once(
    room: Room, models: Models
) -> None:
    model = models(lambda body: error(429, "rate_limit_reached_error", retry_after="3600"))
    run = works(cast.a_card(room), a_worker(room, model))
    failed_so(run, "rate_limited", "throttled")
    assert len(model.requests) == 1


def in_turn_of_requests(*said: Says) -> Script:
    """One answer for each request, the last one for all that follow."""
    left = list(said)
    return lambda body: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("says", "code"),
    [
        (Says(status=504, raw=HTML, content_type="text/html"), "server_error"),
        (Says(status=200, raw=HTML, content_type="text/html"), "bad_response"),
        (error(500, "server_error"), "server_error"),
        (Says("Half of", breaks_off=True), "broken_off"),
        (Says(status=200, raw=b'{"choices": []}'), "bad_response"),
        (Says(status=200, raw=b"data: {\n\n", content_type="text/event-stream"), "bad_response"),
    ],
)
def test_an_endpoint_that_brings_no_answer_is_tried_again_and_then_unreachable(
    room: Room, models: Models, says: Says, code: str
) -> None:
    model = models(lambda body: says)
    agent = a_worker(room, model)
    run = works(cast.a_card(room), agent)
    failed_so(run, "unreachable", code)
    assert len(model.requests) == 6
    agent.refresh_from_db()
    assert agent.failures_in_a_row == 1


@pytest.mark.usefixtures("quick")
def test_a_stream_that_is_cut_once_is_asked_for_once_more(room: Room, models: Models) -> None:
    model = models(in_turn_of_requests(Says("Half of it", breaks_off=True), DONE))
    run = works(cast.a_card(room), a_worker(room, model))
    assert run.state == "submitted"
    assert [call.tries for call in made(run, "model")] == [2]


def test_an_answer_over_all_limits_is_not_taken(room: Room, models: Models) -> None:
    run = works(cast.a_card(room), a_worker(room, models(lambda body: Says("x" * 900_000))))
    failed_so(run, "error", "answer_too_long")


@pytest.mark.parametrize(
    ("says", "kind", "code"),
    [
        (error(401, "invalid_authentication_error"), "misconfigured", "key_refused"),
        (error(404, "resource_not_found_error"), "misconfigured", "no_such_model"),
        (error(429, "exceeded_current_quota_error"), "over_budget", "provider_quota"),
    ],
)
def test_what_only_a_person_can_mend_fails_at_once_and_nothing_more_is_given(
    room: Room, models: Models, says: Says, kind: str, code: str
) -> None:
    model = models(lambda body: says)
    agent = a_worker(room, model)
    run = works(cast.a_card(room), agent)
    failed_so(run, kind, code)
    assert len(model.requests) == 1
    agent.refresh_from_db()
    assert (agent.status, agent.status_reason["code"]) == ("disabled", code)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [(400, "content_filter", "content_filter"), (400, "invalid_request_error", "request_refused")],
)
def test_a_request_that_is_refused_for_good_is_not_made_again(
    room: Room, models: Models, status: int, kind: str, code: str
) -> None:
    model = models(lambda body: error(status, kind))
    run = works(cast.a_card(room), a_worker(room, model))
    failed_so(run, "error", code)
    assert len(model.requests) == 1
    assert Agent.objects.get().status == "verified"


def test_a_wrong_key_is_found_by_verifying_and_by_working(room: Room, models: Models) -> None:
    from agents.doors.verifying import verify_agent

    agent = a_worker(room, models(lambda body: DONE), key="sk-wrong")
    found = verify_agent(agent.id)
    assert (found.status, found.steps[0]["code"]) == ("unverified", "key_refused")


@pytest.mark.usefixtures("quick")
def test_an_address_nobody_listens_at_is_unreachable(room: Room, models: Models) -> None:
    model = models(lambda body: DONE)
    agent = a_worker(room, model)
    model.stop()
    failed_so(works(cast.a_card(room), agent), "unreachable", "connection_failed")


def test_a_private_address_is_not_talked_to(room: Room, models: Models, settings: object) -> None:
    settings.MUSTER_ALLOW_CIDRS = []  # type: ignore[attr-defined]
    model = models(lambda body: DONE)
    failed_so(works(cast.a_card(room), a_worker(room, model)), "misconfigured")
    assert model.requests == []


def test_calls_share_one_id_and_are_told_apart(room: Room, models: Models) -> None:
    first = calls(
        ("write_file", {"name": "a.md", "content": "A"}),
        ("write_file", {"name": "b.md", "content": "B"}),
    )
    model = models(in_turn(first, calls(("submit", {"summary": "Both."}))))
    run = works(cast.a_card(room), a_worker(room, model))
    assert sorted(file.name for file in run.deliverables.get().files.all()) == ["a.md", "b.md"]
    told = [m["content"] for m in model.requests[1]["messages"] if m["role"] == "tool"]
    assert told == ["Kept a.md: 1 characters.", "Kept b.md: 1 characters."]


def test_more_calls_at_once_than_are_taken_are_answered(room: Room, models: Models) -> None:
    many = calls(*(("report_progress", {"note": f"n{n}"}) for n in range(6)))
    run = works(cast.a_card(room), a_worker(room, models(in_turn(many, DONE)), calls_each=4))
    told = [call.said["text"] for call in made(run, "tool")][:6]
    assert told[3:] == ["Noted.", *["Not done: at most 4 calls at once."] * 2]


def test_an_endpoint_that_tells_no_usage_counts_as_its_worst_case(
    room: Room, models: Models
) -> None:
    says = calls(*((c.name, c.arguments) for c in DONE.calls), without_usage=True)
    prices = {"cache_hit": 1.0, "cache_miss": 1.0, "output": 10.0}
    run = works(cast.a_card(room), a_worker(room, models(lambda b: says), prices=prices))
    assert run.cost_usd is not None
    assert float(run.cost_usd) > 4_096 * 10 / 1_000_000
