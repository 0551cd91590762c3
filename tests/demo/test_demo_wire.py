"""Deliveries, replies and callbacks: what every demo agent must do on the wire."""

from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import pytest

from agents.demo.roster import GOAL, ROSTER
from tests.demo.conftest import Start
from tests.demo.recorder import SECRET, Recorder, deliver, order, send, signed

OTHER_SECRET = "whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXQ="
NAMES = [agent.module.rsplit(".", 1)[1] for agent in ROSTER]


@pytest.mark.parametrize("agent", ROSTER, ids=NAMES)
def test_the_challenge_comes_back_with_what_the_agent_can_do(agent, start: Start):
    port = start(agent.module.rsplit(".", 1)[1])
    status, reply = deliver(port, "agent.verify", {"agent_id": "agt_1", "challenge": "abc"})
    assert status == 200
    assert reply["challenge"] == "abc"
    assert reply["agent"]["name"] == agent.name
    assert reply["agent"]["skills"] == list(agent.skills)
    status, reply = deliver(port, "agent.verify", {"challenge": "abc"}, secret=OTHER_SECRET)
    assert status == 401
    assert "challenge" not in reply


def test_an_old_delivery_is_refused(start: Start):
    port = start("ledger")
    old = datetime.now(UTC) - timedelta(minutes=6)
    assert deliver(port, "ping", {"nonce": "n"}, at=old)[0] == 401
    early = datetime.now(UTC) + timedelta(minutes=6)
    assert deliver(port, "ping", {"nonce": "n"}, at=early)[0] == 401
    assert deliver(port, "ping", {"nonce": "n"}) == (200, {"status": "ok", "nonce": "n"})


def test_one_right_signature_in_a_list_is_enough(start: Start):
    port = start("ledger")
    body, now = '{"type": "ping", "data": {"nonce": "n"}}', datetime.now(UTC)
    headers = signed(body, SECRET, now)
    wrong = signed(body, OTHER_SECRET, now)["webhook-signature"]
    listed = f"{wrong} v1a,bm90LWZvci11cw== {headers['webhook-signature']}"
    assert send(port, body, headers | {"webhook-signature": listed})[0] == 200
    assert send(port, body, headers | {"webhook-signature": wrong})[0] == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "nonsense"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "²"},
        {"webhook-id": ""},
    ],
    ids=["none", "not ascii", "no version", "no number", "odd digit", "no id"],
)
def test_a_malformed_signature_is_refused_and_breaks_nothing(changes, start: Start):
    port = start("ledger")
    body = '{"type": "ping", "data": {}}'
    headers = signed(body, SECRET, datetime.now(UTC))
    encoded = {k: v.encode("latin-1") for k, v in (headers | changes).items()}
    assert send(port, body, encoded)[0] == 401
    assert send(port, body, headers)[0] == 200


def test_a_changed_body_is_refused(start: Start):
    port = start("ledger")
    body = '{"type": "ping", "data": {"nonce": "a"}}'
    headers = signed(body, SECRET, datetime.now(UTC))
    assert send(port, body.replace('"a"', '"b"'), headers)[0] == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [("not json", 400), ("[]", 400), ('{"type": "ping", "data": 3}', 400), ("{}", 400)],
)
def test_a_signed_body_that_is_no_event_is_refused(body, status, start: Start):
    port = start("ledger")
    assert send(port, body, signed(body, SECRET, datetime.now(UTC)))[0] == status


def test_an_order_without_a_callback_is_refused(start: Start, recorder: Recorder):
    incomplete = order(recorder, "Dependency table", callback={})
    assert deliver(start("ledger"), "card.assigned", incomplete)[0] == 422


def test_a_card_for_another_trade_is_declined(start: Start, recorder: Recorder):
    status, reply = deliver(start("ledger"), "card.assigned", order(recorder, "Paint the fence"))
    assert (status, reply["status"]) == (200, "rejected")
    assert "dependencies" in reply["reason"]


def test_the_same_run_again_is_a_duplicate_even_when_it_is_done(start: Start, recorder: Recorder):
    port, data = start("ledger"), order(recorder, "Dependency table")
    assert deliver(port, "card.assigned", data)[0] == 202
    assert deliver(port, "card.assigned", data)[0] == 409
    recorder.until(lambda r: r.completions)
    assert deliver(port, "card.assigned", data)[0] == 409
    assert len(recorder.completions) == 1


def test_a_callback_is_repeated_when_the_workspace_is_away_for_a_moment(
    start: Start, recorder: Recorder
):
    recorder.busy_for = 2
    recorder.closes = {"/artifacts", "/complete"}
    deliver(start("ledger"), "card.assigned", order(recorder, "Dependency table"))
    recorder.until(lambda r: r.completions)
    assert len(recorder.completions) == 1
    assert recorder.closes == set()


def test_a_lost_lease_ends_the_work(start: Start, recorder: Recorder):
    port = start("ledger", pace="0.2")
    deliver(port, "card.assigned", order(recorder, "Dependency table"))
    recorder.until(lambda r: r.events)
    recorder.lease_lost = True
    recorder.until(lambda r: r.refused == 2)  # a step, and the word that it stopped
    assert recorder.completions == []
    recorder.lease_lost = False
    assert (
        deliver(port, "card.assigned", order(recorder, "Dependency table", run_id="run_2"))[0]
        == 202
    )
    recorder.until(lambda r: r.completions)


def test_a_cancelled_card_is_worked_on_no_further(start: Start, recorder: Recorder):
    port = start("ledger", pace="0.3")
    deliver(port, "card.assigned", order(recorder, "Dependency table"))
    recorder.until(lambda r: r.events)
    cancelled = {"run_id": "run_1", "card_id": "card_1", "reason": "user"}
    assert deliver(port, "card.cancelled", cancelled)[0] == 200
    recorder.until(lambda r: r.events[-1]["type"] == "run.cancelled")
    assert recorder.completions == []


def test_a_revised_card_is_started_over(start: Start, recorder: Recorder):
    port = start("ledger", pace="0.2")
    data = order(recorder, "Dependency table")
    deliver(port, "card.assigned", data)
    recorder.until(lambda r: len(r.events) >= 2)
    card = data["card"] | {"title": "Dependency table, please"}
    assert deliver(port, "card.revised", {"run_id": "run_1", "card": card})[0] == 200
    recorder.until(lambda r: r.completions)
    percents = [e["data"]["percent"] for e in recorder.events if e["type"] == "run.progress"]
    assert percents.count(percents[0]) == 2
    assert len(recorder.completions) == 1


def test_sleepy_accepts_reports_once_and_goes_silent(start: Start, recorder: Recorder):
    port = start("sleepy")
    assert deliver(port, "card.assigned", order(recorder, "Test report"))[0] == 202
    recorder.until(lambda r: r.events)
    with pytest.raises(AssertionError):
        recorder.until(lambda r: len(r.events) > 1 or r.completions or r.failures, within=1.5)
    assert [event["type"] for event in recorder.events] == ["run.progress"]
    assert deliver(port, "ping", {"nonce": "n"})[0] == 200


def test_an_agent_says_on_a_plain_visit_who_it_is(start: Start):
    connection = HTTPConnection("127.0.0.1", start("tracer"), timeout=5)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert answer.status == 200
    assert b"Tracer" in answer.read()
    connection.close()


def test_every_skill_has_two_able_agents_and_sleepy_is_tried_before_prober():
    names = [agent.name for agent in ROSTER]
    assert names.index("Sleepy") < names.index("Prober")
    awake = [agent for agent in ROSTER if agent.name != "Sleepy"]
    for skill in ("dependencies", "testing", "docs", "code", "patching", "writing"):
        assert sum(skill in agent.skills for agent in awake) >= 2, skill


def test_the_goal_names_seven_cards_in_three_stages():
    lines = GOAL.splitlines()
    assert sum(line.startswith("- ") for line in lines) == 7
    assert [line for line in lines if line in ("First:", "Then:", "Last:")] == [
        "First:",
        "Then:",
        "Last:",
    ]
