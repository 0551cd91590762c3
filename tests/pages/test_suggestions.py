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
from agents.judge.proposals import Diagnosis, PlannedCard, PlanProposal
from agents.judge.questions import JUDGEMENT_KINDS
from agents.judge.saved import proposal_to_data
from tests import cast
from tests.commands.coordinating import answered
from tests.pages import attempts
from workspace.actors import By
from workspace.commands.cards import cancel_card, edit_card
from workspace.models import Agent, Ask, Card, Event, Person, Room, Run
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
    """Of each suggestion on its own, in their order."""
    one_each = page.split("<ol>", 1)[-1]
    return re.findall(r'name="move" value="([^"]+)"', one_each)


def all_keys(page: str) -> list[str]:
    """What "Confirm all" sends."""
    form = re.search(r'<form class="right.*?</form>', page)
    return re.findall(r'name="move" value="([^"]+)"', form[0]) if form else []


def confirm(client: Client, room: Room, **sent: str | list[str]) -> int:
    return client.post(f"/rooms/{room.id}/suggestions/confirm", sent).status_code


def events_for(person: Person) -> set[tuple[str, str]]:
    """What the coordinator did for this person: the kind, and who did it."""
    found = Event.objects.filter(on_behalf_of=person.id)
    return set(found.values_list("type", "actor"))


def test_an_assignment_is_a_sentence_with_its_reason_and_waits(ana: Client, room: Room) -> None:
    card = cast.a_card(room, "Run the tests", skills=["testing"])
    page = suggested(ana, room)
    assert "The coordinator suggests one move" in page
    assert "Give #1 Run the tests to Prober." in page
    assert "is the best by skill and load" in page
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
    page = suggested(ana, room)
    assert "Confirm all 2" in page
    assert confirm(ana, room, move=all_keys(page)) == 302
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
    assert confirm(ana, room) == 422
    assert confirm(ana, room, move="assign:1:card_1:agt_1") == 409
    assert not Run.objects.filter(room=room).exists()


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


# --- who, and exactly what ---------------------------------------------------------------


def test_the_record_says_for_whom_the_coordinator_did_it(
    ana: Client, room: Room, owner: Person
) -> None:
    cast.a_card(room, "Run the tests", skills=["testing"])
    cast.a_card(room, "Nobody can", skills=["law"])
    assert events_for(owner) == set()
    for key in keys(suggested(ana, room)):
        assert confirm(ana, room, move=key) == 302
    assert events_for(owner) == {
        ("run.queued", "coordinator"), ("card.handed_over", "coordinator"),
    }  # fmt: skip


def test_all_are_those_that_were_shown_and_nothing_else(ana: Client, room: Room) -> None:
    for n in range(45):
        cast.a_card(room, f"Nobody can {n}", skills=["law"])
    page = suggested(ana, room)
    assert "The coordinator suggests 30 moves" in page and "15 more come" in page
    sent = all_keys(page)
    assert sent == keys(page) and len(sent) == 30
    cast.a_card(room, "Came in between", skills=["law"], priority=9)
    assert confirm(ana, room, move=sent) == 302
    assert Ask.objects.filter(kind="handoff").count() == 30
    assert Card.objects.get(title="Came in between").status == "ready"


def test_of_all_what_was_refused_is_told_with_why(ana: Client, room: Room, owner: Person) -> None:
    first = cast.a_card(room, "Run the tests", skills=["testing"])
    gone = cast.a_card(room, "Run them again", skills=["testing"])
    sent = all_keys(suggested(ana, room))
    cancel_card(card_id=gone.id, by=By(owner.id), at=timezone.now())
    answer = ana.post(f"/rooms/{room.id}/suggestions/confirm", {"move": sent})
    assert answer.status_code == 200
    assert "One move was made." in answer.text
    assert "It has changed in the meantime." in answer.text
    assert first.runs.exists() and not gone.runs.exists()


def test_a_suggestion_that_names_somebody_else_by_now_is_not_carried_out(
    ana: Client, room: Room
) -> None:
    card = cast.a_card(room, "Run the tests", skills=["testing"])
    key = keys(suggested(ana, room))[0]
    edit_agent_paused("Prober")
    assert confirm(ana, room, move=key) == 409
    assert confirm(ana, room, move=key, agent=agent("Ledger").id) == 302
    assert card.runs.get().agent == agent("Ledger")


# --- what it would make or change --------------------------------------------------------


def a_plan(room: Room) -> None:
    room.refresh_from_db()
    first = PlannedCard(ref="a", title="Read the law", brief="All of it.", criteria=("Complete",))
    second = PlannedCard(ref="b", title="Say what it means", brief="", depends_on=("a",))
    answered(
        room, "plan", room.id, proposal_to_data(PlanProposal((first, second))),
        judge="rules", at=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize(("sent", "status"), [({}, "ready"), ({"to_sort": "1"}, "triage")])
def test_a_plan_shows_its_cards_and_may_be_made_to_sort_first(
    ana: Client, room: Room, sent: dict[str, str], status: str
) -> None:
    a_plan(room)
    page = suggested(ana, room)
    for told in ("The 2 cards it would make", "Read the law", "All of it.", "Complete", "after 1"):
        assert told in page
    assert re.search(rf'href="/rooms/{room.id}/judgements/jdg_', page)
    assert confirm(ana, room, move=keys(page)[0], **sent) == 302
    assert set(Card.objects.values_list("status", flat=True)) == {status}


def a_rewrite(room: Room) -> Card:
    """Suggested for a card that came back empty."""
    card = attempts.a_tried_card(room)
    run = attempts.comes_back_empty(card, agent("Prober"), timezone.now() - timedelta(minutes=1))
    card.refresh_from_db()
    said = Diagnosis(
        "rewrite", "unclear_brief", "It did not say that a file is wanted.",
        brief=attempts.REWRITTEN, criteria=tuple(attempts.CRITERIA),
    )  # fmt: skip
    about = {"card_revision": card.revision}
    answered(room, "diagnose", run.id, proposal_to_data(said), about=about, at=timezone.now())
    return card


def test_a_rewrite_shows_what_would_change_and_changes_it(ana: Client, room: Room) -> None:
    card = a_rewrite(room)
    page = suggested(ana, room)
    assert "What would change" in page
    assert "Hand in the result as at least one file." in page
    assert "It did not say that a file is wanted." in page
    assert confirm(ana, room, move=keys(page)[0]) == 302
    card.refresh_from_db()
    assert card.brief == attempts.REWRITTEN


def test_a_brief_that_a_person_has_edited_is_not_overwritten(
    ana: Client, room: Room, owner: Person
) -> None:
    card = a_rewrite(room)
    key = keys(suggested(ana, room))[0]
    mine = {"brief": "In my words."}
    edit_card(card_id=card.id, changes=mine, by=By(owner.id), at=timezone.now())
    answer = ana.post(f"/rooms/{room.id}/suggestions/confirm", {"move": key})
    assert answer.status_code == 409
    assert "The card has been edited since the judge was asked about it." in answer.text
    card.refresh_from_db()
    assert card.brief == "In my words."
    assert "Have the judge say what went wrong" in suggested(ana, room)
