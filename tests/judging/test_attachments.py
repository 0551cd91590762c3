"""What people attach to a goal reaches the model: pictures as they are, documents as text."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import pytest

from agents.judge.messages import messages_for
from agents.questions import question_for
from tests import cast
from tests.extraction.made import EXE, PDF, PNG, SVG, docx, pdf, pptx
from tests.fakes.model_server import model_server
from tests.judging.test_judging import a_room_that_asks, loopback, settle
from workspace.actors import By
from workspace.commands.attachments import attach_files, examine, remove_attachment
from workspace.models import Room
from workspace.reports import Failure

pytestmark = pytest.mark.django_db
__all__ = ["loopback"]


def attach(room: Room, **files: bytes) -> list[str]:
    given = [
        examine(name=name.replace("__", "."), media_type="", content=content)
        for name, content in files.items()
    ]
    by = By(room.members.get(role="owner").person_id)
    rows = attach_files(room_id=room.id, files=given, by=by, at=room.created_at)
    return [row.id for row in rows]


def test_a_picture_and_a_document_of_the_goal_reach_the_model() -> None:
    with model_server("good") as server:
        room = a_room_that_asks(server.base_url)
        attach(room, sketch__png=PNG, plan__docx=docx("The timeout is ten seconds."))
        settle(room)
        asked = server.requests[0]
    assert asked.kind == "plan"
    assert asked.pictures == [PNG]
    sent = asked.parts[1]["image_url"]["url"]
    assert sent == "data:image/png;base64," + base64.b64encode(PNG).decode()
    named = {one["name"]: one for one in asked.asked["attachments"]}
    assert named["sketch.png"]["picture"] == 1
    assert named["plan.docx"]["text"] == "The timeout is ten seconds."
    assert room.judgements.get(kind="plan", state="taken").judge == "kimi"


def test_a_pdf_of_the_goal_reaches_the_model_as_text() -> None:
    with model_server("good") as server:
        room = a_room_that_asks(server.base_url)
        attach(room, limits__pdf=pdf("The timeout is ten seconds."))
        settle(room)
        asked = server.requests[0]
    [sent] = asked.asked["attachments"]
    assert (sent["name"], sent["text"]) == ("limits.pdf", "## 1\nThe timeout is ten seconds.")
    assert "unread" not in sent
    assert asked.pictures == []


def test_what_is_no_picture_is_named_and_not_sent_as_one() -> None:
    with model_server("good") as server:
        room = a_room_that_asks(server.base_url)
        attach(room, drawing__svg=SVG, tool__png=EXE, paper__pdf=PDF)
        settle(room)
        asked = server.requests[0]
    assert asked.pictures == []
    named = asked.asked["attachments"]
    assert [one["name"] for one in named] == ["drawing.svg", "tool.png", "paper.pdf"]
    assert all("text" not in one and "picture" not in one for one in named)
    assert all(one["unread"] for one in named)


def test_what_was_removed_is_not_sent() -> None:
    with model_server("good") as server:
        room = a_room_that_asks(server.base_url)
        [gone] = attach(room, sketch__png=PNG)
        by = By(room.members.get(role="owner").person_id)
        remove_attachment(attachment_id=gone, by=by, at=room.created_at)
        settle(room)
        asked = server.requests[0]
    assert asked.pictures == []
    assert "attachments" not in asked.asked


def test_what_was_given_with_a_card_is_there_when_its_run_is_diagnosed() -> None:
    room = a_room_that_asks("http://127.0.0.1:9/v1")
    card = cast.a_card(room)
    by = By(room.members.get(role="owner").person_id)
    given = examine(name="plan.pptx", media_type="", content=pptx("The limit is ten."))
    attach_files(card_id=card.id, files=[given], by=by, at=room.created_at)
    run = cast.a_run(card, cast.an_agent(room, "Other"))
    cast.says(run, Failure("broken", "It did not work."))
    row = SimpleNamespace(kind="diagnose", room=room, subject_id=run.id, asked_about={})
    sent = json.loads(messages_for(question_for(row))[1]["content"])
    assert [(one["name"], one["text"]) for one in sent["attachments"]] == [
        ("plan.pptx", "## 1\nThe limit is ten.")
    ]
