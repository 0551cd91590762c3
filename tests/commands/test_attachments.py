"""Files that people give with a goal or a card."""

from __future__ import annotations

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from tests.extraction import made
from workspace.actors import By, coordinator
from workspace.commands.attachments import (
    GivenFile,
    attach_files,
    create_card_with,
    create_room_with,
    examine,
    remove_attachment,
)
from workspace.commands.cards import CardFacts, cancel_card
from workspace.extraction import OCTETS
from workspace.files import MOST_BYTES, read_bytes
from workspace.models import Attachment, Card, Delivery, Event, Person, Room, Run
from workspace.queries import attachments_given, attachments_of


def a_file(name: str = "notes.md", content: bytes = b"Ten seconds.") -> GivenFile:
    return examine(name=name, media_type="", content=content)


def names(room: Room, card: Card | None = None) -> list[str]:
    return [row.name for row in attachments_of(room.id, card.id if card else None)]


def test_a_file_is_kept_with_its_words(room: Room, by: By) -> None:
    [kept] = attach_files(room_id=room.id, files=[a_file()], by=by, at=AT)
    assert (kept.media_type, kept.text) == ("text/markdown", "Ten seconds.")
    assert read_bytes(kept.blob) == b"Ten seconds."
    event = Event.objects.get(type="attachment.added")
    assert event.data == {"attachment_id": kept.id, "card_id": None, "name": "notes.md"}


def test_files_of_a_card_are_its_own(room: Room, card: Card, by: By) -> None:
    attach_files(room_id=room.id, files=[a_file("goal.md")], by=by, at=AT)
    attach_files(card_id=card.id, files=[a_file("card.md")], by=by, at=AT)
    assert (names(room), names(room, card)) == (["goal.md"], ["card.md"])
    assert [row.name for row in attachments_given(card)] == ["goal.md", "card.md"]


def test_a_part_of_a_card_is_given_what_the_card_was_given(room: Room, card: Card, by: By) -> None:
    attach_files(card_id=card.id, files=[a_file("card.md")], by=by, at=AT)
    part = cast.a_card(room, "Part", parent=card)
    other = cast.a_card(room, "Other")
    assert [row.name for row in attachments_given(part)] == ["card.md"]
    assert list(attachments_given(other)) == []


def test_a_name_cannot_lead_anywhere() -> None:
    assert a_file("../../etc/pass\u202ewd.md").name == "passwd.md"
    assert a_file("C:\\secrets\\notes.md").name == "notes.md"
    with refused("bad_file_name"):
        a_file("../..")


def test_a_file_that_is_too_large_or_empty_is_refused() -> None:
    with refused("artifact_too_large", most=MOST_BYTES):
        a_file("large.txt", bytes(26 * 1024 * 1024))
    with refused("empty_file", name="empty.txt"):
        a_file("empty.txt", b"")


def test_a_program_called_a_picture_is_just_bytes() -> None:
    found = examine(name="tool.png", media_type="image/png", content=made.EXE)
    assert (found.media_type, found.text) == (OCTETS, "")


def test_a_bomb_is_kept_as_a_file_and_not_read() -> None:
    found = examine(name="plan.docx", media_type="", content=made.bomb())
    assert found.text == ""
    assert len(found.content) < 1024 * 1024


def test_there_are_at_most_fifty_files(room: Room, card: Card, by: By) -> None:
    files = [a_file(f"{n}.md") for n in range(50)]
    attach_files(room_id=room.id, files=files, by=by, at=AT)
    with refused("too_many_files", most=50):
        attach_files(room_id=room.id, files=[a_file("one more.md")], by=by, at=AT)
    attach_files(card_id=card.id, files=files, by=by, at=AT)


def test_all_files_are_attached_or_none(room: Room, by: By) -> None:
    with refused("same_name_twice", name="notes.md"):
        attach_files(room_id=room.id, files=[a_file(), a_file()], by=by, at=AT)
    assert names(room) == []


def test_only_people_who_work_in_the_room_may_attach(
    room: Room, observer: Person, contributor: Person
) -> None:
    for who, code in (
        (By(observer.id), "not_allowed"),
        (By(cast.an_owner("Kim", "Elsewhere").id), "not_found"),
        (By("agt_1"), "not_allowed"),
        (coordinator(rule="any"), "not_allowed"),
        (By(contributor.id, scopes=("read",)), "not_allowed"),
    ):
        with refused(code):
            attach_files(room_id=room.id, files=[a_file()], by=who, at=AT)
    attach_files(room_id=room.id, files=[a_file()], by=By(contributor.id), at=AT)


def test_a_closed_card_takes_no_files(card: Card, by: By) -> None:
    cancel_card(card_id=card.id, by=by, at=AT)
    with refused("card_closed"):
        attach_files(card_id=card.id, files=[a_file()], by=by, at=AT)


def test_what_was_removed_is_given_to_nobody(room: Room, card: Card, by: By) -> None:
    [kept] = attach_files(card_id=card.id, files=[a_file()], by=by, at=AT)
    remove_attachment(attachment_id=kept.id, by=by, at=later(1))
    remove_attachment(attachment_id=kept.id, by=by, at=later(2))
    assert Event.objects.filter(type="attachment.removed").count() == 1
    assert list(attachments_given(card)) == []
    attach_files(card_id=card.id, files=[a_file()], by=by, at=later(3))
    assert names(room, card) == ["notes.md"]


def test_removing_is_not_for_everybody(room: Room, by: By, observer: Person) -> None:
    [kept] = attach_files(room_id=room.id, files=[a_file()], by=by, at=AT)
    with refused("not_allowed"):
        remove_attachment(attachment_id=kept.id, by=By(observer.id), at=AT)
    with refused("not_found"):
        remove_attachment(attachment_id="att_none", by=by, at=AT)
    assert names(room) == ["notes.md"]


def test_a_live_run_is_told(card: Card, run: Run, by: By) -> None:
    attach_files(card_id=card.id, files=[a_file()], by=by, at=AT)
    told = Delivery.objects.get(run=run, type="card.revised")
    assert told.data["changed"] == ["attachments"]


def test_a_room_and_its_files_are_made_together(owner: Person, by: By) -> None:
    facts = {"workspace_id": cast.workspace_of(owner).id, "goal": "Ship.", "owner": owner}
    room = create_room_with(files=[a_file()], name="One", **facts, by=by, at=AT)
    assert names(room) == ["notes.md"]
    with refused("same_name_twice"):
        create_room_with(files=[a_file(), a_file()], name="Two", **facts, by=by, at=AT)
    assert not Room.objects.filter(name="Two").exists()


def test_a_card_and_its_files_are_made_together(room: Room, by: By) -> None:
    made_card = create_card_with(
        files=[a_file()], room_id=room.id, facts=CardFacts(title="Read it"), by=by, at=AT
    )
    assert names(room, made_card) == ["notes.md"]
    with pytest.raises(Exception, match="same_name_twice"):
        create_card_with(
            files=[a_file(), a_file()], room_id=room.id, facts=CardFacts(title="No"), by=by, at=AT
        )
    assert Attachment.objects.count() == 1
    assert not Card.objects.filter(title="No").exists()
