"""Rows → board: what the coordinator sees of a room, in as many queries for one card as for all."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.apply import apply
from agents.coordinator.board import Call, ChangedInput, Record
from agents.coordinator.claims.subjects import key_of
from agents.coordinator.moves import Assign
from agents.coordinator.plan import plan
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import (
    RULE,
    SUBJECT,
    a_version,
    answered,
    disagree,
    hands_in,
    two_sides,
)
from tests.commands.refusing import later
from workspace.actors import By
from workspace.commands.budgets import set_budget
from workspace.commands.cards import CardFacts, cancel_card, give_card, take_card
from workspace.commands.conflicts import open_conflict, rule_conflict, withdraw_conflict
from workspace.commands.doubts import set_doubt_aside
from workspace.commands.inputs import ask_standing, tell_inputs
from workspace.commands.messages import post_message, reply
from workspace.commands.packages import compose
from workspace.commands.raising import ask_people
from workspace.commands.remedies import Chosen, choose_remedy
from workspace.commands.reviews import reject_deliverable, roll_back, submit_as_person
from workspace.commands.rooms import edit_room
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.models import Budget, Judgement, Room
from workspace.reports import Activity, ClaimMade, Progress, Question

DRAFT = {"type": "compose", "title": "", "overview": "", "sections": []}


def seen(room, at=AT):
    board = observe(room.id, at)
    assert board is not None
    return board


def card_of(room, card, at=AT):
    return next((one for one in seen(room, at).cards if one.id == card.id), None)


def run_of(room, run, at=AT):
    found = card_of(room, run.card, at)
    return next(one for one in found.runs if one.id == run.id)


def fail(run, kind="error"):
    return fail_run(run_id=run.id, kind=kind, evidence={}, by=RULE, at=AT)


def done(card, agent, owner, *claims):
    return cast.accept(hands_in(cast.a_run(card, agent), *claims), owner)


# --- the room ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_there_is_nothing_to_see_of_a_room_that_is_not_there(room):
    assert observe("room_none", AT) is None
    Room.objects.update(archived_at=AT)
    assert observe(room.id, AT) is None


def test_the_rooms_own_limits_are_the_boards(room, by):
    policy = {"attempts": 2, "same_steps": 9, "reviews_each": 3, "checks": False,
              "course_every": 60}  # fmt: skip
    edit_room(room_id=room.id, changes={"policy": policy}, by=by, at=AT)
    limits = seen(room).limits
    assert (limits.attempts, limits.same_steps, limits.reviews_each, limits.checks) == (
        2, 9, 3, False,
    )  # fmt: skip
    assert limits.course_every.total_seconds() == 60


def test_reviews_are_counted_with_who_can_give_them(room, version, reviewer, contributor):
    board = seen(room)
    assert (board.reviews_waiting, board.reviewers) == (1, 2)
    assert card_of(room, version.card).in_review == (version.id,)


# --- cards and runs ----------------------------------------------------------------------


def test_open_cards_are_seen_and_closed_ones_are_not(room, card, version, owner, by):
    kept, gone = cast.a_card(room, "Kept"), cast.a_card(room, "Gone")
    cancel_card(card_id=gone.id, by=by, at=AT)
    cast.accept(version, owner)
    assert [one.id for one in seen(room).cards] == [kept.id]


def test_runs_are_seen_newest_first_each_with_what_was_decided_after_it(room, card, agent):
    first = fail(cast.a_run(card, agent))
    choose_remedy(run_id=first.id, chosen=Chosen(remedy="retry"), by=RULE, at=AT)
    second = fail(cast.a_run(card, agent))
    found = card_of(room, card)
    assert [(run.id, run.remedy, run.failure) for run in found.runs] == [
        (second.id, None, "error"), (first.id, "retry", "error"),
    ]  # fmt: skip
    assert found.attempts == 2


def test_independent_runs_are_told_apart_by_their_slots(room, agent):
    card = cast.a_card(room, independent_runs=2)
    for slot, worker in ((1, agent), (2, cast.an_agent(room, "Other"))):
        assign_card(
            card_id=card.id, agent_id=worker.id, attempt=1, round=1, why={}, slot=slot, by=RULE,
            at=AT,
        )  # fmt: skip
    found = card_of(room, card)
    assert (found.independent, [run.slot for run in found.runs]) == (2, [2, 1])


def test_the_parts_of_a_split_know_their_parent_and_how_deep_they_are(room, run):
    parts = [CardFacts(title="Read"), CardFacts(title="Compare", depends_on=["0"])]
    chosen = Chosen(remedy="split", parts=parts)
    choose_remedy(run_id=fail(run).id, chosen=chosen, by=RULE, at=AT)
    parent, read, compare = seen(room).cards
    assert [(one.parent_id, one.depth) for one in (parent, read, compare)] == [
        (None, 0), (parent.id, 1), (parent.id, 1),
    ]  # fmt: skip
    assert {one.card_id: one.met for one in parent.depends_on} == {
        read.id: False, compare.id: False,
    }  # fmt: skip


def test_a_trail_is_what_a_run_s_steps_look_like(room, run):
    for _ in range(3):
        cast.says(run, Activity(kind="action", title="Read the file", input="client.py"))
    cast.says(run, Progress(percent=40, step="Half"))
    trail = run_of(room, run).trail
    assert (trail.steps, trail.same, trail.last) == (4, 1, "Half")


def test_a_run_without_steps_has_an_empty_trail(room, run):
    assert run_of(room, run).trail.steps == 0


def test_a_run_that_asks_people_has_its_clock_at_rest(room, run):
    cast.says(run, Question(ref="q", message_md="Which?"))
    assert (run_of(room, run).clock_rests, card_of(room, run.card).has_open_ask) == (True, True)
    rests = run.timings["ask_rests"]
    assert not run_of(room, run, later(rests + 1)).clock_rests


def test_cards_that_people_keep_are_left_to_them(room, card, by):
    take_card(card_id=card.id, by=by, at=AT)
    assert card_of(room, card).kept_for_person


# --- inputs that changed -----------------------------------------------------------------


@pytest.fixture
def needed(card, agent, owner):
    return done(card, agent, owner)


def back(version, by):
    roll_back(deliverable_id=version.id, reason="Wrong.", by=by, at=AT)


def test_a_live_run_shows_what_has_changed_under_it(room, needed, agent, owner, by):
    run = cast.a_run(cast.a_card(room, "Report", depends_on=[needed.card]), agent)
    assert run_of(room, run).changed_inputs == ()
    back(needed, by)
    assert run_of(room, run).changed_inputs == (ChangedInput(needed.id, needed.card_id, None),)
    newer = submit_as_person(card_id=needed.card_id, result=cast.a_result("better"), by=by, at=AT)
    assert run_of(room, run).changed_inputs == ()
    cast.accept(newer, owner)
    assert run_of(room, run).changed_inputs == (ChangedInput(needed.id, needed.card_id, newer.id),)
    tell_inputs(run_id=run.id, by=RULE, at=AT)
    assert run_of(room, run).changed_inputs == ()


def test_a_finished_card_is_seen_again_once_its_input_changed(room, needed, agent, owner, by):
    report = cast.a_card(room, "Report", depends_on=[needed.card])
    made = done(report, agent, owner)
    assert card_of(room, report) is None
    back(needed, by)
    found = card_of(room, report)
    assert (found.status, found.confirming) == ("done", False)
    assert found.runs[0].changed_inputs[0].deliverable_id == needed.id
    ask_standing(card_id=report.id, run_id=made.run_id, by=RULE, at=AT)
    assert card_of(room, report).confirming


# --- claims and conflicts ----------------------------------------------------------------


def test_claims_stand_while_their_version_does(room, by):
    one, other = two_sides(room)
    assert [(claim.id, claim.value, claim.unit) for claim in seen(room).claims] == [
        (one.id, 10, "s"), (other.id, 30, "s"),
    ]  # fmt: skip
    reject_deliverable(deliverable_id=one.deliverable_id, reason="No.", by=by, at=AT)
    assert [claim.id for claim in seen(room).claims] == [other.id]


def test_a_conflict_shows_what_was_heard_and_what_holds(room, by):
    conflict = disagree(room, *two_sides(room))
    (found,) = seen(room).conflicts
    assert (found.id, found.status, [(one.value, one.unit) for one in found.heard]) == (
        conflict.id, "open", [(10, "s"), (30, "s")],
    )  # fmt: skip
    rule_conflict(conflict_id=conflict.id, value=20, unit="s", reason="So.", by=by, at=AT)
    (found,) = seen(room).conflicts
    assert found.holds is not None and found.ruled_at == AT
    assert (found.status, found.holds.value, found.holds.unit) == ("ruled", 20, "s")


def test_a_withdrawn_conflict_is_not_seen(room):
    conflict = disagree(room, *two_sides(room))
    withdraw_conflict(conflict_id=conflict.id, by=RULE, at=AT)
    assert seen(room).conflicts == ()


def ready_on(room, owner, *claims):
    """A card on accepted versions that disagree, with another card in between that is done."""
    for claim in claims:
        cast.accept(claim.deliverable, owner)
    between = cast.a_card(room, "Between", depends_on=[claims[0].deliverable.card])
    done(between, cast.an_agent(room, "Between"), owner)
    return cast.a_card(room, "Report", depends_on=[between])


def test_work_on_finished_cards_that_disagree_is_held_and_takes_nobodys_place(room, owner):
    """The only agent is not kept busy, plan after plan, by a card that it cannot be given."""
    sides = two_sides(room)
    report = ready_on(room, owner, *sides)
    disagree(room, *sides)
    other = cast.a_card(room, "Apart")
    for seat in room.seats.exclude(agent__name="Between"):
        seat.delete()
    found = plan(seen(room))
    held = {one.card_id: one.reason.code for one in found.held}
    assert held[report.id] == "conflict_open"
    assert [move.card_id for move in found.moves if isinstance(move, Assign)] == [other.id]


def test_a_key_that_does_not_fit_is_one_subject_still(room, by):
    """Spelled out, one character of this name is many: its key is longer than a row holds."""
    subject = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 60 + " count"
    for n, value in enumerate((10, 30)):
        run = cast.a_run(cast.a_card(room), cast.an_agent(room, f"Agent {n}"))
        hands_in(run, ClaimMade("c1", subject, value))
    opened = [move for move in plan(seen(room)).moves if move.kind == "open_conflict"]
    claim_ids = list(opened[0].claim_ids)
    made = open_conflict(
        room_id=room.id, key=opened[0].key, claim_ids=claim_ids, reason={}, by=RULE, at=AT
    )
    assert not [move for move in plan(seen(room)).moves if move.kind == "open_conflict"]
    rule_conflict(conflict_id=made.id, value=20, reason="So.", by=by, at=AT)
    assert not [move for move in plan(seen(room)).moves if move.kind == "open_conflict"]


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), 1e308, 5e-324, "9" * 5_000, "1e400", "NaN", "∞", "", "-0"]
)
def test_claims_of_any_size_leave_the_coordinator_able_to_plan(room, agent, value):
    for n, said in enumerate((value, 10, "10")):
        run = cast.a_run(cast.a_card(room), cast.an_agent(room, f"Agent {n}"))
        hands_in(run, ClaimMade("c1", "default timeout", said, "s"))
    assert plan(seen(room)).moves


# --- what is known of agents -------------------------------------------------------------


def test_records_are_seen_as_they_weigh_now(room, run, agent):
    fail(run)
    month = 30 * 86_400
    found = seen(room, later(month)).seats[0].records
    assert {(one.skill, one.kind): round(one.bad, 3) for one in found} == {
        ("", ""): 0.5, ("", "document"): 0.5,
    }  # fmt: skip
    assert isinstance(found[0], Record)


def test_a_clock_that_was_set_back_weighs_nothing_more(room, run, agent):
    fail(run)
    assert {one.bad for one in seen(room, later(-86_400)).seats[0].records} == {1.0}


def test_how_long_an_agents_work_took_is_seen(room, run, owner):
    assert seen(room).seats[0].latency_s is None
    cast.accept(hands_in(run, at=later(60)), owner, at=later(90))
    assert seen(room).seats[0].latency_s == 60


# --- what people said and were asked -----------------------------------------------------


def test_messages_to_the_coordinator_wait_for_a_reply(room, by):
    post_message(room_id=room.id, body="Hello all.", by=by, at=AT)
    asked = post_message(room_id=room.id, body="@coordinator what now?", by=by, at=later(1))
    assert seen(room).calls == (Call(asked.id, later(1)),)
    judgement = answered(room, "reply", asked.id, {"type": "reply", "text": "", "wants": "none"})
    reply(message_id=asked.id, judgement_id=judgement.id, body="This.", by=RULE, at=AT)
    assert seen(room).calls == ()


def test_what_the_room_was_asked_is_known(room):
    ask_people(
        room_id=room.id, code="off_course", params={"judgement_id": "jdg_1"}, options=["carry_on"],
        by=RULE, at=AT,
    )  # fmt: skip
    assert seen(room).asked_about == ("off_course", "off_course:jdg_1")


def test_an_answer_is_seen_with_what_it_was_asked_about(room, version):
    said = {"type": "reconcile", "verdict": "differ", "why": "", "claim_ids": []}
    answered(room, "reconcile", "clm_2", said, about={"claim_ids": ["clm_1", "clm_2"]})
    (found,) = seen(room).judgements
    assert (found.state, found.judge, found.answer["verdict"]) == ("answered", "kimi", "differ")
    assert found.answer["claim_ids"] == ["clm_1", "clm_2"]


def test_what_is_asked_about_work_that_waits_is_not_forgotten_however_much_else_is_asked(
    room, version
):
    said = {"type": "check", "rows": []}
    kept = answered(room, "check", version.id, said)
    Judgement.objects.update(state="taken")
    for n in range(120):
        answered(room, "check", f"dlv_{n}", said, at=later(n))
    Judgement.objects.exclude(id=kept.id).update(state="taken")
    found = seen(room).judgements
    assert kept.id in [one.id for one in found]
    assert len(found) == 101


def test_budgets_are_seen_with_what_is_spoken_for(room, card, by):
    set_budget(room_id=room.id, subject_id=room.id, what="usd", period="ever", cap=5, by=by, at=AT)
    set_budget(
        room_id=room.id, subject_id=card.id, what="steps", period="day", cap=100, by=by, at=AT
    )
    Budget.objects.filter(what="usd").update(spent=1, reserved=2)
    found = {line.subject_id: line for line in seen(room).budgets}
    assert (found[room.id].cap, found[room.id].used, found[room.id].period) == (5, 3, "ever")
    assert (found[card.id].what, found[card.id].used, found[card.id].period) == (
        "steps", 0, AT.date().isoformat(),
    )  # fmt: skip


# --- the package -------------------------------------------------------------------------


@pytest.fixture
def package(room, card, agent, owner, by):
    """A package that people sent back."""
    done(card, agent, owner)
    judgement = answered(room, "compose", room.id, DRAFT)
    made = compose(
        room_id=room.id, judgement_id=judgement.id, title="", overview="", sections=[], by=RULE,
        at=AT,
    )  # fmt: skip
    reject_deliverable(deliverable_id=made.id, reason="Thin.", by=by, at=AT)
    return made.card


def test_a_package_that_was_sent_back_is_for_people_to_put_together_again(room, package):
    assert card_of(room, package).kept_for_person
    assert not [move for move in plan(seen(room)).moves if isinstance(move, Assign)]


def test_a_package_that_a_person_gave_to_an_agent_is_that_agents(room, package, agent, by):
    give_card(card_id=package.id, to=agent.id, by=by, at=AT)
    assert not card_of(room, package).kept_for_person


# --- how much is read --------------------------------------------------------------------


def a_full_board(room, owner, times):
    """Of everything that is looked at some, `times` over."""
    by = By(owner.id)
    for n in range(times):
        agents = [
            cast.an_agent(room, f"Agent {room.seats.count()}", max_concurrency=9) for _ in range(3)
        ]
        first, second = cast.a_card(room), cast.a_card(room)
        said = [a_version(one, agent, n * 100 + k) for k, (one, agent) in
                enumerate(zip((first, second), agents, strict=False))]  # fmt: skip
        accepted = cast.accept(said[0], owner)
        done(cast.a_card(room, "On it", depends_on=[first]), agents[2], owner)
        cast.a_run(cast.a_card(room, "Live on it", depends_on=[first]), agents[2])
        cast.says(cast.a_run(cast.a_card(room), agents[2]), Question(ref="q", message_md="?"))
        fail(cast.a_run(cast.a_card(room), agents[2]))
        disagree(room, *(one.claims.get() for one in said), key=f"subject {room.conflicts.count()}")
        back(accepted, by)
        post_message(room_id=room.id, body="@coordinator and now?", by=by, at=AT)
        answered(room, "check", said[1].id, {"type": "check", "rows": []})
        set_budget(
            room_id=room.id, subject_id=first.id, what="seconds", period="ever", cap=5, by=by,
            at=AT,
        )  # fmt: skip
        cast.a_run(cast.a_card(room, independent_runs=2), agents[2])


def test_a_board_takes_as_many_queries_for_three_cards_as_for_hundreds(room, owner):
    counts = []
    for times in (1, 3):
        a_full_board(room, owner, times)
        with CaptureQueriesContext(connection) as queries:
            board = seen(room)
        counts.append(len(queries))
    assert len(board.cards) > 20
    assert counts[0] == counts[1]


def test_a_board_of_a_room_without_anything_is_read_as_well(room):
    assert (seen(room).cards, plan(seen(room)).moves[0].kind) == ((), "ask_judgement")


def test_a_room_whose_work_is_all_done_is_not_planned_again(room, version, owner):
    cast.accept(version, owner)
    assert (seen(room).cards, seen(room).planned, plan(seen(room)).moves) == ((), True, ())


def test_a_room_whose_only_card_was_dropped_is_planned(room, card, by):
    cancel_card(card_id=card.id, by=by, at=AT)
    assert [move.kind for move in plan(seen(room)).moves] == ["ask_judgement"]


def test_a_version_after_a_ruling_that_repeats_the_losing_value_is_in_conflict_with_it(room, by):
    one, other = two_sides(room)
    ruled = disagree(room, one, other, key=key_of(SUBJECT))
    rule_conflict(conflict_id=ruled.id, claim_id=one.id, reason="So.", by=by, at=AT)
    board = seen(room)
    assert not plan_kinds(board) & {"open_conflict", "doubt_claims"}
    run = cast.a_run(cast.a_card(room), cast.an_agent(room, "Late"))
    hands_in(run, ClaimMade("c1", SUBJECT, 30_000, "ms"), at=later(60))
    board = seen(room)
    moves = tuple(move for move in plan(board).moves if move.kind == "open_conflict")
    assert apply(moves, board, AT) == []
    opened = room.conflicts.get(status="open")
    assert (opened.reason["code"], opened.reason["params"]["ruling"]) == (
        "contradicts_ruling", ruled.id,
    )  # fmt: skip
    assert not plan_kinds(seen(room)) & {"open_conflict", "withdraw_conflict"}


def test_what_rules_cannot_tell_is_put_before_people_and_not_again_once_set_aside(room, by):
    for n, text in enumerate(["It is under MIT.", "Apache 2.0, they say."]):
        run = cast.a_run(cast.a_card(room), cast.an_agent(room, f"Agent {n}"))
        hands_in(run, ClaimMade("c1", "licence", text=text))
    board = seen(room)
    moves = tuple(move for move in plan(board).moves if move.kind == "doubt_claims")
    assert len(moves) == 1 and apply(moves, board, AT) == []
    doubt = room.conflicts.get(status="doubted")
    assert not plan_kinds(seen(room)) & {"doubt_claims", "withdraw_conflict"}
    set_doubt_aside(conflict_id=doubt.id, by=by, at=AT)
    assert not plan_kinds(seen(room)) & {"doubt_claims", "withdraw_conflict"}


def plan_kinds(board):
    return {move.kind for move in plan(board).moves}
