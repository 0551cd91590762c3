"""Manual mode: moves as suggestions with reasons; confirmed one by one, edited, or all at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from agents.coordinator.saved import MOVES as KINDS
from agents.judge.questions import JUDGEMENT_KINDS
from tests import cast
from tests.pages import attempts
from workspace.actors import By
from workspace.commands.cards import cancel_card
from workspace.models import Agent, Person, Room, Run
from workspace.sentences import MOVES, would


@pytest.fixture
def owner(db: None) -> Person:
    return cast.an_owner("Ana Ruiz")


@pytest.fixture
def room(owner: Person) -> Room:
    """A manual room with two agents that test, and no goal that wants a plan."""
    found = cast.a_room(owner, mode="manual")
    cast.an_agent(found, "Prober", skills=("testing",))
    cast.an_agent(found, "Ledger", skills=("testing",))
    return found


@pytest.fixture
def ana(owner: Person, signed_in: Callable[[Person], Client]) -> Client:
    return signed_in(owner)


def agent(name: str) -> Agent:
    return Agent.objects.get(name=name)


def suggested(client: Client, room: Room) -> str:
    answer = client.get(f"/rooms/{room.id}/suggestions")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(answer.text))


def keys(page: str) -> list[str]:
    return re.findall(r'name="move" value="([^"]+)"', page)


def confirm(client: Client, room: Room, **sent: str) -> int:
    return client.post(f"/rooms/{room.id}/suggestions/confirm", sent).status_code


def test_an_assignment_is_a_sentence_with_its_reason_and_waits(ana: Client, room: Room) -> None:
    card = cast.a_card(room, "Run the tests", skills=["testing"])
    page = suggested(ana, room)
    assert "The coordinator suggests one move" in page
    assert "Give #1 Run the tests to Prober." in page
    assert "free agents with the skills it needs, the best by skill and load" in page
    assert not card.runs.exists()


def test_one_is_confirmed_and_the_other_still_waits(ana: Client, room: Room) -> None:
    first = cast.a_card(room, "Run the tests", skills=["testing"])
    second = cast.a_card(room, "Run them again", skills=["testing"])
    found = keys(suggested(ana, room))
    assert len(found) == 2
    assert confirm(ana, room, move=next(key for key in found if first.id in key)) == 302
    assert first.runs.get().agent is not None and not second.runs.exists()


def test_an_assignment_can_go_to_another_agent_than_suggested(ana: Client, room: Room) -> None:
    card = cast.a_card(room, "Run the tests", skills=["testing"])
    page = suggested(ana, room)
    assert re.search(rf'value="{agent("Prober").id}" selected', page)
    assert confirm(ana, room, move=keys(page)[0], agent=agent("Ledger").id) == 302
    run = card.runs.get()
    assert run.agent == agent("Ledger")
    assert run.why["code"] == "chosen_by_person"
    assert run.why["params"]["instead_of"] == agent("Prober").id


def test_an_agent_that_cannot_take_it_is_refused_with_why(ana: Client, room: Room) -> None:
    card = cast.a_card(room, "Run the tests", skills=["testing"])
    key = keys(suggested(ana, room))[0]
    edit_agent_paused("Ledger")
    answer = ana.post(
        f"/rooms/{room.id}/suggestions/confirm", {"move": key, "agent": agent("Ledger").id}
    )
    assert answer.status_code == 409
    assert "The agent cannot be used now" in answer.text
    assert not card.runs.exists()


def edit_agent_paused(name: str) -> None:
    Agent.objects.filter(name=name).update(paused=True)


def test_all_are_confirmed_at_once(ana: Client, room: Room) -> None:
    for n in range(2):
        cast.a_card(room, f"Run test {n}", skills=["testing"])
    assert "Confirm all" in suggested(ana, room)
    assert confirm(ana, room) == 302
    assert Run.objects.filter(card__room=room).count() == 2
    assert suggested(ana, room).strip() == ""


def test_a_stale_suggestion_is_refused_and_changes_nothing(
    ana: Client, room: Room, owner: Person
) -> None:
    card = cast.a_card(room, "Run the tests", skills=["testing"])
    key = keys(suggested(ana, room))[0]
    cancel_card(card_id=card.id, by=By(owner.id), at=timezone.now())
    assert confirm(ana, room, move=key) == 409
    assert not card.runs.exists()


@pytest.mark.parametrize("key", ["assign:1:card_nothing", "nonsense", "take_plan::jdg_x"])
def test_a_suggestion_nobody_made_is_refused(key: str, ana: Client, room: Room) -> None:
    cast.a_card(room, "Run the tests", skills=["testing"])
    assert confirm(ana, room, move=key) == 409
    assert not Run.objects.filter(room=room).exists()


def test_what_comes_after_a_failure_is_suggested_with_its_card(ana: Client, room: Room) -> None:
    card = attempts.a_tried_card(room)
    attempts.comes_back_empty(card, agent("Prober"), timezone.now() - timedelta(minutes=1))
    page = suggested(ana, room)
    assert "Have the judge say what went wrong with #1 Run the tests." in page
    assert f"/rooms/{room.id}/cards/{card.id}?edit=1" in page


def test_a_mechanical_failure_suggests_how_the_card_goes_on(ana: Client, room: Room) -> None:
    card = attempts.a_tried_card(room)
    attempts.falls_silent(card, agent("Prober"), timezone.now() - timedelta(hours=1))
    page = suggested(ana, room)
    assert "Go on with #1 Run the tests: someone else gets it." in page


def test_editing_first_opens_the_card_with_its_form(ana: Client, room: Room) -> None:
    card = attempts.a_tried_card(room)
    url = f"/rooms/{room.id}/cards/{card.id}"
    form = r'<form[^>]*id="edit-card"[^>]*'
    closed = re.search(form, ana.get(url).text)
    opened = re.search(form, ana.get(f"{url}?edit=1").text)
    assert closed and " hidden" in closed[0]
    assert opened and " hidden" not in opened[0]


def test_a_room_that_runs_by_itself_suggests_nothing(ana: Client, room: Room) -> None:
    cast.a_card(room, "Run the tests", skills=["testing"])
    Room.objects.filter(id=room.id).update(mode="auto")
    assert suggested(ana, room).strip() == ""
    assert confirm(ana, room) == 302 and not Run.objects.filter(room=room).exists()


def test_an_observer_may_look_and_not_confirm_and_a_stranger_sees_nothing(
    room: Room, signed_in: Callable[[Person], Client]
) -> None:
    cast.a_card(room, "Run the tests", skills=["testing"])
    observer = signed_in(cast.a_member(room, "observer", "Obi"))
    stranger = signed_in(cast.an_owner("Kim", workspace="Elsewhere"))
    key = keys(suggested(observer, room))[0]
    assert confirm(observer, room, move=key) == 403
    assert stranger.get(f"/rooms/{room.id}/suggestions").status_code == 404
    assert confirm(stranger, room, move=key) == 404
    assert not Run.objects.filter(room=room).exists()


def test_every_kind_of_move_has_its_sentence() -> None:
    assert KINDS.keys() <= MOVES.keys()
    for kind in KINDS:
        assert "%(" not in would(kind, card="#1 X", agent="Prober", remedy="it goes on")


@pytest.mark.parametrize("kind", JUDGEMENT_KINDS)
def test_every_kind_of_question_has_its_sentence_asked_and_answered(kind: str) -> None:
    assert f"ask_judgement.{kind}" in MOVES
    assert kind == "plan" or f"take_answer.{kind}" in MOVES
