"""Deliveries brought to real local agents, and what follows from their answers."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from agents.doors import sending
from agents.doors.effects import take_outcome
from agents.doors.outcomes import TryAgain
from agents.doors.webhook.secrets import live_secrets
from tests import cast
from tests.doors.agents import listening
from tests.egress.wire import serving
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands.agents import rotate_secret, send_test_event
from workspace.commands.asks import answer_ask
from workspace.commands.runs import supersede_run
from workspace.commands.starting import assign_card
from workspace.keys import decrypted
from workspace.models import Delivery, DeliveryTry
from workspace.reports import Inline, Question, Result


def utc_now():
    return datetime.now(UTC)


@pytest.fixture(autouse=True)
def loopback(settings):
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]


def lives_at(agent, listener):
    agent.url = listener.url()
    agent.save()
    listener.secret = decrypted(agent.secret)


def given(card, agent):
    """The card's run and its owed assignment, not sent yet."""
    card.refresh_from_db()
    run = assign_card(
        card_id=card.id, agent_id=agent.id, attempt=1, round=1, why={},
        by=coordinator(rule="best_fit"), at=utc_now(),
    )  # fmt: skip
    return run, Delivery.objects.get(run=run, type="card.assigned")


def sent(delivery):
    """Send it now, whenever it was due."""
    Delivery.objects.filter(id=delivery.id).update(due_at=utc_now())
    state = sending.deliver_one(delivery.id)
    delivery.refresh_from_db()
    return state


def after(card, agent, says):
    """The run and the delivery after an agent answered `says` to its assignment."""
    with listening(lambda event: says) as listener:
        lives_at(agent, listener)
        run, delivery = given(card, agent)
        sent(delivery)
    run.refresh_from_db()
    return run, delivery


def test_an_assignment_arrives_signed_and_whole(card, agent):
    with listening() as listener:
        lives_at(agent, listener)
        run, delivery = given(card, agent)
        assert sent(delivery) == "delivered"
    assert listener.genuine == [True]
    (headers,) = listener.headers
    assert headers["webhook-id"] == delivery.id
    assert headers["user-agent"] == "Muster/1"
    (order,) = listener.of("card.assigned")
    assert order["run"]["id"] == run.id
    assert order["run"]["lease_token"] == cast.credentials(run).lease_token
    assert order["callback"]["token"] == cast.credentials(run).run_token
    assert order["card"]["title"] == card.title
    assert card.title in order["prompt"]
    run.refresh_from_db()
    assert run.state == "working"


def test_the_tokens_sent_open_the_callbacks(card, agent, client):
    with listening() as listener:
        lives_at(agent, listener)
        _, delivery = given(card, agent)
        sent(delivery)
    (order,) = listener.of("card.assigned")
    path = order["callback"]["base_url"].partition("/agent/v1/")[2]
    response = client.post(
        f"/agent/v1/{path}/heartbeat", data=b"{}", content_type="application/json",
        headers={
            "Authorization": f"Bearer {order['callback']['token']}",
            "Muster-Lease": order["run"]["lease_token"],
        },
    )  # fmt: skip
    assert response.status_code == 200


def test_credentials_are_in_no_row_of_the_delivery_or_its_log(card, agent):
    run, _ = after(card, agent, (202, None))
    shown = cast.credentials(run)
    rows = [*Delivery.objects.values(), *DeliveryTry.objects.values()]
    text = json.dumps(rows, default=str)
    assert shown.run_token not in text
    assert shown.lease_token not in text
    assert decrypted(agent.secret) not in text


def test_both_secrets_sign_for_a_day_after_rotation(card, agent):
    before = decrypted(agent.secret)
    rotate_secret(agent_id=agent.id, by=SYSTEM, at=utc_now())
    agent.refresh_from_db()
    assert live_secrets(agent, utc_now()) == [decrypted(agent.secret), before]
    assert live_secrets(agent, utc_now() + timedelta(hours=25)) == [decrypted(agent.secret)]
    with listening() as listener:
        lives_at(agent, listener)
        listener.secret = before
        _, delivery = given(card, agent)
        assert sent(delivery) == "delivered"
    assert listener.genuine == [True]


def test_an_order_names_its_inputs_with_links_that_open(room, agent, client):
    first = cast.a_card(room, "Facts")
    version = cast.a_submission(cast.a_run(first, agent))
    cast.accept(version, room.members.get(role="owner").person)
    second = cast.a_card(room, "Report", depends_on=[first])
    with listening() as listener:
        lives_at(agent, listener)
        _, delivery = given(second, agent)
        sent(delivery)
    (order,) = listener.of("card.assigned")
    (told,) = order["inputs"]
    assert (told["deliverable_id"], told["sha256"]) == (version.id, version.sha256)
    (file,) = told["files"]
    response = client.get(
        file["url"][file["url"].index("/agent/v1/") :],
        headers={"Authorization": f"Bearer {order['callback']['token']}"},
    )
    assert b"".join(response.streaming_content) == b"timeout is 10"
    assert "Facts (version 1)" in order["prompt"]


def test_an_empty_answer_leaves_the_run_offered(card, agent):
    for answer in ((200, None), (204, None), (200, b"OK"), (200, {"status": "pondering"})):
        run, delivery = after(card, agent, answer)
        assert (run.state, delivery.state) == ("offered", "delivered")
        assert run.ack_by is not None
        supersede_run(run_id=run.id, code="reassigned", by=SYSTEM, at=utc_now())


def test_a_completed_answer_goes_to_review(card, agent):
    result = {"summary_md": "s", "artifacts": [{"name": "a.md", "content": "text"}]}
    run, _ = after(card, agent, (200, {"status": "completed", "result": result}))
    card.refresh_from_db()
    assert (run.state, card.status) == ("submitted", "review")
    assert run.deliverables.get().files.get().name == "a.md"


def test_a_completed_answer_without_files_is_an_empty_completion(card, agent):
    run, _ = after(card, agent, (200, {"status": "completed", "result": {"summary_md": "Done"}}))
    assert (run.state, run.failure) == ("failed", "empty_completion")


def test_a_completed_answer_that_cannot_be_taken_fails_the_run_with_the_place(card, agent):
    result = {"artifacts": [{"name": "../a", "content": "x"}]}
    run, _ = after(card, agent, (200, {"status": "completed", "result": result}))
    assert (run.state, run.failure) == ("failed", "error")
    assert run.reason["params"]["problem"] == "bad_file_name"


def test_a_question_in_the_answer_waits_for_people(card, agent):
    question = {"id": "q1", "message_md": "Which?"}
    run, _ = after(card, agent, (200, {"status": "input_required", "question": question}))
    assert run.state == "waiting"
    assert run.asks.get().ref == "q1"


def test_a_refusal_and_a_failure_in_the_answer_free_the_card(card, agent):
    run, _ = after(card, agent, (200, {"status": "rejected", "reason": "Not mine"}))
    assert run.state == "declined"
    run, _ = after(card, agent, (200, {"status": "failed", "error": {"message": "No"}}))
    assert (run.state, run.failure) == ("failed", "error")
    card.refresh_from_db()
    assert card.status == "ready"


def test_a_wrong_secret_stops_everything_at_once(card, agent):
    run, delivery = after(card, agent, (401, None))
    agent.refresh_from_db()
    assert delivery.log.get().outcome["code"] == "secret_mismatch"
    assert delivery.due_at is None
    assert (run.state, run.failure) == ("failed", "misconfigured")
    assert (agent.status, agent.status_reason["code"]) == ("disabled", "secret_mismatch")


def test_gone_disables_the_endpoint(card, agent):
    run, _ = after(card, agent, (410, None))
    agent.refresh_from_db()
    assert (run.failure, agent.status) == ("rejected_delivery", "disabled")


def test_another_refusal_is_not_tried_again(card, agent):
    run, delivery = after(card, agent, (422, {"error": "no"}))
    assert (run.failure, delivery.due_at) == ("rejected_delivery", None)
    assert delivery.log.get().outcome == {"code": "status", "params": {"status": 422}}
    agent.refresh_from_db()
    assert agent.status == "verified"


def test_a_known_run_counts_as_delivered(card, agent):
    run, delivery = after(card, agent, (409, None))
    assert (delivery.state, run.state) == ("delivered", "offered")


@pytest.mark.parametrize("status", [500, 502, 302])
def test_a_broken_endpoint_is_tried_again_under_the_same_id(card, agent, status):
    extra = {"headers": ["Location: http://127.0.0.1/"]}
    run, delivery = after(card, agent, (status, extra))
    assert (delivery.state, delivery.tries, run.state) == ("due", 1, "queued")
    wait = delivery.due_at - utc_now()
    assert timedelta(seconds=2) < wait < timedelta(seconds=7)
    with listening() as listener:
        lives_at(agent, listener)
        assert sent(delivery) == "delivered"
    assert listener.headers[0]["webhook-id"] == delivery.id
    assert [line.n for line in delivery.log.order_by("id")] == [1, 2]


def test_a_busy_endpoint_is_given_the_time_it_asks_for(card, agent):
    _, delivery = after(card, agent, (429, {"headers": ["Retry-After: 120"]}))
    wait = delivery.due_at - utc_now()
    assert timedelta(seconds=115) < wait <= timedelta(seconds=120)
    agent.refresh_from_db()
    assert agent.failures_in_a_row == 0


def test_an_endpoint_that_stays_away_fails_the_run_as_unreachable(card, agent):
    with listening() as listener:
        lives_at(agent, listener)
    run, delivery = given(card, agent)
    for _ in range(4):
        assert sent(delivery) == "due"
    assert sent(delivery) == "failed"
    run.refresh_from_db()
    agent.refresh_from_db()
    assert (run.state, run.failure) == ("failed", "unreachable")
    assert run.reason["params"]["tries"] == 5
    assert agent.degraded_until is not None
    assert {line.outcome["code"] for line in delivery.log.all()} == {"connection_failed"}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("not a url", "not_a_url"),
        ("https://user@agent.example/", "userinfo"),
        ("http://10.0.0.1/hook", "private_address"),
        ("https://169.254.169.254/latest", "private_address"),
        ("https://2130706433/", "numeric_host"),
    ],
)
def test_an_address_that_may_not_be_called_is_misconfigured(card, agent, url, code):
    agent.url = url
    agent.save()
    run, delivery = given(card, agent)
    assert sent(delivery) == "failed"
    run.refresh_from_db()
    assert run.failure == "misconfigured"
    assert delivery.log.get().outcome["code"] == code


def test_loopback_is_not_called_without_the_operators_leave(card, agent, settings):
    settings.MUSTER_ALLOW_CIDRS = []
    with listening() as listener:
        lives_at(agent, listener)
        _, delivery = given(card, agent)
        assert sent(delivery) == "failed"
        assert listener.wire.connections == 0


def test_a_delivery_is_claimed_once(card, agent):
    with listening() as listener:
        lives_at(agent, listener)
        _, delivery = given(card, agent)
        sent(delivery)
        assert sending.deliver_one(delivery.id) is None
    assert len(listener.events) == 1


def test_an_order_for_a_run_that_is_over_is_not_sent(card, agent):
    with listening() as listener:
        lives_at(agent, listener)
        run, delivery = given(card, agent)
        supersede_run(run_id=run.id, code="reassigned", by=SYSTEM, at=utc_now())
        assert sent(delivery) is None
        cancelled = Delivery.objects.get(run=run, type="card.cancelled")
        assert sent(cancelled) == "delivered"
    assert [event["type"] for event in listener.events] == ["card.cancelled"]
    assert listener.of("card.cancelled")[0]["reason"] == "reassigned"


def test_a_result_that_comes_after_the_run_was_taken_away_is_kept_as_late(card, agent):
    run, delivery = given(card, agent)
    supersede_run(run_id=run.id, code="reassigned", by=SYSTEM, at=utc_now())
    said = Result("s", (Inline("a.md", "text/markdown", b"text"),))
    verdict = take_outcome(delivery, said, at=utc_now(), chance=0.5)
    assert (verdict.state, verdict.code) == ("delivered", "lease_lost")
    assert run.late_results.count() == 1
    run.refresh_from_db()
    assert run.state == "superseded"


@pytest.mark.parametrize(("is_back", "waits"), [(True, False), (False, True)])
def test_who_came_while_a_try_found_it_away_does_not_wait_for_the_next(card, agent, is_back, waits):
    _, delivery = given(card, agent)
    at = utc_now()
    agent.door, agent.there_until = "connector", at + timedelta(seconds=30) if is_back else None
    agent.save()
    delivery.tries = 3
    verdict = take_outcome(delivery, TryAgain("offline", {}), at=at, chance=0.5)
    assert verdict.state == "due"
    assert (verdict.again_at > at) is waits


def test_an_answer_taken_before_a_crash_is_not_taken_twice(card, agent, monkeypatch):
    question = {"id": "q1", "message_md": "Which?"}
    with listening(lambda e: (200, {"status": "input_required", "question": question})) as listener:
        lives_at(agent, listener)
        run, delivery = given(card, agent)

        def crash(*args, **kwargs):
            raise SystemError("killed between effect and mark")

        with monkeypatch.context() as broken:
            broken.setattr("workspace.outbox.mark", crash)
            with pytest.raises(SystemError):
                sending.deliver_one(delivery.id)
        Delivery.objects.update(claimed_until=None)
        assert sending.deliver_one(delivery.id) == "delivered"
    assert [headers["webhook-id"] for headers in listener.headers] == [delivery.id] * 2
    assert run.asks.count() == 1


def test_an_answer_of_a_person_is_brought_to_the_agent(card, agent):
    run = cast.a_run(card, agent)
    cast.says(run, Question(ref="q1", message_md="Which?"))
    owner = run.room.members.get(role="owner").person
    said = {"action": "accept", "content": {"answer": "10"}}
    answer_ask(ask_id=run.asks.get().id, answer=said, by=By(owner.id), at=cast.AT)
    with listening() as listener:
        lives_at(agent, listener)
        assert sent(Delivery.objects.get(run=run, type="question.answered")) == "delivered"
    (told,) = listener.of("question.answered")
    assert (told["question_id"], told["action"], told["content"]) == (
        "q1",
        "accept",
        {"answer": "10"},
    )
    assert told["answered_by"] == owner.id


def test_a_test_event_is_sent_and_logged(agent):
    with listening() as listener:
        lives_at(agent, listener)
        delivery = sending.send_test(agent_id=agent.id, by=SYSTEM)
    assert delivery.state == "delivered"
    assert listener.of("ping")[0]["nonce"] == delivery.id
    assert listener.genuine == [True]


def test_a_test_event_that_fails_is_not_tried_again(agent):
    with listening(lambda event: (500, None)) as listener:
        lives_at(agent, listener)
        assert sending.send_test(agent_id=agent.id, by=SYSTEM).state == "failed"


@pytest.mark.parametrize("status", ["disabled", "revoked"])
def test_nothing_is_sent_to_an_agent_that_was_switched_off(agent, status):
    with listening() as listener:
        lives_at(agent, listener)
        delivery = send_test_event(agent_id=agent.id, by=SYSTEM, at=utc_now())
        agent.status = status
        agent.save()
        assert sent(delivery) == "cancelled"
        assert listener.wire.connections == 0


@pytest.mark.django_db(transaction=True)
def test_a_slow_agent_holds_up_nobody(agent, room):
    quick = cast.an_agent(room, "Quick")
    stuck = []

    def hang(connection, request):
        while not stuck:
            time.sleep(0.02)

    with serving(hang) as slow, listening() as listener:
        agent.url = slow.url()
        agent.save()
        lives_at(quick, listener)
        first = send_test_event(agent_id=agent.id, by=SYSTEM, at=utc_now() - timedelta(seconds=1))
        second = send_test_event(agent_id=quick.id, by=SYSTEM, at=utc_now())
        one, two = sending.begin_due(utc_now())
        assert two.result(timeout=20) == "delivered"
        assert not one.done()
        assert sending.begin_due(utc_now()) == []
        stuck.append(True)
        assert one.result(timeout=20) == "failed"
    states = dict(Delivery.objects.values_list("id", "state"))
    assert (states[first.id], states[second.id]) == ("failed", "delivered")
