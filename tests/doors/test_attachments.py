"""What people gave with a goal or a card reaches the agent that works on it, and no other."""

from __future__ import annotations

import pytest

from agents.doors.orders import event_of
from tests import cast
from tests.cast import AT
from tests.doors.conftest import Caller, caller
from tests.extraction.made import EXE, PNG
from workspace.actors import By
from workspace.commands.attachments import attach_files, examine, remove_attachment
from workspace.models import Attachment, Card, Delivery, Person, Room


@pytest.fixture
def owner(room: Room) -> Person:
    return room.members.get(role="owner").person


def attach(owner: Person, name: str, content: bytes, **to: str) -> Attachment:
    file = examine(name=name, media_type="", content=content)
    return attach_files(files=[file], by=By(owner.id), at=AT, **to)[0]


def order_of(calls: Caller) -> dict:
    delivery = Delivery.objects.get(run=calls.run, type="card.assigned")
    return event_of(delivery, at=AT).data()


def test_an_order_names_every_file_with_a_way_to_fetch_it(
    room: Room, card: Card, owner: Person, calls: Caller
) -> None:
    attach(owner, "logo.png", PNG, room_id=room.id)
    attach(owner, "plan.md", b"# Plan", card_id=card.id)
    order = order_of(calls)
    given = order["context"]["attachments"]
    assert [(file["name"], file["media_type"], file["size"]) for file in given] == [
        ("logo.png", "image/png", len(PNG)),
        ("plan.md", "text/markdown", 6),
    ]
    for file, content in zip(given, (PNG, b"# Plan"), strict=True):
        assert f"{file['name']}: {file['url']}" in order["prompt"]
        path = file["url"].partition("/agent/v1/")[2]
        answer = calls.get(path)
        assert answer.getvalue() == content
        assert answer["ETag"] == f'"{file["sha256"]}"'
        assert answer["Content-Disposition"].startswith("attachment")


def test_without_files_the_prompt_says_nothing_of_them(calls: Caller) -> None:
    order = order_of(calls)
    assert order["context"]["attachments"] == []
    assert "Files that people gave" not in order["prompt"]


def test_a_program_called_a_picture_is_handed_on_as_bytes(
    room: Room, owner: Person, calls: Caller
) -> None:
    attach(owner, "logo.png", EXE, room_id=room.id)
    [file] = order_of(calls)["context"]["attachments"]
    assert file["media_type"] == "application/octet-stream"


def test_a_live_run_hears_of_a_new_file(card: Card, owner: Person, calls: Caller) -> None:
    attach(owner, "plan.md", b"# Plan", card_id=card.id)
    told = event_of(Delivery.objects.get(run=calls.run, type="card.revised"), at=AT).data()
    assert told["changed"] == ["attachments"]
    assert [file["name"] for file in told["attachments"]] == ["plan.md"]


def fetch(calls: Caller, attachment: Attachment) -> int:
    return int(calls.get(f"files/{calls.run.id}/{attachment.id}").status_code)


def test_an_agent_cannot_fetch_what_was_given_to_another(
    room: Room, card: Card, owner: Person, calls: Caller
) -> None:
    agent = cast.an_agent(room, "Reader")
    beside = caller(cast.a_run(cast.a_card(room, "Beside"), agent))
    elsewhere = cast.a_room(owner, name="Elsewhere")
    secret = attach(owner, "secret.md", b"Secret", room_id=elsewhere.id)
    own = attach(owner, "own.md", b"Own", card_id=card.id)
    assert fetch(calls, own) == 200
    assert fetch(beside, own) == 404
    assert (fetch(calls, secret), fetch(beside, secret)) == (404, 404)
    # Under the name of the other run the token does not count.
    assert beside.get(f"files/{calls.run.id}/{own.id}").status_code in (401, 403, 404)


def test_what_was_removed_cannot_be_fetched_any_more(
    card: Card, owner: Person, calls: Caller
) -> None:
    own = attach(owner, "own.md", b"Own", card_id=card.id)
    assert fetch(calls, own) == 200
    remove_attachment(attachment_id=own.id, by=By(owner.id), at=AT)
    assert fetch(calls, own) == 404
    assert order_of(calls)["context"]["attachments"] == []
