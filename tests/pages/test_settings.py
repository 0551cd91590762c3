"""A room's policy and the model's options as forms: plain labels, refused values explained."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from agents import judging
from agents.judge.questions import JUDGEMENT_KINDS
from agents.pages import told_of
from tests.pages.sample import Sample
from workspace.actors import By
from workspace.commands.models import ModelFacts, set_model
from workspace.errors import Refused
from workspace.model_options import KINDS, options_from
from workspace.models import Card, Room, Workspace
from workspace.policy import SETTINGS, RoomPolicy
from workspace.queries import model_limits, model_of, room_policy
from workspace.shown.demands import BY_NAME

FORM = {
    "form": "policy", "accepts_needed": "2", "browser_only": "on", "coverage_needed": "30",
    "reviews_each": "5", "attempts": "3", "rounds": "2", "depth": "1", "max_cards": "50",
    "course_every": "12", "prompt_tokens": "90000", "same_steps": "4", "alternating_steps": "0",
    "steps_without_news": "30",
}  # fmt: skip


@pytest.fixture
def room(sample: Sample) -> Room:
    return Room.objects.get(id=sample.room_id)


def save(client: Client, room: Room, **changes: str) -> str:
    answer = client.post(f"/rooms/{room.id}/settings/edit", {**FORM, **changes})
    return "" if answer.status_code == 302 else re.sub(r"\s+", " ", unescape(answer.text))


def kept(room: Room) -> RoomPolicy:
    return room_policy(Room.objects.get(id=room.id))


def test_every_setting_of_a_rooms_policy_has_its_field(ana: Client, room: Room) -> None:
    assert BY_NAME.keys() == SETTINGS.keys() == {field.name for field in fields(RoomPolicy)}
    page = ana.get(f"/rooms/{room.id}/settings").text
    for name in SETTINGS:
        assert f'name="{name}"' in page, name


def test_what_is_saved_is_kept_in_its_own_units(ana: Client, room: Room) -> None:
    assert save(ana, room) == ""
    found = kept(room)
    assert found == RoomPolicy(
        accepts_needed=2, browser_only=True, exclude_producers_owner=False, coverage_needed=0.3,
        reviews_each=5, attempts=3, rounds=2, depth=1, max_cards=50, course_every=43_200.0,
        prompt_tokens=90_000, same_steps=4, alternating_steps=0, steps_without_news=30,
        redo_changed=False, checks=False, reads_without_asking=False,
    )  # fmt: skip
    page = ana.get(f"/rooms/{room.id}/settings").text
    assert re.search(r'name="coverage_needed"[^>]*value="30"', page)
    assert re.search(r'name="course_every"[^>]*value="12"', page)


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("accepts_needed", "0", "People who must accept a version has to be between 1 and 20."),
        ("attempts", "99", "Attempts at a card has to be between 1 and 20."),
        ("attempts", "2.5", "That has to be a whole number: Attempts at a card."),
        ("attempts", "many", "That has to be a number of zero or more: Attempts at a card."),
        ("coverage_needed", "101", "Claims that must name a source has to be between 0 and 100."),
        ("coverage_needed", "nan", "Claims that must name a source has to be between 0 and 100."),
        ("same_steps", "1", "One step makes no loop. The same step in a row: two or more"),
        ("alternating_steps", "1", "One step makes no loop."),
        ("steps_without_news", "1", "One step makes no loop."),
        ("same_steps", "-1", "The same step in a row has to be between 0 and"),
        ("course_every", "inf", "Ask whether the board still serves the goal, every has to be"),
        ("rounds", "", "Fill in: Rounds of changes."),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_label_and_what_was_typed_stays(
    name: str, typed: str, why: str, ana: Client, room: Room
) -> None:
    before = kept(room)
    page = save(ana, room, **{name: typed})
    assert why in page
    assert re.search(rf'name="{name}"[^>]*value="{re.escape(typed)}"', page)
    assert re.search(r'name="reviews_each"[^>]*value="5"', page)
    assert kept(room) == before


def test_only_owners_change_the_policy(mei: Client, room: Room) -> None:
    before = kept(room)
    assert mei.post(f"/rooms/{room.id}/settings/edit", FORM).status_code == 403
    assert kept(room) == before


def test_independent_runs_are_asked_for_in_the_cards_form(ana: Client, room: Room) -> None:
    sent = {"title": "Twice", "kind": "report", "independent_runs": "2"}
    made = ana.post(f"/rooms/{room.id}/cards/new", sent)
    card = Card.objects.get(title="Twice")
    assert made.status_code == 302 and card.independent_runs == 2
    url = f"/rooms/{room.id}/cards/{card.id}"
    assert re.search(r'name="independent_runs"[^>]*value="2"', ana.get(url).text)
    ana.post(f"{url}/edit", {**sent, "independent_runs": "3"})
    card.refresh_from_db()
    assert card.independent_runs == 3


@pytest.mark.parametrize("wanted", ["0", "6", "-1", "two", ""])
def test_a_number_of_independent_runs_that_cannot_be_is_refused(
    wanted: str, ana: Client, room: Room
) -> None:
    sent = {"title": "Too often", "kind": "report", "independent_runs": wanted}
    assert ana.post(f"/rooms/{room.id}/cards/new", sent).status_code == 422
    assert not Card.objects.filter(title="Too often").exists()


def test_a_due_date_is_set_changed_and_taken_away_in_the_cards_form(
    ana: Client, room: Room
) -> None:
    sent = {"title": "Soon", "kind": "report", "independent_runs": "1"}
    ana.post(f"/rooms/{room.id}/cards/new", {**sent, "due_at": "2100-05-06T07:08"})
    card = Card.objects.get(title="Soon")
    assert card.due_at == datetime(2100, 5, 6, 7, 8, tzinfo=UTC)
    url = f"/rooms/{room.id}/cards/{card.id}"
    assert re.search(r'name="due_at"[^>]*value="2100-05-06T07:08"', ana.get(url).text)
    Card.objects.filter(id=card.id).update(due_at=datetime(2001, 1, 1, 0, 0, 30, tzinfo=UTC))
    kept = {**sent, "title": "Later", "due_at": "2001-01-01T00:00"}
    assert ana.post(f"{url}/edit", kept).status_code == 302
    card.refresh_from_db()
    assert (card.title, card.due_at) == ("Later", datetime(2001, 1, 1, 0, 0, 30, tzinfo=UTC))
    ana.post(f"{url}/edit", {**sent, "due_at": ""})
    card.refresh_from_db()
    assert card.due_at is None


@pytest.mark.parametrize("wanted", ["2001-01-01T00:00", "soon"])
def test_a_due_date_that_cannot_be_is_refused(wanted: str, ana: Client, room: Room) -> None:
    sent = {"title": "Too late", "kind": "report", "independent_runs": "1", "due_at": wanted}
    page = ana.post(f"/rooms/{room.id}/cards/new", sent)
    assert page.status_code == 422 and f'value="{wanted}"' in page.text
    assert not Card.objects.filter(title="Too late").exists()


def a_model(room: Room, by: By) -> None:
    facts = ModelFacts(
        base_url="https://model.example/v1", model="kimi-k2.6", profile="moonshot", api_key="sk-x"
    )
    set_model(workspace_id=room.workspace_id, facts=facts, by=by, at=room.created_at)


OPTIONS = {"think-plan": "on", "think-reply": "on", "concurrency": "4", "rpm": "60", "tpm": "0"}


def test_thinking_and_limits_are_kept_and_survive_another_key(
    ana: Client, room: Room, sample: Sample
) -> None:
    by = By(sample.owner_id)
    a_model(room, by)
    page = ana.get(f"/rooms/{room.id}/model").text
    assert re.search(r'name="think-diagnose" checked', page)  # the default, until somebody chooses
    assert ana.post(f"/rooms/{room.id}/model/options", OPTIONS).status_code == 302
    a_model(room, by)
    workspace = Workspace.objects.get(id=room.workspace_id)
    endpoint = model_of(workspace)
    assert endpoint is not None
    thinking = endpoint["thinking"]
    assert thinking["plan"] and thinking["reply"] and not thinking["diagnose"]
    assert model_limits(workspace) == {"concurrency": 4, "rpm": 60, "tpm": 0}
    page = ana.get(f"/rooms/{room.id}/model").text
    assert not re.search(r'name="think-diagnose" checked', page)
    assert re.search(r'name="rpm"[^>]*value="60"', page)


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("rpm", "-1", "rpm has to be between 0 and 100000."),
        ("concurrency", "1001", "concurrency has to be between 0 and 1000."),
        ("tpm", "lots", "That has to be a whole number: tpm."),
    ],
)
def test_a_limit_that_cannot_be_is_refused(
    name: str, typed: str, why: str, ana: Client, room: Room, sample: Sample
) -> None:
    a_model(room, By(sample.owner_id))
    answer = ana.post(f"/rooms/{room.id}/model/options", {**OPTIONS, name: typed})
    assert answer.status_code == 422 and why in unescape(answer.text)
    assert "limits" not in Workspace.objects.get(id=room.workspace_id).settings["model"]


def test_what_a_call_may_be_and_costs_is_kept_with_the_model(
    ana: Client, room: Room, sample: Sample
) -> None:
    a_model(room, By(sample.owner_id))
    said = {"window": "131072", "total_s": "40", "price-output": "2,50", "max_output_tokens": ""}
    assert ana.post(f"/rooms/{room.id}/model/options", {**OPTIONS, **said}).status_code == 302
    endpoint = model_of(Workspace.objects.get(id=room.workspace_id))
    assert endpoint is not None
    assert (endpoint["window"], endpoint["total_s"]) == (131_072, 40)
    assert (endpoint["prices"], endpoint["pictures"]) == ({"output": 2.5}, False)
    assert "max_output_tokens" not in endpoint
    page = ana.get(f"/rooms/{room.id}/model").text
    assert re.search(r'name="price-output"[^>]*value="2.5"', page)
    assert re.search(r'name="window"[^>]*value="131072"', page)


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("window", "12", "window has to be between 8000 and 10000000."),
        ("total_s", "9000", "total_s has to be between 5 and 840."),
        ("price-output", "much", "A price is a number of US dollars: output."),
        ("price-output", "-1", "output has to be between 0 and 10000."),
        ("price-output", "nan", "output has to be between 0 and 10000."),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    name: str, typed: str, why: str, ana: Client, room: Room, sample: Sample
) -> None:
    a_model(room, By(sample.owner_id))
    answer = ana.post(f"/rooms/{room.id}/model/options", {**OPTIONS, name: typed})
    assert answer.status_code == 422 and why in unescape(answer.text)
    assert Workspace.objects.get(id=room.workspace_id).settings["model"]["options"] == {}


def test_another_model_does_not_inherit_the_prices_of_the_one_before(
    ana: Client, room: Room, sample: Sample
) -> None:
    by = By(sample.owner_id)
    a_model(room, by)
    ana.post(f"/rooms/{room.id}/model/options", {**OPTIONS, "price-output": "2.5"})
    facts = ModelFacts(
        base_url="https://model.example/v1", model="other", profile="moonshot", api_key="sk-x",
        window=32_000, pictures=False,
    )  # fmt: skip
    set_model(workspace_id=room.workspace_id, facts=facts, by=by, at=room.created_at)
    kept = Workspace.objects.get(id=room.workspace_id).settings["model"]["options"]
    assert kept == {"window": 32_000, "pictures": False}


def listing(*entries: object) -> bytes:
    return json.dumps({"object": "list", "data": entries}).encode()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (listing({"id": "k", "context_length": 131_072, "supports_image_in": False}),
         {"window": 131_072, "pictures": False}),
        (listing({"id": "k"}, {"id": "other", "context_length": 9_000}), {}),
        (listing({"id": "k", "context_length": "much", "supports_image_in": 1}), {}),
        (listing({"id": "k", "context_length": True}), {}),
        (listing(), {}),
        (b"<html>", {}),
        (b"[]", {}),
        (b'{"data": [3]}', {}),
        (b'{"data": null}', {}),
    ],
)  # fmt: skip
def test_what_an_endpoint_tells_of_its_model_is_taken_where_it_tells(
    body: bytes, told: dict[str, object]
) -> None:
    assert told_of("k", body) == told


def test_a_model_that_is_not_listed_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        told_of("k", listing({"id": "kimi-k2.5"}))
    assert caught.value.code == "model_not_listed"


def test_options_of_the_environment_hold_where_nothing_was_set(
    room: Room, sample: Sample, settings: Any
) -> None:
    settings.MUSTER_MODEL_OPTIONS = options_from(
        {"MUSTER_MODEL_PRICE_HIT": "0.1", "MUSTER_MODEL_WINDOW": "64000",
         "MUSTER_MODEL_PICTURES": "no", "MUSTER_MODEL_THINK": "plan, course"}
    )  # fmt: skip
    settings.MUSTER_MODEL_API_KEY = "sk-env"
    endpoint = model_of(Workspace.objects.get(id=room.workspace_id))
    assert endpoint is not None
    assert (endpoint["prices"], endpoint["window"]) == ({"cache_hit": 0.1}, 64_000)
    assert endpoint["pictures"] is False
    config = judging.kimi(endpoint).config  # type: ignore[attr-defined]
    assert config.thinks("course") and not config.thinks("diagnose")
    assert (config.prices.cache_hit, config.prices.output) == (0.1, 4.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("WINDOW", "big"), ("PRICE_MISS", "-1"), ("THINK", "plan,dream"), ("TOTAL_SECONDS", "nan")],
)
def test_an_option_of_the_environment_that_is_none_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"MUSTER_MODEL_{name}"):
        options_from({f"MUSTER_MODEL_{name}": value})


def test_every_kind_of_question_may_be_named_in_the_environment() -> None:
    assert KINDS == JUDGEMENT_KINDS


def test_options_need_a_model_that_was_set_here(ana: Client, room: Room) -> None:
    answer = ana.post(f"/rooms/{room.id}/model/options", OPTIONS)
    assert answer.status_code == 409
    assert "No model was set on this page." in answer.text


def test_only_the_workspaces_owner_sets_options(mei: Client, room: Room, sample: Sample) -> None:
    a_model(room, By(sample.owner_id))
    answer = mei.post(f"/rooms/{room.id}/model/options", OPTIONS)
    assert answer.status_code in (403, 404)
    assert "limits" not in Workspace.objects.get(id=room.workspace_id).settings["model"]


def test_the_key_never_stands_on_the_page(ana: Client, room: Room, sample: Sample) -> None:
    a_model(room, By(sample.owner_id))
    assert "sk-x" not in ana.get(f"/rooms/{room.id}/model").text
