"""Verifying real local agents."""

import pytest

from agents.doors.verifying import verify_agent
from tests.cast import AT
from tests.doors.agents import listening
from tests.egress.wire import answer, saying, serving
from workspace.actors import SYSTEM
from workspace.commands.agents import AgentFacts, register_agent


@pytest.fixture(autouse=True)
def loopback(settings):
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]


def registered(room, url):
    return register_agent(
        workspace_id=room.workspace_id, facts=AgentFacts(name="New", url=url), door="webhook",
        owner=None, by=SYSTEM, at=AT,
    )  # fmt: skip


def verified(room, url):
    agent, _ = registered(room, url)
    found = verify_agent(agent.id)
    agent.refresh_from_db()
    assert agent.status == found.status
    return found.status, [step["code"] for step in found.steps]


def test_an_agent_that_checks_signatures_is_verified(room):
    with listening() as listener:
        agent, listener.secret = registered(room, listener.url())
        found = verify_agent(agent.id)
    assert found.status == "verified"
    assert listener.genuine == [True, False]
    ids = {headers["webhook-id"] for headers in listener.headers}
    challenges = {event["data"]["challenge"] for event in listener.events}
    assert len(ids) == len(challenges) == 2


def test_an_agent_that_takes_any_signature_is_insecure(room):
    with listening(checks=False) as listener:
        assert verified(room, listener.url()) == (
            "verified_insecure", ["challenge_echoed", "wrong_signature_accepted"],
        )  # fmt: skip


def test_a_wrong_echo_leaves_it_unverified(room):
    with listening(lambda event: (200, {"challenge": "wrong"}), checks=False) as listener:
        assert verified(room, listener.url()) == ("unverified", ["wrong_challenge"])
        assert len(listener.events) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (answer(b"<html>", "200 OK"), "challenge_unreadable"),
        (answer(b'{"challenge": NaN}'), "challenge_unreadable"),
        (answer(b"[" * 50_000), "challenge_unreadable"),
        (answer(b"", "404 Not Found"), "challenge_status"),
        (answer(b"", "401 Unauthorized"), "secret_mismatch"),
        (answer(b"", "302 Found", "Location: http://127.0.0.1/"), "redirect"),
        (answer(b"x" * 2_000_000), "too_large"),
        (b"", "connection_failed"),
    ],
)
def test_everything_else_is_told_apart(room, data, code):
    with serving(saying(data)) as wire:
        assert verified(room, wire.url()) == ("unverified", [code])


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "not_a_url"),
        ("hello", "not_a_url"),
        ("https://nobody.invalid/", "unresolvable"),
        ("http://192.168.0.1/", "private_address"),
        ("https://[::1]/", "private_address"),
    ],
)
def test_an_address_that_cannot_be_called_says_why(room, url, code):
    assert verified(room, url) == ("unverified", [code])


def test_what_an_agent_says_of_itself_fills_the_gaps(room):
    def about(event):
        told = {"version": "2.1", "skills": ["Code "], "capabilities": {"cancel": True}}
        return 200, {"challenge": event["data"]["challenge"], "agent": told}

    with listening(about, checks=False) as listener:
        agent, _ = registered(room, listener.url())
        verify_agent(agent.id)
    agent.refresh_from_db()
    assert (agent.version, agent.skills) == ("2.1", ["code"])
    assert agent.capabilities["cancel"] is True
