"""What the database refuses whoever asks: the ORM is no way around a person's review."""

import pytest
from django.db import IntegrityError, transaction

from tests import cast
from tests.cast import AT
from tests.commands.refusing import refused_by_the_database
from workspace.actors import coordinator
from workspace.commands.cards import take_card
from workspace.commands.runs import fail_run
from workspace.models import Card, Deliverable, Event, Review, Run

UNREVIEWED = "accepted without a person's review of this version"


def test_a_version_is_not_accepted_through_the_orm(version):
    with refused_by_the_database(UNREVIEWED):
        Deliverable.objects.filter(id=version.id).update(state="accepted")
    version.state = "accepted"
    with refused_by_the_database(UNREVIEWED):
        version.save(update_fields=["state"])


def test_another_versions_review_does_not_accept_this_one(version, owner, room):
    Review.objects.create(
        workspace_id=room.workspace_id, room=room, deliverable=version, person=owner,
        verdict="accept", sha256="0" * 64, at=AT,
    )  # fmt: skip
    with refused_by_the_database(UNREVIEWED):
        Deliverable.objects.filter(id=version.id).update(state="accepted")


@pytest.mark.parametrize("changes", [{"verdict": "reject"}, {"undone_at": AT}])
def test_a_review_that_is_no_acceptance_accepts_nothing(version, owner, room, changes):
    facts = {"verdict": "accept", "sha256": version.sha256, "at": AT, **changes}
    Review.objects.create(
        workspace_id=room.workspace_id, room=room, deliverable=version, person=owner, **facts
    )
    with refused_by_the_database(UNREVIEWED):
        Deliverable.objects.filter(id=version.id).update(state="accepted")


def test_a_version_is_not_born_accepted(version):
    facts = {
        field.name: getattr(version, field.name)
        for field in Deliverable._meta.concrete_fields
        if field.name not in ("id", "version", "state")
    }
    with refused_by_the_database("begins as submitted"):
        Deliverable.objects.create(**facts, version=2, state="accepted")


def test_a_card_is_not_done_without_an_accepted_version(card, version):
    with refused_by_the_database("done without an accepted version"):
        Card.objects.filter(id=card.id).update(status="done")


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"manifest": {}}, {"version": 7}])
def test_a_submitted_version_never_changes(version, changes):
    with refused_by_the_database("never changes"):
        Deliverable.objects.filter(id=version.id).update(**changes)


@pytest.mark.parametrize("changes", [{"data": {}}, {"seq": 99}, {"actor": "system"}])
def test_what_happened_is_not_rewritten(room, changes):
    event = Event.objects.filter(stream_id=room.id).first()
    with refused_by_the_database("only ever added"):
        Event.objects.filter(id=event.id).update(**changes)


@pytest.mark.parametrize("changes", [{"state": "working"}, {"failure": ""}, {"fence": 9}])
def test_a_terminal_run_never_changes(run, changes):
    rule = coordinator(rule="lease")
    fail_run(run_id=run.id, kind="stalled", evidence={}, by=rule, at=AT)
    with refused_by_the_database("a terminal run never changes"):
        Run.objects.filter(id=run.id).update(**changes)


def test_a_card_has_one_live_run(card, run, room):
    other = cast.an_agent(room, "Other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(
            workspace_id=room.workspace_id, room=room, card=card, agent=other, attempt=2,
            fence=2, queued_at=AT,
        )  # fmt: skip


def test_a_fence_is_given_once(card, by):
    take_card(card_id=card.id, by=by, at=AT)
    run = card.runs.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(
            workspace_id=run.workspace_id, room=run.room, card=card, person=run.person, attempt=2,
            fence=run.fence, queued_at=AT, state="failed",
        )  # fmt: skip


def test_a_run_has_a_worker(card, room):
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(
            workspace_id=room.workspace_id, room=room, card=card, attempt=1, fence=1, queued_at=AT
        )


def test_a_review_has_a_known_verdict(version, owner, room):
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(
            workspace_id=room.workspace_id, room=room, deliverable=version, person=owner,
            verdict="fine", sha256=version.sha256, at=AT,
        )  # fmt: skip


def test_no_card_begins_as_done(room):
    with refused_by_the_database("a card does not begin as done"):
        Card.objects.create(
            workspace_id=room.workspace_id, room=room, number=99, title="Done at once",
            status="done", created_at=AT, moved_at=AT,
        )  # fmt: skip
