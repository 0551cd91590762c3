"""The page of roles: what there is, and a specialist made from one."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from agents.doors.model.roles import templates
from tests.fakes.tool_model import MODEL, Says, tool_model
from tests.pages.sample import Sample
from workspace.actors import By
from workspace.commands.models import ModelFacts, set_model
from workspace.models import Agent, Room


def test_every_role_is_shown_with_what_it_is_told(ana: Client) -> None:
    page = ana.get("/agents/roles").content.decode()
    for role in templates().values():
        assert f'id="role-{role.name}"' in page
    assert "No model is set for the workspace" in page
    assert "Make a specialist" not in page


def test_without_a_model_none_is_made(ana: Client) -> None:
    before = Agent.objects.count()
    answer = ana.post("/agents/roles/make", {"role": "writer"})
    assert answer.status_code == 409
    assert Agent.objects.count() == before


@pytest.mark.parametrize("role", ["", "wizard", "../writer"])
def test_a_role_that_is_none_is_refused(ana: Client, role: str) -> None:
    assert ana.post("/agents/roles/make", {"role": role}).status_code == 404


def test_a_specialist_is_made_verified_and_seated(
    ana: Client, sample: Sample, settings: object
) -> None:
    settings.MUSTER_ALLOW_CIDRS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    room = Room.objects.get(id=sample.room_id)
    with tool_model(lambda body: Says(""), key="sk-roles") as model:
        facts = ModelFacts(base_url=model.base_url, model=MODEL, profile="openai-compatible",
                           api_key="sk-roles")  # fmt: skip
        set_model(workspace_id=room.workspace_id, facts=facts, by=By(sample.owner_id),
                  at=timezone.now())  # fmt: skip
        answer = ana.post("/agents/roles/make", {"role": "checker", "room": room.id})
    made = Agent.objects.get(name="Checker 1")
    assert answer["Location"] == f"/agents/{made.id}"
    assert (made.status, made.skills[0]) == ("verified", templates()["checker"].skills[0])
    assert room.seats.filter(agent=made).exists()
    assert "Checker 1" in ana.get("/agents").content.decode()
