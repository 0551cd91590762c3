"""Runs: who may be given work, and how a run ends."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import SYSTEM, coordinator
from workspace.commands.agents import note_answer, note_verification, pause_agent
from workspace.commands.asks import hand_over
from workspace.commands.callbacks import keep_checkpoint
from workspace.commands.cards import cancel_card, give_card, take_card
from workspace.commands.reviews import reject_deliverable, submit_as_person
from workspace.commands.rooms import pause_room, seat_agent, unseat_agent
from workspace.commands.runs import (
    accept_run,
    cancel_run,
    fail_run,
    mark_stale,
    offer_run,
    requeue_run,
    supersede_run,
)
from workspace.commands.starting import assign_card
from workspace.models import Delivery, Event, Run
from workspace.reports import Accepted, CheckpointKept, Question

RULE = coordinator(rule="best_fit")


def assign(card, agent, attempt=1, round=1):
    return assign_card(
        card_id=card.id, agent_id=agent.id, attempt=attempt, round=round, why={}, by=RULE, at=AT
    )


def fail(run, kind="stalled", **facts):
    return fail_run(run_id=run.id, kind=kind, evidence={}, by=RULE, at=AT, **facts)


def state_of(run):
    run.refresh_from_db()
    run.card.refresh_from_db()
    return run.state, run.card.status


# --- given -------------------------------------------------------------------------------


def test_assigning_queues_a_run_and_owes_its_agent_the_assignment(card, agent):
    run = assign(card, agent)
    assert state_of(run) == ("queued", "working")
    owed = Delivery.objects.get(run=run)
    assert (owed.type, owed.state, owed.due_at) == ("card.assigned", "due", AT)


def test_each_new_run_of_a_card_has_a_higher_fence(card, agent):
    first = assign(card, agent)
    fail(first, "error")
    assert assign(card, agent, attempt=2).fence == first.fence + 1


@pytest.mark.parametrize("state", ["triage", "working", "waiting", "review", "done", "cancelled"])
def test_only_a_ready_card_is_assigned(room, card, agent, owner, by, state):
    other = cast.an_agent(room, "Other")
    if state == "triage":
        card = cast.a_card(room)
        type(card).objects.filter(id=card.id).update(status="triage")
    elif state == "waiting":
        hand_over(card_id=card.id, packet={"code": "x"}, by=RULE, at=AT)
    elif state == "cancelled":
        cancel_card(card_id=card.id, by=by, at=AT)
    else:
        run = assign(card, agent)
        if state in ("review", "done"):
            version = cast.a_submission(run)
        if state == "done":
            cast.accept(version, owner)
    with refused("card_not_free", state=state):
        assign(card, other)


def test_a_card_kept_for_a_person_is_not_assigned(card, agent, by):
    take_card(card_id=card.id, by=by, at=AT)
    supersede_run(run_id=card.runs.get().id, code="x", by=SYSTEM, at=AT)
    with refused("card_not_free", state="ready"):
        assign(card, agent)


def test_a_paused_room_gives_out_no_work(room, card, agent, by):
    pause_room(room_id=room.id, by=by, at=AT)
    with refused("room_paused"):
        assign(card, agent)


def test_an_agent_without_a_seat_is_given_nothing(room, card, agent, by):
    unseat_agent(room_id=room.id, agent_id=agent.id, by=by, at=AT)
    with refused("agent_not_in_room"):
        assign(card, agent)


@pytest.mark.parametrize("why", ["unverified", "paused", "degraded"])
def test_an_agent_that_is_not_well_is_given_nothing(card, agent, by, why):
    if why == "unverified":
        note_verification(
            agent_id=agent.id, status="unverified", steps=[], said={}, by=SYSTEM, at=AT
        )
    elif why == "paused":
        pause_agent(agent_id=agent.id, paused=True, by=by, at=AT)
    else:
        for _ in range(5):
            note_answer(agent_id=agent.id, is_well=False, at=AT)
    with refused("agent_not_usable"):
        assign(card, agent)


def test_capacity_is_rechecked_across_rooms(owner, room, card, agent, by):
    other_room = cast.a_room(owner, name="Other")
    seat_agent(room_id=other_room.id, agent_id=agent.id, by=by, at=AT)
    first = assign(card, agent)
    elsewhere = cast.a_card(other_room)
    with refused("agent_busy", most=1):
        assign(elsewhere, agent)
    fail(first, "error")
    assert assign(elsewhere, agent).state == "queued"


# --- answered ----------------------------------------------------------------------------


def test_an_offer_starts_the_time_to_answer(card, agent):
    run = offer_run(run_id=assign(card, agent).id, by=SYSTEM, at=AT)
    assert (run.state, run.ack_by) == ("offered", later(30))


def test_an_offer_made_twice_starts_the_time_once(run):
    again = offer_run(run_id=run.id, by=SYSTEM, at=later(20))
    assert again.ack_by == later(30)


def test_an_assignment_that_did_not_get_through_is_queued_again(run):
    again = requeue_run(run_id=run.id, by=SYSTEM, at=later(5))
    assert (again.state, again.ack_by) == ("queued", None)
    assert offer_run(run_id=run.id, by=SYSTEM, at=later(8)).ack_by == later(38)


def test_a_run_that_was_answered_is_not_queued_again(run):
    cast.says(run, Accepted())
    assert requeue_run(run_id=run.id, by=SYSTEM, at=later(5)).state == "working"


def test_accepting_twice_is_accepting_once(run):
    accept_run(run_id=run.id, external_url="https://agent.example/1", by=SYSTEM, at=AT)
    accept_run(run_id=run.id, external_url="", by=SYSTEM, at=later(5))
    run.refresh_from_db()
    assert (run.state, run.accepted_at) == ("working", AT)
    assert run.external_url == "https://agent.example/1"
    assert Event.objects.filter(type="run.accepted").count() == 1


def test_an_external_link_that_is_no_web_address_is_left_out(run):
    accept_run(run_id=run.id, external_url="javascript:alert(1)", by=SYSTEM, at=AT)
    run.refresh_from_db()
    assert run.external_url == ""


def test_an_answer_to_a_run_that_is_over_changes_nothing(run):
    fail(run, "no_ack")
    accept_run(run_id=run.id, external_url="", by=SYSTEM, at=AT)
    assert state_of(run) == ("failed", "ready")


# --- ended -------------------------------------------------------------------------------


def test_a_silent_run_is_stale_and_still_live(run):
    cast.says(run, Accepted())
    mark_stale(run_id=run.id, by=RULE, at=later(300))
    assert state_of(run) == ("stale", "working")


def test_a_stale_run_is_revived_by_any_call(run):
    cast.says(run, Accepted())
    mark_stale(run_id=run.id, by=RULE, at=later(300))
    cast.says(run, Accepted(), at=later(301))
    assert state_of(run) == ("working", "working")


def test_a_run_that_waits_for_a_person_is_not_marked_stale(run):
    cast.says(run, Question(ref="q1", message_md="Which one?"))
    with refused("illegal_move", state="waiting", move="silence"):
        mark_stale(run_id=run.id, by=RULE, at=later(300))


def test_a_failed_run_frees_its_card_and_says_why(run, agent):
    fail_run(run_id=run.id, kind="stalled", evidence={"silent_s": 900}, by=RULE, at=AT)
    assert state_of(run) == ("failed", "ready")
    assert run.card.reason == {
        "code": "stalled", "params": {"worker": agent.id, "silent_s": 900},
    }  # fmt: skip
    assert Delivery.objects.get(type="card.cancelled").data == {"reason": "lease_lost"}


def test_a_failure_nobody_knows_is_refused(run):
    with refused("unknown_failure", kind="tired"):
        fail(run, "tired")


def test_a_failure_planned_on_older_facts_is_refused(run):
    cast.says(run, Accepted(), at=later(10))
    with refused("stale_move", state="working"):
        fail(run, if_state="offered")
    with refused("stale_move"):
        fail(run, if_no_sign_since=later(9))
    fail(run, if_state="working", if_no_sign_since=later(10))
    assert state_of(run) == ("failed", "ready")


@pytest.mark.parametrize(
    "end",
    [
        lambda run: fail(run, "error"),
        lambda run: supersede_run(run_id=run.id, code="x", by=SYSTEM, at=AT),
        lambda run: cancel_run(run_id=run.id, code="x", by=SYSTEM, at=AT),
    ],
)
def test_what_is_over_does_not_end_again(run, end):
    fail(run, "stalled")
    with refused("run_terminal", state="failed"):
        end(run)
    assert state_of(run) == ("failed", "ready")


def test_a_failed_run_takes_its_questions_with_it(card, run):
    cast.says(run, Question(ref="q1", message_md="Which one?"))
    fail(run, "deadline")
    assert state_of(run) == ("failed", "ready")
    assert run.asks.get().state == "cancelled"


def test_a_superseded_run_is_fenced_at_once(run):
    cancel_run(run_id=run.id, code="cancelled", by=RULE, at=AT)
    assert state_of(run) == ("superseded", "ready")
    assert Run.objects.get().ended_at == AT


@pytest.mark.parametrize("how", ["takes it", "is given it", "hands in"])
def test_a_checkpoint_outlives_the_person_in_between(room, card, run, by, owner, how):
    note = CheckpointKept("Read half of it.")
    keep_checkpoint(run_id=run.id, credentials=cast.credentials(run), said=note, at=AT)
    fail(run)
    if how == "takes it":
        take_card(card_id=card.id, by=by, at=AT)
    elif how == "is given it":
        give_card(card_id=card.id, to=owner.id, by=by, at=AT)
    else:
        made = submit_as_person(card_id=card.id, result=cast.a_result("Mine."), by=by, at=AT)
        reject_deliverable(deliverable_id=made.id, reason="No.", by=by, at=AT)
    between = card.runs.get(person=owner)
    assert (between.previous, between.checkpoint["note_md"]) == (run, "Read half of it.")
    other = cast.an_agent(room, "Other")
    if how != "hands in":
        give_card(card_id=card.id, to=other.id, by=by, at=AT)
    again = cast.a_run(card, other)
    assert (again.previous, again.checkpoint["note_md"]) == (between, "Read half of it.")


def test_the_next_attempt_receives_the_last_checkpoint(room, card, run):
    note = CheckpointKept(note_md="Read half of it.")
    keep_checkpoint(run_id=run.id, credentials=cast.credentials(run), said=note, at=AT)
    fail(run, "stalled")
    again = assign(card, cast.an_agent(room, "Other"), attempt=2)
    assert again.checkpoint["note_md"] == "Read half of it."
    assert (again.attempt, again.previous_id) == (2, run.id)


def test_an_agent_that_looks_stuck_is_warned_that_its_lease_runs_out(run):
    cast.says(run, Accepted())
    mark_stale(run_id=run.id, by=RULE, at=later(300))
    assert Delivery.objects.filter(run=run, type="run.lease_expiring").count() == 1
