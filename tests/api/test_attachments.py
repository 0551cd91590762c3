"""Files given with a goal or a card, by a program."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from tests import cast
from tests.api.conftest import Api, refused
from tests.extraction.made import EXE, PDF, docx
from workspace.models import Attachment, Person, Room


def a_file(
    name: str = "notes.md", content: bytes = b"Ten.", kind: str = "text/markdown"
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)


def test_files_are_given_listed_fetched_and_removed(api: Api, room: Room) -> None:
    given = api.upload(
        f"/rooms/{room.id}/attachments", {"a": a_file(), "b": a_file("plan.docx", docx("Ten."), "")}
    )
    assert given.status_code == 201, given.body
    items = given.body["items"]
    assert {(one["name"], one["readable"]) for one in items} == {
        ("notes.md", True),
        ("plan.docx", True),
    }
    assert api.get(f"/rooms/{room.id}/attachments").body["items"] == items
    notes = next(one for one in items if one["name"] == "notes.md")
    assert api.get(f"/attachments/{notes['id']}").body == notes
    content = api.get(f"/attachments/{notes['id']}/content")
    assert b"".join(content.streaming_content) == b"Ten."
    assert content["Content-Disposition"].startswith("attachment")
    assert content["Content-Type"] == "application/octet-stream"
    assert api.post(f"/attachments/{notes['id']}/remove").status_code == 200
    refused(api.get(f"/attachments/{notes['id']}"), 404, "not_found")
    refused(api.get(f"/attachments/{notes['id']}/content"), 404, "not_found")
    assert len(api.get(f"/rooms/{room.id}/attachments").body["items"]) == 1


def test_a_card_has_files_of_its_own(api: Api, room: Room) -> None:
    card = cast.a_card(room)
    given = api.upload(f"/cards/{card.id}/attachments", {"f": a_file("a.pdf", PDF, "")})
    assert given.status_code == 201
    [item] = api.get(f"/cards/{card.id}/attachments").body["items"]
    assert (item["card_id"], item["media_type"]) == (card.id, "application/pdf")
    assert item["readable"] is False
    assert api.get(f"/rooms/{room.id}/attachments").body["items"] == []


def test_what_cannot_be_taken_is_refused(api: Api, room: Room) -> None:
    path = f"/rooms/{room.id}/attachments"
    refused(
        api.upload(path, {"f": a_file("l.txt", bytes(25 * 2**20 + 1))}), 413, "artifact_too_large"
    )
    refused(api.upload(path, {"f": a_file("l.txt", bytes(26 * 2**20))}), 413, "body_too_large")
    refused(api.upload(path, {"f": a_file("e.txt", b"")}), 422, "empty_file")
    refused(api.upload(path, {"word": "no file"}), 422, "missing")
    refused(api.post(path, {"files": []}), 400, "not_readable")
    many = {f"f{n}": a_file(f"{n}.md") for n in range(11)}
    refused(api.upload(path, many), 422, "too_many_files")
    assert not Attachment.objects.exists()


def test_a_name_or_type_fools_nobody(api: Api, room: Room) -> None:
    path = f"/rooms/{room.id}/attachments"
    given = api.upload(path, {"f": a_file("../../tool.png", EXE, "image/png")})
    [item] = given.body["items"]
    assert (item["name"], item["media_type"]) == ("tool.png", "application/octet-stream")


def test_the_same_key_attaches_once(api: Api, room: Room) -> None:
    path, key = f"/api/v1/rooms/{room.id}/attachments", {"Idempotency-Key": "one"}
    headers = {"Authorization": f"Bearer {api.token}", **key}
    answers = [api.client.post(path, {"f": a_file()}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Attachment.objects.count() == 1
    remove = f"/attachments/{Attachment.objects.get().id}/remove"
    removed = [api.post(remove, **{"Idempotency-Key": "two"}) for _ in range(2)]
    assert [answer.status_code for answer in removed] == [200, 200]


def test_other_rooms_files_are_not_there(
    api: Api, room: Room, owner: Person, stranger: Person
) -> None:
    given = api.upload(f"/rooms/{room.id}/attachments", {"f": a_file()}).body["items"][0]
    theirs = Api(cast.a_token(stranger))
    for path in (f"/attachments/{given['id']}", f"/attachments/{given['id']}/content"):
        refused(theirs.get(path), 404, "not_found")
    refused(theirs.post(f"/attachments/{given['id']}/remove"), 404, "not_found")
    refused(theirs.upload(f"/rooms/{room.id}/attachments", {"f": a_file()}), 404, "not_found")
    observer = Api(cast.a_token(cast.a_member(room, "observer")))
    assert observer.get(f"/attachments/{given['id']}").status_code == 200
    refused(observer.upload(f"/rooms/{room.id}/attachments", {"f": a_file()}), 403, "not_allowed")
    reader = Api(cast.a_token(owner, "read"))
    refused(reader.upload(f"/rooms/{room.id}/attachments", {"f": a_file()}), 403, "not_allowed")
    refused(reader.post(f"/attachments/{given['id']}/remove"), 403, "not_allowed")
    assert Attachment.objects.filter(removed_at=None).count() == 1
