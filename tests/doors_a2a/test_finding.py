"""Who is at an address: found by a pasted URL, verified, confirmed by the owner where it leads."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.doors.a2a.probe import probe
from agents.doors.verifying import verify_agent
from tests import cast
from tests.doors_a2a.agents import Raw, Scripted, task
from tests.doors_a2a.conftest import registered, utc_now
from workspace.actors import SYSTEM, By
from workspace.commands.agents import AgentFacts, edit_agent
from workspace.models import Agent, Delivery
from workspace.sentences import checked


@pytest.fixture
def program():
    made = Scripted()
    yield made
    made.close()


def found(room, program, key=""):
    agent = registered(room, program, key=key)
    made = verify_agent(agent.id, by=SYSTEM)
    agent.refresh_from_db()
    for step in made.steps:
        assert checked(step) != step["code"].replace("_", " ").capitalize()
    return agent, made


def test_what_is_found_is_said(room, program):
    program.card["capabilities"] = {"streaming": True}
    agent, made = found(room, program)
    assert made.status == agent.status == "verified"
    assert [step["code"] for step in made.steps] == [
        "a2a_card_read",
        "a2a_interface",
        "a2a_answers",
    ]
    assert (agent.version, agent.skills) == ("7", ["odd jobs"])
    assert agent.capabilities["streaming"] is True
    assert agent.reach["address"] == f"{program.url}rpc"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (Raw(b"<html></html>"), "a2a_card_unreadable"),
        (Raw(b'{"name": '), "a2a_card_unreadable"),
        (Raw(b"[]"), "a2a_card_unreadable"),
        (Raw(b"", 404), "a2a_no_card"),
        (Raw(b"", 500), "a2a_no_card"),
        (Raw(b"", 302, {"Location": "/x"}), "redirect"),
        (Raw(b" ", endless=True), "too_large"),
        ({"name": "x", "supportedInterfaces": [{}]}, "a2a_nothing_spoken"),
        ({"name": "x", "capabilities": {}, "url": "/", "protocolVersion": "9.9"},
         "a2a_nothing_spoken"),
    ],
)  # fmt: skip
def test_what_is_no_usable_card_leaves_the_agent_unverified(room, program, card, code):
    program.card = card
    agent, made = found(room, program)
    assert agent.status == "unverified"
    assert made.steps[-1]["code"] == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Raw(b"<html></html>"), "a2a_unreadable"),
        (Raw(b"", 401), "a2a_credential_refused"),
        (Raw(b"", 503), "throttled"),
        (Raw(b'{"detail": "Not Found"}', 404), "status"),
        (Raw(b'{"message": "Cannot POST /rpc"}', 404), "status"),
        (Raw(b'{"error": "no such route"}', 404), "status"),
        (Raw(b"", 307, {"Location": "/elsewhere"}), "redirect"),
        (Raw(b'{"jsonrpc":"2.0","id":1,"error":{"code":-32009,"message":"0.3"}}'), "a2a_version"),
    ],
)
def test_an_address_that_does_not_answer_as_agents_do_is_not_verified(room, program, answer, code):
    program.answers["Verify"] = answer
    agent, made = found(room, program)
    assert agent.status == "unverified"
    assert made.steps[-1]["code"] == code


def test_a_slash_more_or_less_at_the_end_of_an_address_is_found_out(room, program):
    program.redirects["/rpc"] = "/rpc/"
    agent, made = found(room, program)
    assert made.status == "verified"
    assert agent.reach["address"] == f"{program.url}rpc/"


def test_an_address_may_be_confirmed_over_the_api(room, program):
    program.card = program.card_of("http://127.0.0.1:1/rpc")
    agent, _ = found(room, program)
    token = cast.a_token(room.members.get(role="owner").person)

    def confirm(address):
        return Client().patch(
            f"/api/v1/agents/{agent.id}", {"confirmed": [address]}, "application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    assert confirm("http://10.0.0.1/rpc").status_code == 422
    assert confirm("http://127.0.0.1:1").status_code == 200
    agent.refresh_from_db()
    assert agent.reach["confirmed"] == ["http://127.0.0.1:1"]


def test_an_error_of_its_own_is_an_answer_all_the_same(room, program):
    error = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"oops"}}'
    program.answers["Verify"] = Raw(error, 500)
    agent, made = found(room, program)
    assert (agent.status, made.steps[-1]["code"]) == ("verified", "a2a_answers_oddly")


def test_a_card_that_asks_for_a_credential_is_told_where_there_is_none(room, program):
    program.card |= {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-Key"}},
                     "security": [{"k": []}]}  # fmt: skip
    agent, made = found(room, program)
    assert (agent.status, made.steps[-1]["code"]) == ("unverified", "a2a_credential_missing")


def test_a_key_goes_into_the_header_the_card_names(room, program):
    program.card |= {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-Key"}},
                     "security": [{"k": []}]}  # fmt: skip
    agent, _ = found(room, program, key="s3cret")
    assert agent.status == "verified"
    (asked,) = [call for call in program.calls if call.method == "Verify"]
    assert asked.headers["x-key"] == "s3cret"
    assert "authorization" not in asked.headers


def test_a_card_that_leads_elsewhere_has_to_be_confirmed_by_its_owner(room, program, client):
    other = Scripted(SendMessage={"task": task()})
    program.card = program.card_of(f"{other.url}rpc")
    agent, made = found(room, program)
    step = made.steps[-1]
    assert (agent.status, step["code"]) == ("unverified", "a2a_foreign_address")
    assert step["params"]["address"] == other.url.rstrip("/")
    assert not other.calls  # it was not even asked
    page = _as(room).get(f"/agents/{agent.id}").content.decode()
    assert "Confirm this address" in page
    _as(room).post(f"/agents/{agent.id}/confirm", {"address": step["params"]["address"]})
    agent.refresh_from_db()
    assert agent.status == "verified"
    assert "Confirm this address" not in _as(room).get(f"/agents/{agent.id}").content.decode()
    other.close()


def test_somebody_elses_agent_is_not_confirmed_for_them(room, program):
    program.card = program.card_of("http://127.0.0.1:1/rpc")
    agent, _ = found(room, program)
    reviewer = cast.a_member(room)
    client = Client()
    client.force_login(reviewer)
    client.post(f"/agents/{agent.id}/confirm", {"address": "http://127.0.0.1:1"})
    agent.refresh_from_db()
    assert "confirmed" not in agent.reach


@pytest.mark.parametrize("address", ["http://10.0.0.1/rpc", "http://169.254.169.254/rpc"])
def test_a_private_address_is_refused_even_where_it_was_confirmed(room, program, address):
    program.card = program.card_of(address)
    agent, made = found(room, program)
    assert made.steps[-1]["code"] == "a2a_foreign_address"
    by = By(agent.owner_id)
    edit_agent(
        agent_id=agent.id, facts=AgentFacts(reach={"confirmed": [address]}), by=by, at=utc_now()
    )
    assert verify_agent(agent.id, by=SYSTEM).steps[-1]["code"] == "private_address"


def test_an_address_is_checked_at_every_send(plays):
    play = plays(SendMessage={"task": task()})
    reach = {**play.agent.reach, "address": "http://127.0.0.2:9/rpc"}
    Agent.objects.filter(id=play.agent.id).update(reach=reach)
    run = play.given()
    assert not play.program.of("SendMessage")
    assert Delivery.objects.get(run=run).state == "failed"
    assert (run.state, run.failure) == ("failed", "misconfigured")


def _as(room):
    client = Client()
    client.force_login(room.members.get(role="owner").person)
    return client


def test_a_pasted_url_is_known_by_its_card(program, settings):
    there = probe(program.url)
    assert there is not None
    assert (there.door, there.code, there.name) == ("a2a", "found_a2a", "Scripted")
    assert there.skills == ("odd jobs",)
    assert there.reach["protocol"] == "1.0"


@pytest.mark.parametrize("card", [Raw(b"<html></html>"), Raw(b"", 404), Raw(b"[]")])
def test_a_pasted_url_without_a_card_is_no_a2a_agent(program, card):
    program.card = card
    assert probe(program.url) is None


def test_a_pasted_url_where_nothing_spoken_here_is_offered_is_said_so(program):
    program.card = {"name": "x", "capabilities": {}, "url": "/", "preferredTransport": "GRPC"}
    there = probe(program.url)
    assert there is not None
    assert (there.code, there.reach) == ("found_a2a_unspoken", {})


def test_nobody_at_a_pasted_url_is_nobody():
    assert probe("http://127.0.0.1:9/") is None
