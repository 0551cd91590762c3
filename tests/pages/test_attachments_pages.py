"""Files of a goal and of cards on the pages, and the places that claims rest on."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.extraction.made import EXE, PDF, PNG, SVG
from tests.pages.sample import Sample
from workspace.models import Attachment, Card, Room, Source


def a_file(name: str, content: bytes, kind: str = "") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)


def attach(browser: Client, to: str, *files: SimpleUploadedFile):
    return browser.post(f"{to}/attachments", {"attachments": list(files)})


def test_files_of_the_goal_are_shown_where_the_goal_is_set(ana: Client, sample: Sample) -> None:
    room = f"/rooms/{sample.room_id}"
    answer = attach(ana, room, a_file("logo.png", PNG), a_file("plan.pdf", PDF))
    assert (answer.status_code, answer["Location"]) == (302, f"{room}/settings")
    page = ana.get(f"{room}/settings").text
    assert "given as a picture" in page
    assert "given as a file only: its words cannot be read here" in page
    assert "given with its text" not in page


def test_files_of_a_card_are_shown_in_its_drawer(ana: Client, sample: Sample) -> None:
    card = Card.objects.get(id=sample.card_id)
    answer = attach(ana, f"/cards/{card.id}", a_file("<b>notes.md", b"Ten."))
    assert answer["Location"] == f"/rooms/{card.room_id}/cards/{card.id}"
    page = ana.get(answer["Location"], headers={"HX-Request": "true"}).text
    assert "&lt;b&gt;notes.md" in page
    assert "given with its text" in page


def test_a_picture_is_shown_in_place_and_all_else_downloaded(ana: Client, sample: Sample) -> None:
    files = (a_file("a.png", PNG), a_file("b.svg", SVG), a_file("c.png", EXE, "image/png"))
    attach(ana, f"/rooms/{sample.room_id}", *files)
    for name, content, shown in (
        ("a.png", PNG, True),
        ("b.svg", SVG, False),
        ("c.png", EXE, False),
    ):
        row = Attachment.objects.get(name=name)
        answer = ana.get(f"/attachments/{row.id}")
        assert b"".join(answer.streaming_content) == content
        assert answer["Content-Disposition"].startswith("inline" if shown else "attachment")
        assert answer["Content-Type"] == ("image/png" if shown else "application/octet-stream")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_room_and_a_card_are_made_with_their_files(ana: Client, sample: Sample) -> None:
    facts = {"name": "New", "goal": "Read the plan.", "attachments": a_file("plan.md", b"Plan")}
    room = Room.objects.get(id=ana.post("/rooms/new", facts)["Location"].rpartition("/")[2])
    assert [row.name for row in room.attachments.all()] == ["plan.md"]
    card = {"title": "Read", "kind": "document", "attachments": a_file("more.md", b"More")}
    made = ana.post(f"/rooms/{room.id}/cards/new", card)["Location"].rpartition("/")[2]
    assert [row.name for row in Card.objects.get(id=made).attachments.all()] == ["more.md"]


def test_what_is_refused_keeps_what_was_typed(ana: Client, sample: Sample) -> None:
    facts = {"name": "New", "goal": "A long goal.", "attachments": a_file("empty.md", b"")}
    answer = ana.post("/rooms/new", facts)
    assert answer.status_code == 422
    assert "A long goal." in answer.text and "The file empty.md is empty." in answer.text
    assert not Room.objects.filter(name="New").exists()
    large = a_file("large.txt", bytes(26 * 2**20))
    assert attach(ana, f"/rooms/{sample.room_id}", large).status_code == 413
    many = [a_file(f"{n}.md", b"x") for n in range(11)]
    assert attach(ana, f"/rooms/{sample.room_id}", *many).status_code == 422
    assert not Attachment.objects.exists()


def test_files_are_taken_away_again(ana: Client, sample: Sample) -> None:
    attach(ana, f"/rooms/{sample.room_id}", a_file("a.png", PNG))
    row = Attachment.objects.get()
    assert ana.post(f"/attachments/{row.id}/remove").status_code == 302
    assert ana.get(f"/attachments/{row.id}").status_code == 404
    assert "a.png" not in ana.get(f"/rooms/{sample.room_id}/settings").text


def test_others_neither_see_nor_change_the_files(
    ana: Client, observer: Client, stranger: Client, sample: Sample
) -> None:
    room = f"/rooms/{sample.room_id}"
    attach(ana, room, a_file("a.png", PNG))
    url = f"/attachments/{Attachment.objects.get().id}"
    assert (observer.get(url).status_code, stranger.get(url).status_code) == (200, 404)
    for browser, status in ((observer, 403), (stranger, 404)):
        assert attach(browser, room, a_file("b.png", PNG)).status_code == status
        assert browser.post(f"{url}/remove").status_code == status
    anyone = Client(headers={"host": "127.0.0.1"})
    assert anyone.get(url)["Location"] == "/sign-in"
    assert Attachment.objects.filter(removed_at=None).count() == 1


def test_a_reviewer_sees_which_places_do_not_hold(ana: Client, sample: Sample) -> None:
    url = f"/reviews/{sample.version_id}"
    sources = Source.objects.filter(deliverable_id=sample.version_id)
    assert "does not hold" not in ana.get(url).text
    for state, words in (("missing", "missing"), ("dead", "dead"), ("refused", "not reached")):
        sources.update(state=state, due_at=None)
        page = ana.get(url).text
        assert f"</svg>{words}</span>" in page
        assert ("not hold<" in page) == (state != "refused")
        assert ("on one that holds" in page) == (state != "refused")
