"""The scorecard on an agent's page, its badge, and who may begin and end one."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.auditions.trying import end
from tests.pages.sample import Sample
from workspace.actors import By
from workspace.commands import ticks
from workspace.commands.auditions import start_audition
from workspace.models import Audition, Person, Room


@pytest.fixture
def url(sample: Sample) -> str:
    return f"/agents/{sample.agent_id}"


def started(sample: Sample) -> Audition:
    by = By(Person.objects.get(id=sample.owner_id).id)
    return start_audition(agent_id=sample.agent_id, by=by, at=timezone.now())


def test_a_page_offers_the_first_one(ana: Client, url: str) -> None:
    page = ana.get(url).text
    assert "never auditioned" in page and "Not tried yet." in page
    assert "hx-trigger" not in page.split('id="audition"')[1].split(">")[0]


def test_pressing_the_button_begins_it_and_the_card_is_kept_fresh(
    ana: Client,
    url: str,
    sample: Sample,
) -> None:
    answer = ana.post(f"{url}/audition")
    assert answer.headers["Location"] == f"{url}#audition"
    page = ana.get(url).text
    assert "being auditioned" in page and "0 of 9 are over" in page
    assert 'hx-trigger="every 2s"' in page
    assert "No worker is running" in page
    ticks.beat(name="worker", facts={}, at=timezone.now())
    part = ana.get(f"{url}/audition").text
    assert part.lstrip().startswith("<section") and "No worker is running" not in part
    assert ana.post(f"{url}/audition").status_code == 409


def test_what_came_of_it_is_told_with_its_evidence_and_where_to_see_it(
    ana: Client,
    mei: Client,
    url: str,
    sample: Sample,
) -> None:
    audition = started(sample)
    for item in audition.items:
        item["state"] = "passed"
    audition.items[3] |= {
        "state": "failed", "card_id": "card_1", "took_s": 6.1,
        "evidence": {"code": "went_on", "params": {"calls": 7}},
    }  # fmt: skip
    audition.state, audition.ended_at, audition.version = "failed", timezone.now(), ""
    audition.save()
    page = ana.get(url).text
    assert "8 of 9 passed, 1 failed." in page
    assert "It went on after it was told to stop. Calls: 7." in page
    assert f"/rooms/{audition.room_id}/cards/card_1" in page
    assert "failed 1" in ana.get("/agents").text
    # Who is not in the scratch room is told as much, without a way in.
    assert audition.room_id not in mei.get(url).text


def test_it_can_be_stopped_there(ana: Client, url: str, sample: Sample) -> None:
    audition = started(sample)
    ana.post(f"{url}/audition/{audition.id}/stop")
    assert Audition.objects.get().state == "stopped"
    assert ana.post(f"{url}/audition/aud_unknown/stop").status_code == 404


def test_only_who_manages_the_agent_may(
    mei: Client,
    stranger: Client,
    url: str,
    sample: Sample,
) -> None:
    assert mei.post(f"{url}/audition").status_code == 403
    assert stranger.post(f"{url}/audition").status_code == 404
    audition = started(sample)
    assert mei.post(f"{url}/audition/{audition.id}/stop").status_code == 403
    assert Audition.objects.get().state == "running"
    assert mei.get(f"{url}/audition").status_code == 200
    assert stranger.get(f"{url}/audition").status_code == 404


def test_its_room_is_seen_by_who_started_it_and_listed_for_nobody(
    ana: Client,
    mei: Client,
    sample: Sample,
) -> None:
    room = started(sample).room
    assert ana.get(f"/rooms/{room.id}").status_code == 200
    assert mei.get(f"/rooms/{room.id}").status_code == 404
    for path in ("/", "/rooms", "/agents", f"/agents/{sample.agent_id}"):
        assert room.name not in ana.get(path).text, path


def test_a_room_can_demand_it_in_its_settings(ana: Client, sample: Sample) -> None:
    url = f"/rooms/{sample.room_id}/settings"
    page = ana.get(url).text
    assert "Agents work here only once they have passed their audition" in page
    ana.post(f"{url}/edit", {"form": "policy", "needs_audition": "on"})
    assert Room.objects.get(id=sample.room_id).policy["needs_audition"] is True


def test_a_passed_one_is_a_badge(ana: Client, url: str, sample: Sample) -> None:
    audition = started(sample)
    audition.started_at = audition.due_at = timezone.now()
    end(audition)
    assert "passed muster" in ana.get(url).text
    assert "passed muster" in ana.get("/agents").text
