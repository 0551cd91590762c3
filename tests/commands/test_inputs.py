"""Inputs that change: who is told, who is asked, and what a run was made from afterwards."""

import pytest

from agents.coordinator.moves import AskStanding
from agents.coordinator.plan import plan
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, hands_in
from tests.commands.refusing import later, refused
from workspace.actors import By
from workspace.commands.callbacks import receive
from workspace.commands.cards import cancel_card
from workspace.commands.choices import choose
from workspace.commands.inputs import ask_standing, tell_inputs
from workspace.commands.reviews import (
    accept_deliverable,
    open_deliverable,
    reject_deliverable,
    request_changes,
    roll_back,
    submit_as_person,
)
from workspace.commands.rooms import edit_room
from workspace.commands.runs import fail_run, requeue_run
from workspace.commands.starting import assign_card
from workspace.models import Ask, Card, Deliverable, Delivery, Event, RunInput
from workspace.queries import built_on_changed, changed_inputs
from workspace.reports import Accepted, InboundEvent, Question
from workspace.verify import verify


@pytest.fixture(autouse=True)
def promises_hold(db):
    yield
    assert verify(AT) == []


@pytest.fixture
def needed(version, owner) -> Deliverable:
    """An accepted version that others build on."""
    return cast.accept(version, owner)


@pytest.fixture
def builder(room):
    return cast.an_agent(room, "Builder")


@pytest.fixture
def report(room, needed) -> Card:
    return cast.a_card(room, "Report", depends_on=[needed.card])


@pytest.fixture
def reading(report, builder):
    """A live run that was given the accepted version."""
    return cast.a_run(report, builder)


def back(version, by):
    return roll_back(deliverable_id=version.id, reason="Wrong source.", by=by, at=AT)


def anew(card, owner, text="better", accepted=True):
    """A newer version of the card by hand, accepted unless it is to wait."""
    made = submit_as_person(card_id=card.id, result=cast.a_result(text), by=By(owner.id), at=AT)
    return cast.accept(made, owner) if accepted else made


def changes(run):
    return [(one.was.id, one.now and one.now.id) for one in changed_inputs([run]).get(run.id, [])]


def tell(run):
    return tell_inputs(run_id=run.id, by=RULE, at=later(5))


def told(run):
    rows = Delivery.objects.filter(run=run, type="card.revised").order_by("inbox_seq")
    return [row.data for row in rows]


def in_state(run, state):
    if state == "queued":
        requeue_run(run_id=run.id, by=RULE, at=AT)
    elif state == "working":
        cast.says(run, Accepted())
    elif state == "waiting":
        cast.says(run, Question(ref="q", message_md="Which?"))


# --- what counts as changed --------------------------------------------------------------


def test_nothing_has_changed_while_the_input_stands(reading):
    assert changes(reading) == []


def test_an_input_that_was_taken_back_has_changed(reading, needed, by):
    back(needed, by)
    assert changes(reading) == [(needed.id, None)]


def test_an_input_that_was_replaced_has_changed_once_the_newer_one_is_accepted(
    reading, needed, owner
):
    newer = anew(needed.card, owner, accepted=False)
    assert changes(reading) == []  # nobody has decided yet
    cast.accept(newer, owner)
    assert changes(reading) == [(needed.id, newer.id)]


def test_an_input_whose_successor_was_rejected_is_gone(reading, needed, owner, by):
    newer = anew(needed.card, owner, accepted=False)
    reject_deliverable(deliverable_id=newer.id, reason="Worse.", by=by, at=AT)
    assert changes(reading) == [(needed.id, None)]


def test_an_early_input_that_is_to_be_changed_has_changed(room, version, builder, by):
    card = cast.a_card(room, "Early", depends_on=[version.card], met_when="submitted")
    run = cast.a_run(card, builder)
    assert changes(run) == []
    request_changes(deliverable_id=version.id, reason="More.", by=by, at=AT)
    assert changes(run) == [(version.id, None)]


def test_an_early_input_that_was_accepted_has_not_changed(room, version, builder, owner):
    card = cast.a_card(room, "Early", depends_on=[version.card], met_when="submitted")
    run = cast.a_run(card, builder)
    cast.accept(version, owner)
    assert changes(run) == []


# --- told --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["queued", "offered", "working", "waiting"])
def test_a_live_run_is_given_the_newer_version_and_told(reading, needed, owner, state):
    in_state(reading, state)
    newer = anew(needed.card, owner)
    tell(reading)
    reading.refresh_from_db()
    assert (reading.state, changes(reading)) == (state, [])
    assert told(reading) == [{"changed": ["inputs"], "reason": "input_changed"}]
    assert set(reading.inputs.values_list("deliverable_id", "sha256")) == {
        (needed.id, needed.sha256), (newer.id, newer.sha256),
    }  # fmt: skip
    assert Event.objects.get(type="run.inputs_changed").data["inputs"] == [newer.id]


def test_what_it_hands_in_names_everything_it_was_given(reading, needed, owner):
    newer = anew(needed.card, owner)
    tell(reading)
    made = hands_in(reading)
    assert made.manifest["inputs"] == sorted([needed.sha256, newer.sha256])


def test_a_run_is_told_once_a_change(reading, needed, owner):
    anew(needed.card, owner, "better")
    tell(reading)
    with refused("stale_move", state="nothing_changed"):
        tell(reading)
    anew(needed.card, owner, "best")
    tell(reading)
    assert (len(told(reading)), reading.inputs.count()) == (2, 3)


def test_there_is_nothing_to_tell_of_what_nothing_has_replaced(reading, needed, by):
    back(needed, by)
    with refused("stale_move", state="nothing_changed"):
        tell(reading)


def test_a_run_that_is_over_is_not_told(reading, needed, owner):
    anew(needed.card, owner)
    fail_run(run_id=reading.id, kind="stale_input", evidence={}, by=RULE, at=AT)
    with refused("run_terminal", state="failed"):
        tell(reading)


def test_after_its_input_was_taken_back_the_card_waits_for_a_new_one(
    reading, report, needed, builder, owner, by
):
    back(needed, by)
    fail_run(run_id=reading.id, kind="stale_input", evidence={}, by=RULE, at=AT)
    with refused("blocked"):
        cast.a_run(report, builder)
    newer = anew(needed.card, owner)
    assert cast.a_run(report, builder).inputs.get().deliverable_id == newer.id


# --- asked whether it stands -------------------------------------------------------------


@pytest.fixture
def done(reading, owner) -> Deliverable:
    """The report is done with what it was given."""
    return cast.accept(hands_in(reading), owner)


def ask(version):
    return ask_standing(card_id=version.card_id, run_id=version.run_id, by=RULE, at=AT)


def test_people_are_asked_whether_finished_work_stands(done, needed, owner, by):
    back(needed, by)
    asked = ask(done)
    assert (asked.kind, asked.blocking, asked.body["options"]) == (
        "choice", False, ["stands", "redo"],
    )  # fmt: skip
    assert asked.body["params"]["inputs"] == [
        {"card": needed.card_id, "was": needed.id, "was_version": 1, "state": "rolled_back",
         "now": None}
    ]  # fmt: skip
    assert Card.objects.get(id=done.card_id).status == "done"
    with refused("already_asked"):
        ask(done)


def test_nobody_is_asked_about_work_whose_inputs_stand(done):
    with refused("stale_move", state="done"):
        ask(done)


def test_nobody_is_asked_about_work_that_still_waits_for_a_verdict(reading, needed, by):
    made = hands_in(reading)
    back(needed, by)
    with refused("stale_move", state="review"):
        ask(made)


def test_an_ask_is_closed_when_the_work_is_taken_back_anyway(done, needed, by):
    back(needed, by)
    asked = ask(done)
    back(done, by)
    asked.refresh_from_db()
    assert asked.state == "cancelled"


def test_an_ask_is_closed_when_newer_work_is_handed_in(done, needed, owner, by):
    back(needed, by)
    asked = ask(done)
    anew(needed.card, owner)
    anew(Card.objects.get(id=done.card_id), owner)
    asked.refresh_from_db()
    assert asked.state == "cancelled"


# --- others ------------------------------------------------------------------------------


def test_an_input_of_a_cancelled_card_keeps_standing(reading, needed, by):
    """A done card is not cancelled, so what was accepted on it stays."""
    with refused("illegal_move"):
        cancel_card(card_id=needed.card_id, by=by, at=AT)
    assert changes(reading) == []


def test_a_version_made_on_what_is_gone_can_still_be_accepted_by_people(reading, needed, owner, by):
    made = hands_in(reading)
    back(needed, by)
    open_deliverable(deliverable_id=made.id, by=by, at=AT)
    accept_deliverable(deliverable_id=made.id, sha256=made.sha256, by=by, at=AT)
    assert changes(reading) == [(needed.id, None)]


def test_an_event_sent_twice_around_a_change_has_one_effect(reading, needed, owner):
    event = InboundEvent(id="e1", type="result", said=cast.a_result())
    shown = cast.credentials(reading)
    receive(run_id=reading.id, credentials=shown, events=[event], at=AT)
    anew(needed.card, owner)
    again = receive(run_id=reading.id, credentials=shown, events=[event], at=later(1))
    assert (again["duplicates"], Deliverable.objects.filter(run=reading).count()) == (1, 1)


def test_a_next_round_begins_with_the_inputs_as_they_are_now(
    reading, report, needed, builder, owner, by
):
    made = hands_in(reading)
    newer = anew(needed.card, owner)
    request_changes(deliverable_id=made.id, reason="More.", by=by, at=AT)
    run = assign_card(
        card_id=report.id, agent_id=builder.id, attempt=1, round=2, why={}, by=RULE, at=AT
    )
    assert list(RunInput.objects.filter(run=run).values_list("deliverable_id", flat=True)) == [
        newer.id
    ]
    assert (run.feedback, Ask.objects.count()) == ("More.", 0)


def test_a_room_may_have_changed_work_done_again_without_asking(done, needed, room, by):
    policy = {"policy": {"redo_changed": True}}
    edit_room(room_id=room.id, changes=policy, by=by, at=AT)
    back(needed, by)
    assert ask(done) is None
    card = Card.objects.get(id=done.card_id)
    assert (card.status, card.reason["code"], Ask.objects.count()) == ("ready", "inputs_changed", 0)
    with refused("stale_move", state="ready"):
        ask(done)


# --- taken early, and far on -------------------------------------------------------------


def early(room, needed, builder):
    """A live run of a card that takes what is submitted; and the version it was given."""
    card = cast.a_card(room, "Early", depends_on=[needed], met_when="submitted")
    run = cast.a_run(card, builder)
    return run, run.inputs.get().deliverable


def test_who_takes_what_is_submitted_is_given_the_newer_submitted_version(
    room, version, builder, owner
):
    run, first = early(room, version.card, builder)
    assert (first, changes(run)) == (version, [])
    newer = anew(version.card, owner, accepted=False)
    assert changes(run) == [(first.id, newer.id)]
    tell(run)
    assert [given.deliverable_id for given in run.inputs.order_by("id")] == [first.id, newer.id]
    assert changes(run) == []


def test_who_takes_what_is_accepted_waits_until_the_newer_version_is(reading, needed, owner):
    anew(needed.card, owner, accepted=False)
    assert changes(reading) == []


def chain(room, needed, builder, owner):
    """Done on done on done: each card builds on the one before."""
    found = [needed.card]
    for name in ("B", "C", "D"):
        card = cast.a_card(room, name, depends_on=[found[-1]])
        cast.accept(cast.a_submission(cast.a_run(card, builder), name), owner)
        found.append(card)
    return found


def test_everything_further_on_is_known_to_build_on_what_changed(room, needed, builder, owner, by):
    a, b, c, d = chain(room, needed, builder, owner)
    apart = cast.a_card(room, "Apart")
    open_still = cast.a_card(room, "Open", depends_on=[d])
    assert built_on_changed(room.id) == {}
    back(needed, by)
    found = built_on_changed(room.id)
    assert found == {card.id: {a.id} for card in (b, c, d, open_still)}
    assert apart.id not in found


def test_people_are_asked_about_the_next_card_only_until_it_changes_itself(
    room, needed, builder, owner, by
):
    _, b, _, _ = chain(room, needed, builder, owner)
    back(needed, by)
    board = observe(room.id, AT)
    asked = [move.card_id for move in plan(board).moves if isinstance(move, AskStanding)]
    assert asked == [b.id]


def test_what_people_confirm_is_marked_no_more(room, needed, builder, owner, by):
    _, b, _, _ = chain(room, needed, builder, owner)
    back(needed, by)
    asked = ask_standing(card_id=b.id, run_id=b.runs.get().id, by=RULE, at=AT)
    choose(ask_id=asked.id, choice="stands", by=by, at=AT)
    assert built_on_changed(room.id) == {}
