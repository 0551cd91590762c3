"""Specialists: enlisted up to the room's cap, each with a seat of its own, and let go."""

from __future__ import annotations

import pytest

from agents.doors.model.endpoint import endpoint_of
from agents.doors.model.roles import templates
from tests import cast
from tests.cast import AT
from workspace.actors import By, coordinator
from workspace.commands.models import ModelFacts, set_model
from workspace.commands.rooms import edit_room
from workspace.commands.specialists import (
    SpecialistRole,
    dismiss_specialist,
    enlist_specialists,
)
from workspace.errors import Refused
from workspace.fold import empty_board, fold
from workspace.models import Agent, Event, Room
from workspace.queries import board_facts
from workspace.verify import verify

RULE = coordinator(rule="enlisted_missing")
WRITER = SpecialistRole(name="writer", title="Writer", skills=["writing"], tools=["write_file"])


@pytest.fixture
def room(db: None) -> Room:
    owner = cast.an_owner()
    room = cast.a_room(owner)
    model = ModelFacts(base_url="https://model.example/v1", model="m1",
                       profile="openai-compatible", api_key="sk-workspace")  # fmt: skip
    set_model(workspace_id=room.workspace_id, facts=model, by=By(owner.id), at=AT)
    edit_room(room_id=room.id, changes={"policy": {"specialists": 3}}, by=By(owner.id), at=AT)
    room.refresh_from_db()
    return room


def enlist(room: Room, count: int = 1) -> list[Agent]:
    return enlist_specialists(room_id=room.id, role=WRITER, count=count, by=RULE, at=AT)


def test_they_are_agents_with_seats_like_every_other(room: Room) -> None:
    made = enlist(room, 2)
    assert [agent.name for agent in made] == ["Writer 1", "Writer 2"]
    assert {agent.status for agent in made} == {"verified"}
    assert room.seats.count() == 2
    events = Event.objects.filter(stream_id=room.id).order_by("seq")
    told = [(event.type, event.version, event.data) for event in events]
    assert fold(empty_board(), told) == board_facts(room)
    assert verify(AT) == []


def test_no_more_come_than_the_room_takes(room: Room) -> None:
    assert len(enlist(room, 10)) == 3
    with pytest.raises(Refused, match="enough_specialists"):
        enlist(room)


def test_none_come_where_none_may(room: Room) -> None:
    owner = room.members.get(role="owner").person
    edit_room(room_id=room.id, changes={"policy": {"specialists": 0}}, by=By(owner.id), at=AT)
    with pytest.raises(Refused, match="enough_specialists"):
        enlist(room)


@pytest.mark.parametrize("most", [301, -1, 2.5, True, "many"])
def test_a_cap_that_is_none_is_refused(room: Room, most: object) -> None:
    owner = room.members.get(role="owner").person
    with pytest.raises(Refused):
        edit_room(room_id=room.id, changes={"policy": {"specialists": most}}, by=By(owner.id),
                  at=AT)  # fmt: skip


def test_without_a_model_of_the_workspace_nobody_comes(db: None) -> None:
    owner = cast.an_owner()
    room = cast.a_room(owner)
    edit_room(room_id=room.id, changes={"policy": {"specialists": 3}}, by=By(owner.id), at=AT)
    with pytest.raises(Refused, match="no_model_here"):
        enlist(room)


def test_they_work_with_the_key_the_workspace_has_now(room: Room) -> None:
    agent = enlist(room)[0]
    assert agent.secret is None
    owner = room.members.get(role="owner").person
    other = ModelFacts(base_url="https://other.example/v1", model="m2",
                       profile="openai-compatible", api_key="sk-other")  # fmt: skip
    set_model(workspace_id=room.workspace_id, facts=other, by=By(owner.id), at=AT)
    found = endpoint_of(Agent.objects.select_related("workspace").get(id=agent.id))
    assert (found.url, found.model, found.key) == ("https://other.example/v1", "m2", "sk-other")
    assert found.prompt == templates()["writer"].prompt


def test_one_that_is_let_go_has_no_seat_and_gets_no_work(room: Room) -> None:
    agent = enlist(room)[0]
    dismiss_specialist(room_id=room.id, agent_id=agent.id, by=RULE, at=AT)
    agent.refresh_from_db()
    assert (agent.status, room.seats.count()) == ("revoked", 0)
    assert enlist(room)[0].name == "Writer 2"
    assert verify(AT) == []


def test_one_at_work_is_not_let_go(room: Room) -> None:
    agent = enlist(room)[0]
    cast.a_run(cast.a_card(room, skills=["writing"]), agent)
    with pytest.raises(Refused, match="agent_still_works"):
        dismiss_specialist(room_id=room.id, agent_id=agent.id, by=RULE, at=AT)


def test_an_agent_somebody_brought_is_not_let_go_so(room: Room) -> None:
    agent = cast.an_agent(room)
    with pytest.raises(Refused, match="not_a_specialist"):
        dismiss_specialist(room_id=room.id, agent_id=agent.id, by=RULE, at=AT)


def test_every_role_can_be_enlisted(room: Room) -> None:
    owner = room.members.get(role="owner").person
    edit_room(room_id=room.id, changes={"policy": {"specialists": 300}}, by=By(owner.id), at=AT)
    for one in templates().values():
        role = SpecialistRole(name=one.name, title=one.title, skills=list(one.skills),
                              tools=list(one.tools))  # fmt: skip
        enlist_specialists(room_id=room.id, role=role, count=1, by=RULE, at=AT)
    assert room.seats.count() == len(templates()) >= 9
