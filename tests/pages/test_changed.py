"""Cards that build on something that has changed say so, however far on, and at once."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import cast
from tests.cast import AT
from workspace.actors import By
from workspace.commands.cards import cancel_card
from workspace.commands.reviews import roll_back
from workspace.frames import room_frame
from workspace.models import Card, Deliverable, Person, Room
from workspace.queries import head_seq
from workspace.shown.cards import board_shown

SAYS = "builds on something that has changed: #1"


@pytest.fixture
def owner(db: None) -> Person:
    return cast.an_owner()


@pytest.fixture
def room(owner: Person) -> Room:
    return cast.a_room(owner)


@pytest.fixture
def chain(room: Room, owner: Person) -> list[Card]:
    """Three done cards, each building on the one before, and one that is still to be done."""
    agent = cast.an_agent(room)
    found: list[Card] = []
    for name in ("A", "B", "C"):
        card = cast.a_card(room, name, depends_on=found[-1:])
        cast.accept(cast.a_submission(cast.a_run(card, agent), name), owner)
        found.append(card)
    return [*found, cast.a_card(room, "D", depends_on=found[-1:])]


def rolls_back(card: Card, owner: Person, at: datetime = AT) -> None:
    version = Deliverable.objects.get(card=card)
    roll_back(deliverable_id=version.id, reason="Wrong.", by=By(owner.id), at=at)


def says(room: Room) -> dict[str, bool]:
    return {
        card.title: any(fact.text == SAYS for fact in card.facts)
        for column in board_shown(room)
        for card in column.cards
    }


def test_cards_say_on_their_faces_what_has_changed_before_them(
    room: Room, chain: list[Card], owner: Person
) -> None:
    assert not any(says(room).values())
    rolls_back(chain[0], owner)
    assert says(room) == {"A": False, "B": True, "C": True, "D": True}


def test_an_opened_card_leads_to_what_has_changed(
    room: Room, chain: list[Card], owner: Person, signed_in: object
) -> None:
    browser: Client = signed_in(owner)  # type: ignore[operator]
    url = f"/rooms/{room.id}/cards/{chain[2].id}"
    assert "Builds on something that has changed" not in browser.get(url).text
    rolls_back(chain[0], owner)
    text = browser.get(url).text
    part = text.split("Builds on something that has changed", 1)[1].split("</section>", 1)[0]
    assert f"/rooms/{room.id}/cards/{chain[0].id}" in part
    assert chain[1].id not in part


def test_open_pages_are_told_of_cards_far_on(room: Room, chain: list[Card], owner: Person) -> None:
    since = head_seq(room.id)
    rolls_back(chain[0], owner)
    _, frame = room_frame(room.id, since)
    for card in chain[1:]:
        assert f"#card-{card.id}" in frame


def test_a_cancelled_card_says_nothing(room: Room, chain: list[Card], owner: Person) -> None:
    cancel_card(card_id=chain[3].id, by=By(owner.id), at=AT)
    rolls_back(chain[0], owner)
    assert "D" not in says(room)


def test_many_marked_cards_cost_as_many_queries_as_one(
    room: Room, chain: list[Card], owner: Person
) -> None:
    rolls_back(chain[0], owner)
    board_shown(room)  # what a process keeps from then on is not asked again
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            board_shown(room)
        counts.append(len(asked))
        for n in range(5):
            cast.a_card(room, f"E{n}", depends_on=[chain[1]])
    assert counts[0] == counts[1]
