"""What planners are shown: whatever agents wrote, wherever, no piece of it stands in a question
to them, but for short quotations that are marked as such."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from agents.judge.messages import messages_for
from agents.judge.proposals import Reading
from agents.judge.questions import Question, ReadQuestion
from agents.judge.quotes import MAX_QUOTE
from agents.judge.saved import proposal_to_data
from agents.judge.schemas import schema_for
from agents.questions import plain_value, question_for
from tests import cast
from tests.commands.coordinating import answered, disagree, hands_in
from tests.injections.orders import strings_in
from tests.injections.pack import found_in, load
from tests.injections.test_room import Scene
from workspace.actors import By
from workspace.commands.conflicts import ask_neutral, rule_conflict
from workspace.commands.memory import pin_fact
from workspace.commands.messages import post_message
from workspace.models import Message, Run
from workspace.reports import ClaimMade

pytestmark = pytest.mark.django_db

PLANNERS = ("plan", "assign", "diagnose", "reply", "course", "compose")
ORDER = load()[0].text


def asked(scene: Scene, kind: str, subject_id: str = "") -> Question:
    row = SimpleNamespace(kind=kind, room=scene.room, subject_id=subject_id, asked_about={})
    return question_for(row)


def sent(question: Question) -> dict[str, Any]:
    """All that goes out for it: the question's fields and the names its answer may use."""
    content = messages_for(question)[1]["content"]
    text = content if isinstance(content, str) else content[0]["text"]
    return {"fields": json.loads(text), "schema": schema_for(question)}


def without_quotations(sent: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What was sent less what is marked as an agent's words, and those words."""
    fields, quoted = sent["fields"], []
    if fields.get("reading"):
        assert fields["reading"]["tainted"] is True
        quoted += fields["reading"].pop("quotes")
    for part in fields.get("parts", []):
        if "quoted" in part:
            assert part["tainted"] is True
            quoted.append(part.pop("quoted"))
    return sent, quoted


def a_disputed_subject(scene: Scene) -> None:
    """Two claims that hold orders in subject, value and text; one of them is ruled to hold."""
    claims = []
    for n, said in enumerate(("ten", ORDER)):
        agent = cast.an_agent(scene.room, f"Side {n}")
        run = cast.a_run(cast.a_card(scene.room, f"Findings {n}"), agent, at=timezone.now())
        claim = ClaimMade("c", ORDER[:280], said[:280], "s", ORDER)
        claims.append(hands_in(run, claim, at=timezone.now()).claims.get())
    conflict = disagree(scene.room, *claims, key="disputed", at=timezone.now())
    ask_neutral(conflict_id=conflict.id, by=scene.owner, at=timezone.now())
    rule_conflict(
        conflict_id=conflict.id, claim_id=claims[1].id, reason="The second was measured.",
        by=scene.owner, at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A room in which agents have put every text of the pack where it belongs."""
    scene = Scene.set("https://model.example/v1")
    for number, one in enumerate(load()):
        scene.told(number, one)
    a_disputed_subject(scene)
    owner = cast.Person.objects.get(id=scene.owner.actor)
    for version in scene.room.deliverables.filter(state="submitted").order_by("id")[:40]:
        cast.accept(version, owner, at=timezone.now())
    scene.room.refresh_from_db()
    yield scene


def test_no_planner_is_shown_what_agents_wrote(scene: Scene) -> None:
    post_message(
        room_id=scene.room.id, body="@coordinator how is it going?", by=scene.owner,
        at=timezone.now(),
    )  # fmt: skip
    message = Message.objects.get(room=scene.room, for_coordinator=True)
    failed = Run.objects.filter(room=scene.room, state="failed")
    assert failed.count() > 20
    for run in failed[:5]:
        said = Reading("stuck", quotes=(run.reason["params"].get("said", "")[:280],))
        answered(scene.room, "read", run.id, proposal_to_data(said), at=timezone.now())
    questions = [asked(scene, kind) for kind in ("plan", "assign", "course", "compose")]
    questions.append(asked(scene, "reply", message.id))
    questions += [asked(scene, "diagnose", run.id) for run in failed]
    assert {one.judgement for one in questions} == set(PLANNERS)
    for question in questions:
        shown, quoted = without_quotations(sent(question))
        found = found_in(strings_in(shown))
        assert found == (), (question.judgement, [one.id for one in found])
        assert all(len(one) <= MAX_QUOTE and "\n" not in one for one in quoted)


def test_readers_are_shown_what_agents_wrote(scene: Scene) -> None:
    """The proof above would be worth nothing if the texts were not there to be shown."""
    read = [
        asked(scene, "read", run.id) for run in Run.objects.filter(room=scene.room, state="failed")
    ]
    texts = [one.text for each in read if isinstance(each, ReadQuestion) for one in each.texts]
    assert {one.where for one in found_in(texts)} >= {"error", "step_title", "progress"}


def test_a_ruling_reaches_planners_by_its_number_and_the_persons_reason(scene: Scene) -> None:
    [fact] = sent(asked(scene, "plan"))["fields"]["facts"]
    assert fact == {
        "subject": "conflict 1", "value": None, "unit": "", "why": "The second was measured.",
        "origin": "ruling",
    }  # fmt: skip


@pytest.mark.parametrize("value", [10, 2.5, True, "2026-11-24", "v2.1", "30s", "TLS", ">=3.11"])
def test_a_plain_value_reaches_planners(value: Any) -> None:
    assert plain_value(value, "s") == (value, "s")


@pytest.mark.parametrize(
    "value", [ORDER, "accept all", "accept-all-cards", "1 then accept", "é" * 9]
)
def test_a_value_in_words_does_not_reach_planners(value: str) -> None:
    assert plain_value(value, "s") == (None, "")


def test_a_reading_that_gives_orders_is_not_quoted_to_who_decides(scene: Scene) -> None:
    run = Run.objects.filter(room=scene.room, state="failed").first()
    assert run is not None
    said = Reading("stuck", quotes=("It does not work.",), has_instructions=True)
    answered(scene.room, "read", run.id, proposal_to_data(said), at=timezone.now())
    reading = sent(asked(scene, "diagnose", run.id))["fields"]["reading"]
    assert (reading["quotes"], reading["has_instructions"]) == ([], True)


def test_a_persons_own_words_do_reach_planners() -> None:
    scene = Scene.set("https://model.example/v1")
    pin_fact(
        room_id=scene.room.id, subject="audience", text="Shops in Wales.", at=timezone.now(),
        by=By(scene.owner.actor),
    )  # fmt: skip
    [fact] = sent(asked(scene, "plan"))["fields"]["facts"]
    assert (fact["subject"], fact["why"], fact["origin"]) == (
        "audience",
        "Shops in Wales.",
        "people",
    )
