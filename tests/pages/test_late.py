"""What came too late, on the card's page and over the API: shown, and put into review."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import cast
from tests.api.conftest import Api
from tests.pages import attempts
from tests.pages.sample import Sample
from workspace.commands.callbacks import add_artifact
from workspace.models import Agent, Artifact, Card, Deliverable, LateResult, Person, Room, Run


@pytest.fixture
def late(sample: Sample) -> Run:
    """A run that fell silent; then it sent a file, and a result that does not name it."""
    room, now = Room.objects.get(id=sample.room_id), timezone.now()
    card = attempts.a_tried_card(room)
    run = attempts.falls_silent(card, Agent.objects.get(name="Prober"), now - timedelta(hours=1))
    soon = run.ended_at + timedelta(seconds=5) if run.ended_at else now
    add_artifact(
        run_id=run.id, credentials=cast.credentials(run), name="loose.csv", media_type="text/csv",
        role="deliverable", content=b"a,b", sha256="", at=soon,
    )  # fmt: skip
    attempts.comes_too_late(run, soon)
    return run


def page(client: Client, run: Run) -> str:
    return client.get(f"/rooms/{run.room_id}/cards/{run.card_id}").text


def offer(client: Client, run: Run) -> int:
    found = LateResult.objects.get(run=run)
    url = f"/rooms/{run.room_id}/cards/{run.card_id}/late/{found.id}/offer"
    return client.post(url).status_code


def test_a_late_result_is_put_into_review_from_the_card(ana: Client, late: Run) -> None:
    assert "Put it into review" in page(ana, late)
    assert offer(ana, late) == 302
    version = Deliverable.objects.get(card=late.card_id)
    after = page(ana, late)
    assert f"/reviews/{version.id}" in after and "Put it into review" not in after
    review = ana.get(f"/reviews/{version.id}").text
    assert "It came after the time of attempt 1 was over." in review


def test_late_files_no_result_names_are_listed_and_can_be_fetched(ana: Client, late: Run) -> None:
    loose = Artifact.objects.get(name="loose.csv")
    text = page(ana, late)
    assert "no result names" in text and text.count(f"/files/late/{loose.id}") == 1
    assert ana.get(f"/files/late/{loose.id}").status_code == 200


def test_a_person_who_only_looks_has_no_button_and_is_refused(observer: Client, late: Run) -> None:
    assert "Put it into review" not in page(observer, late)
    assert offer(observer, late) == 403
    assert not Deliverable.objects.filter(card=late.card_id).exists()


def test_a_late_result_of_another_card_or_workspace_is_not_found(
    ana: Client, stranger: Client, late: Run
) -> None:
    found = LateResult.objects.get(run=late)
    other = Card.objects.filter(room=late.room_id).exclude(id=late.card_id).first()
    assert other is not None
    url = f"/rooms/{late.room_id}/cards/{other.id}/late/{found.id}/offer"
    assert ana.post(url).status_code == 404
    assert offer(stranger, late) == 404


def test_programs_find_it_on_the_card_and_put_it_into_review(sample: Sample, late: Run) -> None:
    api = Api(cast.a_token(Person.objects.get(id=sample.owner_id)))
    (shown,) = api.get(f"/cards/{late.card_id}").body["late_results"]
    assert (shown["run_id"], shown["files"], shown["deliverable_id"]) == (
        late.id, ["late.md"], None,
    )  # fmt: skip
    done = api.post(f"/cards/{late.card_id}/late_results/{shown['id']}/offer")
    assert (done.status_code, done.body["status"]) == (200, "review")
    (after,) = done.body["late_results"]
    assert after["deliverable_id"] == done.body["deliverable"]["id"]
    again = api.post(f"/cards/{late.card_id}/late_results/{shown['id']}/offer")
    assert (again.status_code, again.body["code"]) == (409, "already_offered")
    reads = Api(cast.a_token(Person.objects.get(id=sample.owner_id), "read"))
    assert reads.post(f"/cards/{late.card_id}/late_results/{shown['id']}/offer").status_code == 403
