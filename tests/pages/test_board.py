"""The board: a constant number of queries, the same for everybody, next owners always named."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import cast
from tests.pages.sample import Sample
from workspace.actors import By
from workspace.commands.budgets import set_budget
from workspace.frames import room_frame
from workspace.models import Card, Event, Room
from workspace.queries import head_seq
from workspace.shown.cards import board_shown, cards_shown


def queries_of(look: Callable[[], object]) -> int:
    look()  # each person's colour is asked for once a process
    with CaptureQueriesContext(connection) as found:
        look()
    return len(found)


def test_a_board_takes_as_many_queries_with_sixty_cards_as_with_twelve(sample: Sample) -> None:
    room = Room.objects.get(id=sample.room_id)
    before = queries_of(lambda: board_shown(room))
    for n in range(48):
        cast.a_card(room, f"Card {n}")
    assert queries_of(lambda: board_shown(room)) == before


def test_some_cards_take_no_more_queries_than_the_whole_board(sample: Sample) -> None:
    room = Room.objects.get(id=sample.room_id)
    board = queries_of(lambda: board_shown(room))
    assert queries_of(lambda: cards_shown(room, [sample.card_id])) <= board + 1


def test_a_face_is_the_same_alone_as_on_the_whole_board(sample: Sample) -> None:
    room = Room.objects.get(id=sample.room_id)
    whole = {card.id: card for column in board_shown(room) for card in column.cards}
    for card_id, face in whole.items():
        assert cards_shown(room, [card_id])[card_id] == face


def test_every_open_card_names_who_does_what_next(sample: Sample) -> None:
    room = Room.objects.get(id=sample.room_id)
    for column in board_shown(room):
        for card in column.cards:
            assert re.search(r"<b>.+</b>", str(card.next.line)), card.title
            assert card.next.marks, card.title


def test_you_reads_as_you_by_a_rule_of_the_page_not_by_another_rendering(
    ana: Client, mei: Client, sample: Sample
) -> None:
    url = f"/rooms/{sample.room_id}"
    faces = [
        re.findall(r'<article class="card".*?</article>', browser.get(url).text, re.S)
        for browser in (ana, mei)
    ]
    assert faces[0] == faces[1]
    assert len(faces[0]) == 12
    assert f'[data-for~="{sample.owner_id}"] .for-you' in ana.get(url).text


def test_a_frame_brings_an_old_page_to_what_a_fresh_one_shows(ana: Client, sample: Sample) -> None:
    room = Room.objects.get(id=sample.room_id)
    since = head_seq(room.id)
    card = Card.objects.get(room=room, title="Check the licence headers")
    ana.post(f"/rooms/{room.id}/cards/{card.id}/keep")
    seq, frame = room_frame(room.id, since)
    fresh = re.search(
        rf'<article class="card" id="card-{card.id}".*?</article>',
        ana.get(f"/rooms/{room.id}").text, re.S,
    )  # fmt: skip
    assert seq == Event.objects.filter(stream_id=room.id).count()
    assert fresh is not None and fresh[0] in frame


def test_an_observer_changes_nothing(observer: Client, sample: Sample) -> None:
    before = head_seq(sample.room_id)
    for which in ("keep", "take", "give", "cancel", "edit", "messages"):
        url = f"/rooms/{sample.room_id}/cards/{sample.card_id}/{which}"
        assert observer.post(url, {"title": "Mine", "body": "Hello"}).status_code == 403, which
    assert head_seq(sample.room_id) == before


def test_a_person_takes_a_card_and_hands_in_a_text_that_waits_for_review(
    mei: Client, sample: Sample
) -> None:
    room = Room.objects.get(id=sample.room_id)
    card = cast.a_card(room, "Write the announcement")
    url = f"/rooms/{room.id}/cards/{card.id}"
    mei.post(f"{url}/take")
    empty = mei.post(f"{url}/submit", {"text": "  "})
    assert empty.status_code == 422 and "Add a file or write a text" in empty.text
    mei.post(f"{url}/submit", {"text": "# Teaspoon 1.4\n\nIt is here."})
    card.refresh_from_db()
    version = card.deliverables.get()
    assert (card.status, version.state) == ("review", "submitted")
    assert version.run.person is not None and version.run.person.name == "Mei Tan"


def test_a_goal_that_waits_for_its_plan_says_so(ana: Client, sample: Sample) -> None:
    made = ana.post("/rooms/new", {"name": "Fresh", "goal": "Do it."})
    assert "No cards yet." in ana.get(made["Location"]).text
    ana.post(f"{made['Location']}/plan")
    assert "splitting the goal" in ana.get(made["Location"]).text


def test_a_room_without_a_goal_is_not_made_and_what_was_typed_stays(ana: Client) -> None:
    answer = ana.post("/rooms/new", {"name": "Half a room", "goal": " "})
    assert answer.status_code == 422
    assert "Half a room" in answer.text and "Fill in: goal" in answer.text


def test_pausing_answers_with_the_head_and_resuming_takes_it_back(
    ana: Client, sample: Sample
) -> None:
    url = f"/rooms/{sample.room_id}"
    head = ana.post(f"{url}/pause", headers={"HX-Request": "true"}).text
    assert "This room is paused" in head and "<main" not in head
    assert "This room is paused" not in ana.post(f"{url}/resume", follow=True).text


def test_a_card_waiting_on_a_person_says_what_is_asked_and_nobody_else_is_named(
    sample: Sample,
) -> None:
    room = Room.objects.get(id=sample.room_id)
    (waiting,) = next(column for column in board_shown(room) if column.status == "waiting").cards
    assert waiting.note is not None and "Which value is meant" in waiting.note.quote
    assert sample.owner_id in waiting.next.people.split()


def test_cards_without_budget_say_so_at_once_on_an_open_page(ana: Client, sample: Sample) -> None:
    room, now = Room.objects.get(id=sample.room_id), timezone.now()
    by = By(sample.owner_id)
    card = cast.a_card(room, "Waits for a budget")
    since = head_seq(room.id)
    set_budget(room_id=room.id, subject_id=room.id, what="usd", period="ever", cap=0, by=by, at=now)
    seq, frame = room_frame(room.id, since)
    face = re.search(rf'<article[^>]*id="card-{card.id}".*?</article>', frame, re.S)
    assert face and "raises the budget" in face[0]
    set_budget(room_id=room.id, subject_id=room.id, what="usd", period="ever", cap=5, by=by, at=now)
    _, frame = room_frame(room.id, seq)
    face = re.search(rf'<article[^>]*id="card-{card.id}".*?</article>', frame, re.S)
    assert face and "gives it to an agent" in face[0]
