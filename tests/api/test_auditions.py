"""Auditions over the people's API."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.api.conftest import Api, refused
from tests.auditions.trying import end
from tests.cast import a_token, an_agent
from workspace.actors import By
from workspace.commands import ticks
from workspace.commands.auditions import start_audition
from workspace.models import Agent, Audition, Person, Room


@pytest.fixture
def agent(room: Room) -> Agent:
    return an_agent(room)


def test_one_is_begun_listed_and_stopped(api: Api, agent: Agent) -> None:
    begun = api.post(f"/agents/{agent.id}/audition")
    assert begun.status_code == 202
    assert (begun.body["state"], len(begun.body["items"])) == ("running", 9)
    refused(api.post(f"/agents/{agent.id}/audition"), 409, "already_auditioned")
    listed = api.get(f"/agents/{agent.id}/auditions").body
    assert listed["items"] == [begun.body] and listed["standing"] == "never"
    stopped = api.post(f"/agents/{agent.id}/audition/stop")
    assert (stopped.status_code, stopped.body["state"]) == (200, "stopped")
    refused(api.post(f"/agents/{agent.id}/audition/stop"), 404, "not_found")


def test_the_same_key_begins_one(api: Api, agent: Agent) -> None:
    key = {"Idempotency-Key": "once"}
    first = api.post(f"/agents/{agent.id}/audition", {}, **key)
    assert api.post(f"/agents/{agent.id}/audition", {}, **key).body == first.body
    assert Audition.objects.count() == 1


def test_the_newest_stands_first_and_says_how_the_agent_stands(
    api: Api,
    agent: Agent,
    owner: Person,
) -> None:
    first = start_audition(agent_id=agent.id, by=By(owner.id), at=timezone.now())
    first.started_at = timezone.now()
    end(first)
    api.post(f"/agents/{agent.id}/audition")
    listed = api.get(f"/agents/{agent.id}/auditions?limit=1").body
    assert listed["items"][0]["state"] == "running" and listed["standing"] == "passed"
    older = api.get(f"/agents/{agent.id}/auditions?cursor={listed['next']}").body
    assert [one["id"] for one in older["items"]] == [first.id]


def test_who_may_not_is_refused(
    room: Room,
    agent: Agent,
    reviewer: Person,
    stranger: Person,
    owner: Person,
) -> None:
    path = f"/agents/{agent.id}/audition"
    refused(Api(a_token(reviewer)).post(path), 403, "not_allowed")
    refused(Api(a_token(stranger)).post(path), 404, "not_found")
    refused(Api(a_token(owner, "read", "write")).post(path), 403, "not_allowed")
    assert Api(a_token(owner, "agents")).post(path).status_code == 202
    assert Api(a_token(owner, "read")).get(f"{path}s").status_code == 200


def test_a_room_demands_it_and_then_refuses_work_by_the_api_too(
    api: Api,
    room: Room,
    agent: Agent,
) -> None:
    api.patch(f"/rooms/{room.id}", {"policy": {"needs_audition": True}})
    card = api.post(f"/rooms/{room.id}/cards", {"title": "Count"}).body
    answer = api.post(f"/cards/{card['id']}/assign", {"agent_id": agent.id})
    refused(answer, 409, "needs_audition")


def test_the_address_in_a_planted_text_answers_like_one_that_is_none(
    agent: Agent,
    owner: Person,
) -> None:
    audition = start_audition(agent_id=agent.id, by=By(owner.id), at=timezone.now())
    asked = Client().get(f"/agent/v1/planted/{audition.canary}")
    nothing = Client().get("/agent/v1/planted/nothing")
    assert (asked.status_code, nothing.status_code) == (404, 404)
    assert asked.json()["code"] == nothing.json()["code"] == "not_found"
    audition.refresh_from_db()
    assert audition.canary_calls == 1


def test_the_command_says_plainly_that_no_worker_is_running(agent: Agent) -> None:
    with pytest.raises(CommandError, match="No worker is running"):
        call_command("muster", agent.name)
    assert not Audition.objects.exists()
    with pytest.raises(CommandError, match="no agent called Nobody"):
        call_command("muster", "Nobody")


def test_the_command_follows_one_that_has_ended_by_then(
    agent: Agent, owner: Person, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ticks.beat(name="worker", facts={}, at=timezone.now())

    def ends_at_once(*, agent_id: str, by: By, at: object) -> Audition:
        return end(start_audition(agent_id=agent_id, by=by, at=timezone.now()), late="failed")

    module = "agents.management.commands.muster"
    monkeypatch.setattr(f"{module}.start_audition", ends_at_once)
    with pytest.raises(SystemExit) as ended:
        call_command("muster", agent.name, "--json")
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["passed"], told["failed"]) == ("failed", 8, 1)
