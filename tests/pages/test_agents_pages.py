"""Agents: registered by URL with a secret shown once, seated, paused, rotated, revoked."""

from __future__ import annotations

import re

from django.test import Client

from tests.pages.sample import Sample
from workspace.models import Agent, Delivery, Seat

SECRET = re.compile(r'id="secret">(whsec_[A-Za-z0-9+/=]+)<')
NEW = {"name": "Notary", "url": "https://notary.example/hook", "skills": "Notarise, Documents"}


def test_a_registered_agents_secret_is_shown_once(ana: Client, sample: Sample) -> None:
    answer = ana.post("/agents/register", {**NEW, "room": sample.room_id})
    agent = Agent.objects.get(name="Notary")
    assert SECRET.search(answer.text)
    assert not SECRET.search(ana.get(f"/agents/{agent.id}").text)
    assert agent.skills == ["notarise", "documents"] and agent.status == "unverified"
    assert Seat.objects.filter(agent=agent, room_id=sample.room_id).exists()


def test_what_is_not_a_url_is_said_and_what_was_typed_stays(ana: Client) -> None:
    for url in ("notary", "ftp://notary.example/", "https://", "javascript:alert(1)"):
        answer = ana.post("/agents/register", {**NEW, "url": url})
        assert answer.status_code == 422, url
        assert 'role="alert"' in answer.text and "Notary" in answer.text, url


def test_two_agents_of_one_name_are_refused_in_words(ana: Client, sample: Sample) -> None:
    answer = ana.post("/agents/register", {**NEW, "name": "Prober"})
    assert answer.status_code == 409 and "That name is taken." in answer.text


def test_limits_that_contradict_are_refused(ana: Client, sample: Sample) -> None:
    answer = ana.post("/agents/register", {**NEW, "silent_after": "60", "lease": "30"})
    assert answer.status_code == 422 and "longer than the silence" in answer.text
    assert not Agent.objects.filter(name="Notary").exists()


def test_an_agents_page_tests_pauses_and_rotates(ana: Client, sample: Sample) -> None:
    url = f"/agents/{sample.agent_id}"
    ana.post(f"{url}/test")
    assert Delivery.objects.filter(agent_id=sample.agent_id, type="ping").count() == 1
    ana.post(f"{url}/pause", {"paused": "1"})
    assert Agent.objects.get(id=sample.agent_id).paused
    before = bytes(Agent.objects.get(id=sample.agent_id).secret or b"")
    assert SECRET.search(ana.post(f"{url}/rotate").text)
    assert bytes(Agent.objects.get(id=sample.agent_id).secret or b"") != before


def test_only_owners_manage_an_agent(mei: Client, sample: Sample) -> None:
    url = f"/agents/{sample.agent_id}"
    for what in ("pause", "rotate", "revoke", "test"):
        assert mei.post(f"{url}/{what}", {"paused": "1"}).status_code == 403, what
    assert not Agent.objects.get(id=sample.agent_id).paused


def test_a_revoked_agent_leaves_the_table_and_its_rooms(ana: Client, sample: Sample) -> None:
    ana.post(f"/agents/{sample.agent_id}/revoke")
    assert Agent.objects.get(id=sample.agent_id).status == "revoked"
    assert f"/agents/{sample.agent_id}" not in ana.get("/agents").text
    assert not Seat.objects.filter(agent_id=sample.agent_id).exists()


def test_a_room_takes_an_agent_out_and_in_again(ana: Client, sample: Sample) -> None:
    url = f"/rooms/{sample.room_id}/agents"
    ana.post(f"{url}/{sample.agent_id}/remove")
    assert not Seat.objects.filter(agent_id=sample.agent_id).exists()
    assert "Add to this room" in ana.get(url).text
    ana.post(f"{url}/add", {"agent": sample.agent_id})
    assert Seat.objects.filter(agent_id=sample.agent_id).exists()
