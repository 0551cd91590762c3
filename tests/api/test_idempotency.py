"""A POST with an Idempotency-Key has one effect and one answer."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tests.api.conftest import Api, refused
from tests.cast import a_card, a_room, a_token, an_owner
from workspace.models import Agent, Card, IdempotentAnswer, Person, Room

KEY = {"Idempotency-Key": "release-1"}


def test_the_same_call_is_answered_alike_and_done_once(api: Api, room: Room) -> None:
    first = api.post(f"/rooms/{room.id}/cards", {"title": "Once"}, **KEY)
    again = api.post(f"/rooms/{room.id}/cards", {"title": "Once"}, **KEY)
    assert first.status_code == again.status_code == 201
    assert again.body == first.body
    assert Card.objects.count() == 1


def test_without_a_key_it_is_done_each_time(api: Api, room: Room) -> None:
    for _ in range(2):
        api.post(f"/rooms/{room.id}/cards", {"title": "Twice"})
    assert Card.objects.count() == 2


def test_a_key_belongs_to_one_body_and_one_address(api: Api, room: Room, owner: Person) -> None:
    api.post(f"/rooms/{room.id}/cards", {"title": "Once"}, **KEY)
    other = api.post(f"/rooms/{room.id}/cards", {"title": "Another"}, **KEY)
    refused(other, 422, "idempotency_mismatch")
    elsewhere = api.post(f"/rooms/{a_room(owner).id}/cards", {"title": "Once"}, **KEY)
    refused(elsewhere, 422, "idempotency_mismatch")


def test_a_key_belongs_to_one_token(api: Api, room: Room, owner: Person) -> None:
    for program in (api, Api(a_token(owner))):
        assert program.post(f"/rooms/{room.id}/cards", {"title": "x"}, **KEY).status_code == 201
    assert Card.objects.count() == 2


def test_a_refused_call_leaves_its_key_free(api: Api, room: Room) -> None:
    refused(api.post(f"/rooms/{room.id}/cards", {"title": " "}, **KEY), 422, "missing")
    assert api.post(f"/rooms/{room.id}/cards", {"title": "x"}, **KEY).status_code == 201


def test_an_answer_is_kept_for_a_day(api: Api, room: Room) -> None:
    api.post(f"/rooms/{room.id}/cards", {"title": "x"}, **KEY)
    row = IdempotentAnswer.objects.get()
    IdempotentAnswer.objects.update(at=row.at - timedelta(hours=25))
    api.post(f"/rooms/{room.id}/cards", {"title": "y"}, **KEY)
    assert Card.objects.count() == 2


def test_a_secret_in_an_answer_is_not_kept_in_the_open(api: Api) -> None:
    body = {"name": "Tracer", "url": "https://203.1.1.1/hook"}
    first = api.post("/agents", body, **KEY)
    assert first.body["secret"] == api.post("/agents", body, **KEY).body["secret"]
    assert Agent.objects.count() == 1
    assert first.body["secret"] not in str(IdempotentAnswer.objects.values().get())


def test_a_form_is_the_same_if_its_files_are(api: Api, room: Room) -> None:
    card = a_card(room)

    def send(content: bytes) -> Any:
        headers = {"Authorization": f"Bearer {api.token}", **KEY}
        files = {"files": SimpleUploadedFile("a.md", content)}
        return api.client.post(f"/api/v1/cards/{card.id}/submit", files, headers=headers)

    assert send(b"one").json() == send(b"one").json()
    assert send(b"two").status_code == 422
    assert card.deliverables.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "with space"])
def test_a_key_is_a_short_visible_text(api: Api, key: str) -> None:
    answer = api.post("/rooms", {"name": "x", "goal": "y"}, **{"Idempotency-Key": key})
    refused(answer, 422, "bad_idempotency_key")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_have_one_effect() -> None:
    owner = an_owner()
    room, token = a_room(owner), a_token(owner)
    together, answers = Barrier(4), []

    def send() -> None:
        together.wait(timeout=20)
        answers.append(Api(token).post(f"/rooms/{room.id}/cards", {"title": "x"}, **KEY))
        connection.close()

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.body["id"] for answer in answers}) == 1
    assert Card.objects.count() == 1
