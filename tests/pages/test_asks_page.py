"""Asks: a form from the agent's schema, an exact action to allow, a hand-off to act on."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from tests import cast
from tests.pages.sample import Sample
from workspace.actors import By, coordinator
from workspace.commands.budgets import ask_about_budget, set_budget
from workspace.commands.charging import charge
from workspace.models import Agent, Ask, Member, Room
from workspace.reports import Accepted, PermissionWanted, Question

WIDE = {
    "type": "object",
    "required": ["region"],
    "properties": {
        "region": {"type": "string", "enum": ["EU", "US"], "title": "Region"},
        "many": {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "sure": {"type": "boolean", "title": "Really?"},
        "mail": {"type": "string", "format": "email"},
        "long": {"type": "string", "maxLength": 4000},
    },
}


def an_ask(sample: Sample, said: object) -> Ask:
    room = Room.objects.get(id=sample.room_id)
    run = cast.a_run(cast.a_card(room, "Ask away"), Agent.objects.get(name="Ledger"),
                     at=timezone.now())  # fmt: skip
    cast.says(run, Accepted(), at=timezone.now())
    cast.says(run, said, at=timezone.now())  # type: ignore[arg-type]
    return run.asks.get()


def form_of(page: str, ask: Ask) -> str:
    found = re.search(rf'<article class="ask" id="ask-{ask.id}".*?</article>', page, re.S)
    assert found is not None
    return re.sub(r"\s+", " ", found[0])


def test_every_field_of_the_flat_schema_has_its_input(ana: Client, sample: Sample) -> None:
    ask = an_ask(sample, Question("q1", "Which **region**?", WIDE))
    form = form_of(ana.get("/asks").text, ask)
    assert "<strong>region</strong>" in form
    assert form.count('type="radio" name="f-region"') == 2
    assert form.count('type="checkbox" name="f-many"') == 3
    assert 'type="number"' in form and 'min="1"' in form and 'max="9"' in form
    assert 'type="checkbox" name="f-sure"' in form
    assert 'type="email"' in form and 'name="f-long"></textarea>' in form


def test_an_answer_is_kept_by_the_names_of_the_schema(ana: Client, sample: Sample) -> None:
    ask = an_ask(sample, Question("q1", "Which?", WIDE))
    sent = {"f-region": "EU", "f-many": ["a", "c"], "f-count": "3", "f-sure": "on",
            "action": "accept"}  # fmt: skip
    assert ana.post(f"/asks/{ask.id}/answer", sent).status_code == 302
    ask.refresh_from_db()
    assert ask.state == "answered"
    assert ask.answer["content"] == {"region": "EU", "many": ["a", "c"], "count": 3, "sure": True}


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({}, "Fill in: region"),
        ({"f-region": "Mars"}, "Choose one of the answers offered"),
        ({"f-region": "EU", "f-count": "many"}, "does not fit the field count"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_beside_its_form(
    sent: dict[str, str], why: str, ana: Client, sample: Sample
) -> None:
    ask = an_ask(sample, Question("q1", "Which?", WIDE))
    answer = ana.post(f"/asks/{ask.id}/answer", {"action": "accept", **sent})
    assert answer.status_code == 422 and why in form_of(answer.text, ask)
    ask.refresh_from_db()
    assert ask.state == "open"


def test_declining_answers_without_a_form(ana: Client, sample: Sample) -> None:
    ask = an_ask(sample, Question("q1", "Which?", WIDE))
    ana.post(f"/asks/{ask.id}/answer", {"action": "decline"})
    ask.refresh_from_db()
    assert ask.answer == {"action": "decline", "content": None}


def test_a_permission_shows_the_whole_action_and_offers_what_was_offered(
    ana: Client, sample: Sample
) -> None:
    action = {"command": "rm -rf build && echo done", "cwd": "/srv/site", "paths": ["build"]}
    wanted = PermissionWanted("p1", "Run a command", "execute", action, risk="high",
                              options=("allow_once", "reject_once"))  # fmt: skip
    ask = an_ask(sample, wanted)
    form = form_of(ana.get("/asks").text, ask)
    assert "rm -rf build &amp;&amp; echo done" in form and "/srv/site" in form
    assert "Allow once" in form and "Refuse" in form and "Always" not in form
    ana.post(f"/asks/{ask.id}/answer", {"decision": "reject_once"})
    ask.refresh_from_db()
    assert ask.answer == {"decision": "reject_once"}


def test_an_action_nobody_can_see_has_no_button_to_allow_it(ana: Client, sample: Sample) -> None:
    ask = an_ask(sample, PermissionWanted("p1", "Something", "execute", {"command": "x"}))
    Ask.objects.filter(id=ask.id).update(body={"title": "Something", "action": {"command": " "}})
    form = form_of(ana.get("/asks").text, ask)
    assert "cannot be allowed" in form and "allow_once" not in form


def test_an_observer_may_not_answer_and_a_stranger_finds_nothing(
    observer: Client, stranger: Client, sample: Sample
) -> None:
    ask = an_ask(sample, Question("q1", "Which?", WIDE))
    sent = {"f-region": "EU", "action": "accept"}
    assert observer.post(f"/asks/{ask.id}/answer", sent).status_code == 403
    assert stranger.post(f"/asks/{ask.id}/answer", sent).status_code == 404
    assert "Which?" not in observer.get("/asks").text


def test_what_to_do_about_a_budget_is_offered_to_who_may_set_it(
    ana: Client, observer: Client, sample: Sample
) -> None:
    room, now = Room.objects.get(id=sample.room_id), timezone.now()
    kept = set_budget(
        room_id=room.id, subject_id=room.id, what="steps", period="ever", cap=4,
        by=By(sample.owner_id), at=now,
    )  # fmt: skip
    charge(room=room, subjects=[room.id], amounts={"steps": 4}, ref="x", began=now, at=now)
    rule = coordinator(rule="budget_used_up")
    ask = ask_about_budget(room_id=room.id, budget_id=kept.id, by=rule, at=now)
    form = form_of(ana.get("/asks").text, ask)
    assert "4 of 4 steps" in form
    assert 'value="raise_by_half"' in form and 'value="stay_stopped"' in form
    Member.objects.filter(room=room, role="observer").update(role="reviewer")
    form = form_of(observer.get("/asks").text, ask)
    assert "Only an owner of this room can change it." in form and "<button" not in form
