"""Every promise that can be broken by hand is found broken by `verify`."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later
from workspace.actors import By, coordinator
from workspace.commands.agents import revoke_agent
from workspace.commands.asks import hand_over
from workspace.commands.cards import take_card
from workspace.commands.judgements import plan_room
from workspace.commands.runs import fail_run
from workspace.commands.ticks import beat
from workspace.events import RunAccepted, RunProgressed
from workspace.models import (
    Agent,
    Ask,
    Blob,
    Budget,
    Card,
    Claim,
    Deliverable,
    DeliverableFile,
    Dependency,
    Event,
    Judgement,
    Member,
    Review,
    Run,
    RunInput,
    Stream,
)
from workspace.record import record
from workspace.reports import ClaimMade, Progress, Question
from workspace.verify import CHECKS, verify

RULE = coordinator(rule="lease")


@pytest.fixture
def owner(db):
    return cast.an_owner()


@pytest.fixture
def room(owner):
    return cast.a_room(owner)


@pytest.fixture
def agent(room):
    return cast.an_agent(room)


@pytest.fixture
def card(room):
    return cast.a_card(room)


@pytest.fixture
def run(card, agent):
    return cast.a_run(card, agent)


@pytest.fixture
def version(run):
    claims = (ClaimMade("c1", "timeout", 10, "s"),)
    cast.says(run, cast.a_result(claims=claims))
    return run.deliverables.get()


@pytest.fixture
def accepted(version, owner):
    return cast.accept(version, owner)


def found(now=AT):
    """The promises that are broken, each with what it is about."""
    return {(breach.promise, breach.subject) for breach in verify(now)}


def without(trigger, table):
    """Take a guard of the database away, as a careless migration would."""
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}{on}")


def test_there_is_a_check_for_every_promise():
    assert list(CHECKS) == [f"I{n}" for n in range(1, 13)]


def test_nothing_is_found_where_nothing_is_broken(accepted):
    assert found() == set()


@pytest.mark.parametrize("percent", [-0.0, 0.0, 1e-7, 99.99999999999999, 100])
def test_a_number_an_agent_sends_does_not_break_the_chain(run, percent):
    cast.says(run, Progress(percent=percent))
    cast.says(run, Progress(note_md="Further."))
    assert found() == set()


# --- I1 and I2: somebody owns the next action, and one at a time ------------------------


def test_a_card_without_an_owner_of_its_next_action_is_found(monkeypatch, card):
    monkeypatch.setattr("workspace.verify.next_owners", lambda cards: {})
    assert found() == {("I1", card.id)}


def test_a_card_that_waits_for_people_who_are_not_there_is_found(version, room, owner):
    Member.objects.filter(room=room).update(role="observer")
    assert ("I1", version.card_id) in found()


def test_a_card_of_somebody_who_left_is_found(room, card):
    person = cast.a_member(room, "contributor")
    take_card(card_id=card.id, by=By(person.id), at=AT)
    Member.objects.filter(person=person).delete()
    assert ("I1", card.id) in found()


def test_a_question_of_a_run_that_is_over_is_found(run):
    cast.says(run, Question(ref="q", message_md="Which?"))
    fail_run(run_id=run.id, kind="deadline", evidence={}, by=RULE, at=AT)
    Ask.objects.update(state="open")
    assert ("I1", Ask.objects.get().id) in found()


def test_a_hand_off_of_a_card_that_goes_on_is_found(card):
    asked = hand_over(card_id=card.id, packet={"code": "attempts_used_up"}, by=RULE, at=AT)
    Card.objects.filter(id=card.id).update(status="ready")
    assert ("I1", asked.id) in found()


def test_an_overdue_tick_is_found_while_the_sweep_runs(room):
    assert found(later(60)) == set()
    beat(name="sweep", facts={}, at=later(60))
    assert found(later(60)) == {("I1", room.id)}


def test_a_tick_that_is_due_now_is_not_overdue(room):
    beat(name="sweep", facts={}, at=later(3))
    assert found(later(3)) == set()


def test_a_second_live_run_is_found(card, run, room):
    other = cast.an_agent(room, "Other")
    Run.objects.create(
        workspace_id=room.workspace_id, room=room, card=card, agent=other, attempt=2, fence=2,
        slot=2, queued_at=AT,
    )  # fmt: skip
    assert ("I2", card.id) in found()


# --- I3: done by people -----------------------------------------------------------------


def test_a_card_that_is_done_without_acceptance_is_found(card, version):
    without("done_needs_acceptance", "workspace_card")
    Card.objects.filter(id=card.id).update(status="done")
    assert ("I3", card.id) in found()


def test_a_card_that_is_done_by_an_older_version_is_found(card, accepted):
    Card.objects.filter(id=card.id).update(versions=2)
    assert found() == {("I3", card.id), ("I3", accepted.id)}


def test_a_version_accepted_without_a_review_is_found(version):
    without("accepted_needs_a_review", "workspace_deliverable")
    Deliverable.objects.filter(id=version.id).update(state="accepted")
    assert ("I3", version.id) in found()


@pytest.mark.parametrize(
    "changes", [{"sha256": "0" * 64}, {"verdict": "reject"}, {"undone_at": AT}]
)
def test_an_acceptance_whose_review_was_changed_is_found(accepted, changes):
    Review.objects.update(**changes)
    assert found() == {("I3", accepted.id)}


# --- I4: once ----------------------------------------------------------------------------


def test_two_versions_of_one_run_are_found(version, room):
    facts = {
        field.name: getattr(version, field.name)
        for field in Deliverable._meta.concrete_fields
        if field.name not in ("id", "version")
    }
    Deliverable.objects.create(**facts, version=2)
    assert ("I4", version.run_id) in found()


# --- I5: the story is whole --------------------------------------------------------------


def test_a_missing_event_is_found(room, card):
    Event.objects.filter(stream_id=room.id, seq=2).delete()
    assert ("I5", room.id) in found()


def test_a_missing_last_event_is_found(room, card):
    Event.objects.filter(stream_id=room.id).order_by("-seq").first().delete()
    assert ("I5", room.id) in found()


@pytest.mark.parametrize(
    "changes",
    [{"data": {}}, {"actor": "system"}, {"at": AT + timedelta(days=1)}, {"prev_hash": "0" * 64}],
)
def test_a_rewritten_event_is_found(room, changes):
    without("events_are_not_changed", "workspace_event")
    Event.objects.filter(stream_id=room.id, seq=2).update(**changes)
    assert ("I5", room.id) in found()


def test_a_head_that_is_not_the_last_event_is_found(room):
    Stream.objects.filter(id=room.id).update(seq=99)
    assert found() == {("I5", room.id)}


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Card, {"status": "cancelled"}),
        (Card, {"title": "Never said"}),
        (Run, {"fence": 7}),
        (Run, {"state": "working"}),
        (Member, {"role": "reviewer"}),
    ],
)
def test_a_row_that_was_changed_without_an_event_is_found(room, run, model, changes):
    model.objects.update(**changes)
    assert ("I5", room.id) in found()


# --- I6 to I8: budgets, fences, ends -----------------------------------------------------


def test_a_budget_over_its_cap_is_found(room):
    Budget.objects.create(
        workspace_id=room.workspace_id, subject_id=room.id, what="usd", cap=1, spent=1,
        reserved=1,
    )  # fmt: skip
    assert found() == {("I6", room.id)}


def test_a_live_run_with_an_old_fence_is_found(card, run):
    Card.objects.filter(id=card.id).update(fence=5)
    assert ("I7", run.id) in found()


def test_a_run_that_came_back_from_its_end_is_found(room, card, run):
    fail_run(run_id=run.id, kind="stalled", evidence={}, by=RULE, at=AT)
    without("terminal_runs_do_not_change", "workspace_run")
    Run.objects.filter(id=run.id).update(state="submitted", failure="")
    assert {("I5", room.id), ("I8", run.id)} <= found()


def test_a_run_whose_story_goes_on_after_its_end_is_found(room, card, run):
    fail_run(run_id=run.id, kind="stalled", evidence={}, by=RULE, at=AT)
    what = RunAccepted(run_id=run.id, run_state="working", card_id=card.id, card_status="working")
    record(room, what, by=RULE, at=AT)
    assert {("I5", room.id), ("I8", run.id)} <= found()


# --- I9 and I10: the graph and the reasons -----------------------------------------------


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_of_cards_is_found(room, length):
    made = [cast.a_card(room, f"Card {n}") for n in range(length)]
    for position, card in enumerate(made):
        Dependency.objects.create(
            workspace_id=room.workspace_id, card=card, needs=made[position - 1]
        )
    assert {("I9", card.id) for card in made} <= found()


def test_cards_that_lead_into_a_circle_do_not_hide_it(room):
    one, two, three = (cast.a_card(room, name) for name in ("One", "Two", "Three"))
    for card, needs in ((one, two), (two, three), (three, two)):
        Dependency.objects.create(workspace_id=room.workspace_id, card=card, needs=needs)
    assert {subject for promise, subject in found() if promise == "I9"} == {two.id, three.id}


def test_an_open_child_of_a_done_parent_is_found(room, card, accepted):
    child = cast.a_card(room, "Child")
    Card.objects.filter(id=child.id).update(parent=card)
    assert found() == set()  # not required: the parent does not build on it
    Dependency.objects.create(workspace_id=room.workspace_id, card=card, needs=child)
    assert ("I9", child.id) in found()


def test_a_move_without_a_reason_is_found(room, run):
    without("events_are_not_changed", "workspace_event")
    moved = Event.objects.get(type="run.queued")
    Event.objects.filter(id=moved.id).update(cause={})
    assert ("I10", moved.id) in found()


def test_an_answer_without_a_proposal_is_found(room, owner):
    asked = plan_room(room_id=room.id, by=By(owner.id), at=AT)
    Judgement.objects.update(state="answered")
    assert found() == {("I10", asked.id)}


# --- I11: bytes --------------------------------------------------------------------------


def test_a_manifest_that_was_changed_is_found(version):
    without("version_is_frozen", "workspace_deliverable")
    Deliverable.objects.update(manifest={"files": []})
    assert ("I11", version.id) in found()


def test_a_version_whose_file_was_exchanged_is_found(version, room):
    other = cast.a_run(cast.a_card(room), cast.an_agent(room, "Other"))
    cast.a_submission(other, "timeout is 99")
    blob = other.deliverables.get().files.get().blob
    DeliverableFile.objects.filter(deliverable=version).update(blob=blob)
    assert found() == {("I11", version.id)}


def test_a_version_whose_file_was_taken_away_is_found(version):
    DeliverableFile.objects.all().delete()
    assert found() == {("I11", version.id)}


def test_a_claim_that_was_changed_is_found(version):
    Claim.objects.update(value=30)
    assert found() == {("I11", version.id)}


def stored(version):
    """Bytes that only this test has: others share the folder."""
    blob = Blob.objects.get(sha256=version.manifest["files"][0]["sha256"])
    return blob, Path(default_storage.path(blob.path))


def test_bytes_that_are_gone_are_found(version):
    blob, path = stored(version)
    path.unlink()
    assert found() == {("I11", blob.sha256)}


def test_bytes_that_were_changed_are_found(version):
    blob, path = stored(version)
    path.write_bytes(b"timeout is 30")
    assert found() == {("I11", blob.sha256)}


def test_an_input_that_is_not_the_pinned_one_is_found(room, card, accepted, agent):
    reader = cast.a_run(cast.a_card(room, "Report", depends_on=[card]), agent)
    RunInput.objects.update(sha256="0" * 64)
    assert found() == {("I11", reader.id)}


def test_more_versions_than_a_condition_may_name_are_all_read(version, run):
    """SQLite refuses an expression deeper than a thousand, which some relations are fetched by."""
    more = 1_100
    Run.objects.bulk_create(
        Run(
            workspace_id=run.workspace_id, room_id=run.room_id, card_id=run.card_id,
            agent_id=run.agent_id, attempt=1, state="superseded", fence=1_000 + n, queued_at=AT,
            ended_at=AT,
        )
        for n in range(more)
    )  # fmt: skip
    Deliverable.objects.bulk_create(
        Deliverable(
            workspace_id=run.workspace_id, room_id=run.room_id, card_id=run.card_id, run_id=one,
            version=1_000 + n, kind=version.kind, sha256=version.sha256, manifest=version.manifest,
            submitted_at=AT,
        )
        for n, one in enumerate(Run.objects.filter(fence__gte=1_000).values_list("id", flat=True))
    )  # fmt: skip
    unlike = [one for one in verify(AT) if one.says.startswith("its files or claims")]
    assert len(unlike) == more


# --- I12: gone is gone -------------------------------------------------------------------


def test_a_revoked_agent_with_a_live_run_is_found(agent, run):
    Agent.objects.filter(id=agent.id).update(status="revoked")
    assert found() == {("I12", agent.id)}


def test_a_revoked_agent_that_acts_is_found(room, card, agent, owner):
    run = cast.a_run(card, agent)
    revoke_agent(agent_id=agent.id, by=By(owner.id), at=AT)
    assert found() == set()
    what = RunProgressed(run_id=run.id, card_id=card.id, steps=1, percent=None, note="")
    record(room, what, by=By(agent.id), at=later(1))
    assert found() == {("I12", agent.id)}


# --- the command -------------------------------------------------------------------------


def test_the_command_ends_well_only_if_nothing_is_broken(version, room, capsys):
    call_command("verify")
    Claim.objects.update(value=30)
    with pytest.raises(SystemExit) as ended:
        call_command("verify", "--json")
    assert ended.value.code == 1
    assert version.id in capsys.readouterr().out
