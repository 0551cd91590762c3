"""Promises about conflicts, remedies, inputs and independent runs: broken by hand, and found."""

import pytest
from django.db import connection

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, answered, disagree, hands_in, two_sides
from workspace.actors import By
from workspace.commands.conflicts import rule_conflict
from workspace.commands.inputs import tell_inputs
from workspace.commands.remedies import Chosen, choose_remedy
from workspace.commands.reviews import roll_back, submit_as_person
from workspace.commands.runs import fail_run
from workspace.commands.starting import RunStart, assign_card, start_run
from workspace.models import (
    Card,
    Conflict,
    Deliverable,
    Fact,
    Judgement,
    Run,
    RunInput,
)
from workspace.verify import verify


@pytest.fixture
def owner(db):
    return cast.an_owner()


@pytest.fixture
def room(owner):
    return cast.a_room(owner)


@pytest.fixture
def by(owner):
    return By(owner.id)


@pytest.fixture
def agent(room):
    return cast.an_agent(room)


@pytest.fixture
def run(room, agent):
    return cast.a_run(cast.a_card(room), agent)


@pytest.fixture
def version(run):
    return cast.a_submission(run)


def found():
    return {(breach.promise, breach.subject) for breach in verify(AT)}


def shared(room, runs=2):
    """A card that several do apart, with all of them at work."""
    card = cast.a_card(room, independent_runs=runs)
    made = []
    for slot in range(1, runs + 1):
        worker = cast.an_agent(room, f"Agent {slot}")
        made.append(
            assign_card(
                card_id=card.id, agent_id=worker.id, attempt=1, round=1, why={}, slot=slot,
                by=RULE, at=AT,
            )
        )  # fmt: skip
    return card, made


# --- I2 and I3: independent runs ---------------------------------------------------------


def test_as_many_live_runs_as_a_card_asks_for_are_no_breach(room):
    shared(room, 3)
    assert found() == set()


def test_more_live_runs_than_a_card_asks_for_are_found(room):
    card, _ = shared(room, 3)
    Card.objects.filter(id=card.id).update(independent_runs=2)
    assert found() == {("I2", card.id)}


def test_two_live_runs_in_one_slot_are_found(room):
    card, _ = shared(room, 2)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_live_run_per_card")
    Run.objects.filter(card=card).update(slot=1)
    assert found() == {("I2", card.id)}


def test_versions_of_independent_runs_stand_beside_each_other(room, owner):
    _, made = shared(room)
    versions = [hands_in(one) for one in made]
    assert found() == set()
    cast.accept(versions[0], owner)
    assert found() == set()


def test_a_version_that_still_waits_beside_an_accepted_one_is_found(room, owner):
    card, made = shared(room)
    versions = [hands_in(one) for one in made]
    cast.accept(versions[0], owner)
    Deliverable.objects.filter(id=versions[1].id).update(state="submitted")
    assert ("I3", card.id) in found()


def test_an_older_version_of_a_slot_that_still_counts_is_found(room, by):
    card, made = shared(room)
    versions = [hands_in(one) for one in made]
    submit_as_person(card_id=card.id, result=cast.a_result("By hand."), by=by, at=AT)
    Deliverable.objects.filter(id=versions[0].id).update(state="submitted")
    assert ("I3", versions[0].id) in found()


# --- I9: parts, and what people have to rule on ------------------------------------------


def test_a_part_that_was_taken_back_after_its_parent_was_done_is_asked_about_instead(
    room, version, owner, agent, by
):
    cast.accept(version, owner)
    parent = cast.a_card(room, "Parent", depends_on=[version.card])
    Card.objects.filter(id=version.card_id).update(parent=parent)
    cast.accept(hands_in(cast.a_run(parent, agent)), owner)
    roll_back(deliverable_id=version.id, reason="Wrong.", by=by, at=AT)
    assert found() == set()
    RunInput.objects.all().delete()
    assert ("I9", version.card_id) in found()


@pytest.fixture
def disputed(room, owner):
    sides = two_sides(room)
    for claim in sides:
        cast.accept(claim.deliverable, owner)
    report = cast.a_card(room, "Report", depends_on=[one.deliverable.card for one in sides])
    return disagree(room, *sides), report


def started(room, card, agent):
    """A run that began although the command would have refused it."""
    card.refresh_from_db()
    return start_run(room, card, RunStart(agent=agent, attempt=1), by=RULE, at=AT)


def test_work_given_while_people_had_to_rule_on_what_it_builds_on_is_found(disputed, room, agent):
    _, report = disputed
    assert found() == set()
    made = started(room, report, agent)
    assert found() == {("I9", made.id)}


def test_work_given_after_the_ruling_is_no_breach(disputed, room, agent, by):
    conflict, report = disputed
    rule_conflict(conflict_id=conflict.id, value=20, reason="So.", by=by, at=AT)
    started(room, report, agent)
    assert found() == set()


def test_a_person_may_work_on_what_is_in_dispute(disputed, by):
    _, report = disputed
    submit_as_person(card_id=report.id, result=cast.a_result("By hand."), by=by, at=AT)
    assert found() == set()


# --- I10: rulings and remedies have their reasons ----------------------------------------


@pytest.fixture
def ruled(disputed, by):
    conflict, _ = disputed
    return rule_conflict(conflict_id=conflict.id, value=20, reason="So.", by=by, at=AT)


def test_a_ruling_in_memory_without_its_conflict_is_found(ruled):
    fact = Fact.objects.get()
    Fact.objects.update(conflict=None)
    assert found() == {("I10", fact.id)}


@pytest.mark.parametrize("changes", [{"ruled_by": None}, {"ruling": {}}])
def test_a_ruling_of_nobody_or_of_nothing_is_found(ruled, changes):
    Conflict.objects.update(**changes)
    assert found() == {("I10", ruled.id)}


def test_a_remedy_that_follows_an_answer_nobody_took_is_found(room, run):
    fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)
    said = answered(room, "diagnose", run.id, {"type": "diagnose"})
    made = choose_remedy(
        run_id=run.id, chosen=Chosen(remedy="retry"), judgement_id=said.id, by=RULE, at=AT
    )
    assert found() == set()
    Judgement.objects.update(state="discarded")
    assert found() == {("I10", made.id)}


# --- I11: inputs -------------------------------------------------------------------------


@pytest.fixture
def reading(room, version, owner, agent):
    """A live run whose input was replaced and that was told so."""
    cast.accept(version, owner)
    made = cast.a_run(cast.a_card(room, "Report", depends_on=[version.card]), agent)
    newer = submit_as_person(
        card_id=version.card_id, result=cast.a_result("better"), by=By(owner.id), at=AT
    )
    cast.accept(newer, owner)
    return tell_inputs(run_id=made.id, by=RULE, at=AT)


def test_a_version_that_was_made_from_something_else_is_found(reading):
    made = hands_in(reading)
    assert found() == set()
    RunInput.objects.filter(run=reading, settled={}).delete()
    assert found() == {("I11", made.id), ("I11", reading.id)}


def test_a_run_that_was_told_of_what_it_was_not_given_is_found(reading):
    RunInput.objects.filter(run=reading, settled={}).delete()
    assert found() == {("I11", reading.id)}
