"""Conflicts: opened, grown, withdrawn, ruled on by a person, and what waits for them."""

import pytest

from agents.doors.orders import description_of
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import DIFFER, RULE, SUBJECT, a_version, disagree, two_sides
from tests.commands.refusing import later, refused
from workspace.actors import SYSTEM, By
from workspace.commands.cards import cancel_card
from workspace.commands.conflicts import (
    ask_neutral,
    kept_key,
    open_conflict,
    rule_conflict,
    withdraw_conflict,
)
from workspace.commands.memory import pin_fact
from workspace.commands.reviews import reject_deliverable, request_changes
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.models import Card, Claim, Conflict, Event, Fact
from workspace.queries import conflicts_before
from workspace.reports import ClaimMade
from workspace.verify import verify


@pytest.fixture
def sides(room):
    return two_sides(room)


@pytest.fixture
def conflict(room, sides):
    return disagree(room, *sides)


def rule(conflict, by, at=AT, **facts):
    said = {"reason": "The code says so.", **facts}
    return rule_conflict(conflict_id=conflict.id, by=by, at=at, **said)


def assign(card, agent):
    return assign_card(
        card_id=card.id, agent_id=agent.id, attempt=1, round=1, why={}, by=RULE, at=AT
    )


def events(kind):
    return [event.data for event in Event.objects.filter(type=kind).order_by("seq")]


# --- opened and grown --------------------------------------------------------------------


def test_a_conflict_keeps_what_was_said_on_each_side(conflict, sides):
    one, other = sides
    assert [(said["claim_id"], said["value"], said["unit"]) for said in conflict.heard] == [
        (one.id, 10, "s"), (other.id, 30, "s"),
    ]  # fmt: skip
    assert events("conflict.opened")[0]["cards"] == sorted(
        [one.deliverable.card_id, other.deliverable.card_id]
    )
    assert set(Claim.objects.values_list("conflict_id", flat=True)) == {conflict.id}


@pytest.mark.parametrize("left", [0, 1])
def test_one_claim_alone_is_no_conflict(room, sides, left):
    with refused("stale_move", state="claims_gone"):
        disagree(room, *sides[:left])
    assert not Conflict.objects.exists()


def test_the_same_claim_twice_is_one(room, sides):
    with refused("stale_move", state="claims_gone"):
        disagree(room, sides[0], sides[0])


def test_a_claim_of_a_rejected_version_is_not_heard(room, sides, by):
    version_id = sides[0].deliverable_id
    reject_deliverable(deliverable_id=version_id, reason="No.", by=by, at=AT)
    with refused("stale_move", state="claims_gone"):
        disagree(room, *sides)


def test_a_claim_of_another_room_is_not_heard(room, owner, sides):
    other = cast.a_room(owner, name="Other")
    with refused("stale_move", state="claims_gone"):
        disagree(other, *sides)


def test_a_third_claim_joins_the_open_conflict(room, conflict, sides):
    third = a_version(cast.a_card(room, "Third"), cast.an_agent(room, "Third"), 60).claims.get()
    grown = disagree(room, *sides, third)
    assert (grown.id, len(grown.heard)) == (conflict.id, 3)
    assert events("conflict.grown")[0]["claims"] == [third.id]
    assert events("conflict.grown")[0]["cards"] == [third.deliverable.card_id]


def test_what_was_heard_already_does_not_make_it_grow(room, conflict, sides):
    with refused("stale_move", state="heard_already"):
        disagree(room, *sides)
    assert len(Conflict.objects.get().heard) == 2


def test_two_subjects_are_two_conflicts(room, conflict):
    assert disagree(room, *two_sides(room, 1, 2), key="retries").id != conflict.id


def test_keys_that_are_alike_only_at_the_beginning_are_two(room, conflict):
    long = "x" * 400
    one = disagree(room, *two_sides(room, 1, 2), key=f"{long} read")
    other = disagree(room, *two_sides(room, 3, 4), key=f"{long} write")
    assert one.id != other.id
    assert {len(one.key), len(other.key)} == {300}
    assert kept_key("short") == "short"


def test_what_was_ruled_on_can_be_in_doubt_again(room, conflict, by):
    rule(conflict, by, value=20)
    again = disagree(room, *two_sides(room, 40, 50))
    assert (again.id != conflict.id, again.status) == (True, "open")


# --- ruled -------------------------------------------------------------------------------


def test_a_person_says_which_claim_holds_and_every_later_run_is_told(conflict, sides, by, owner):
    ruled = rule(conflict, by, claim_id=sides[1].id)
    assert (ruled.status, ruled.ruled_by_id, ruled.ruling) == (
        "ruled", owner.id,
        {"claim_id": sides[1].id, "value": 30, "unit": "s", "reason": "The code says so."},
    )  # fmt: skip
    fact = Fact.objects.get()
    assert (fact.subject, fact.value, fact.unit, fact.text, fact.conflict_id) == (
        SUBJECT, 30, "s", "The code says so.", conflict.id,
    )  # fmt: skip


@pytest.mark.parametrize("value", [20, 0, 2.5, False, "half a minute"])
def test_a_person_may_say_something_else(conflict, by, value):
    ruled = rule(conflict, by, value=value, unit=" s ")
    assert (ruled.ruling["claim_id"], ruled.ruling["value"], ruled.ruling["unit"]) == (
        None, value, "s",
    )  # fmt: skip


@pytest.mark.parametrize("value", [1e22, -0.0, 1e16, 1e300, 0.1, 1e-7, 2**60])
def test_a_ruling_with_any_number_does_not_break_the_chain(conflict, by, value):
    rule(conflict, by, value=value)
    assert Conflict.objects.get().ruling["value"] == value
    assert verify(AT) == []


def test_a_claim_without_a_value_holds_by_its_words(room, by, agent):
    said = [ClaimMade("c1", "licence", text=text) for text in ("MIT", "Apache 2.0")]
    found = []
    for n, claim in enumerate(said):
        run = cast.a_run(cast.a_card(room), cast.an_agent(room, f"Agent {n}"))
        cast.says(run, cast.a_result(claims=(claim,)))
        found.append(run.deliverables.get().claims.get())
    ruled = rule(disagree(room, *found, key="licence"), by, claim_id=found[1].id)
    assert ruled.ruling["value"] == "Apache 2.0"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "missing"),
        ({"value": ""}, "missing"),
        ({"value": " \x00 "}, "missing"),
        ({"value": "x" * 501}, "too_long"),
        ({"value": 10**600}, "too_long"),
        ({"value": 10**6000}, "too_long"),
        ({"value": float("nan")}, "not_finite"),
        ({"value": float("inf")}, "not_finite"),
        ({"value": 1e400}, "not_finite"),
        ({"value": 20, "reason": " \x00 "}, "reason_needed"),
        ({"claim_id": "clm_none"}, "not_a_claim_of_it"),
    ],
)
def test_a_ruling_that_says_nothing_is_refused(conflict, by, facts, code):
    with refused(code):
        rule(conflict, by, **facts)
    conflict.refresh_from_db()
    assert (conflict.status, Fact.objects.count()) == ("open", 0)


def test_a_claim_of_another_conflict_does_not_hold_here(room, conflict, by):
    elsewhere = two_sides(room, 1, 2)
    disagree(room, *elsewhere, key="retries")
    with refused("not_a_claim_of_it", claim=elsewhere[0].id):
        rule(conflict, by, claim_id=elsewhere[0].id)


@pytest.mark.parametrize("role", ["contributor", "observer"])
def test_only_who_may_judge_rules(room, conflict, role):
    with refused("not_allowed", permission="conflict.rule"):
        rule(conflict, By(cast.a_member(room, role).id), value=20)


@pytest.mark.parametrize("who", ["agent", "coordinator", "system"])
def test_neither_agent_nor_coordinator_nor_system_rules(conflict, agent, who):
    by = {"agent": By(agent.id), "coordinator": RULE, "system": SYSTEM}[who]
    with refused("not_allowed", permission="conflict.rule"):
        rule(conflict, by, value=20)


def test_someone_of_another_room_is_told_there_is_no_such_room(conflict):
    with refused("not_found"):
        rule(conflict, By(cast.an_owner("Stranger", "Others").id), value=20)


def test_a_conflict_is_ruled_once(conflict, by):
    rule(conflict, by, value=20)
    with refused("illegal_move", state="ruled", move="rule"):
        rule(conflict, by, value=40)
    assert Fact.objects.get().value == 20


def test_a_conflict_that_nobody_knows_is_not_found(by):
    with refused("not_found"):
        rule(Conflict(id="cfl_none"), by, value=20)


def test_a_newer_ruling_takes_the_place_of_the_older_one_in_memory(room, conflict, by):
    rule(conflict, by, value=20)
    rule(disagree(room, *two_sides(room, 40, 50)), by, at=later(5), value=40)
    assert [fact.value for fact in Fact.objects.filter(unpinned_at=None)] == [40]
    assert verify(AT) == []


def test_a_ruling_is_refused_while_memory_is_full_and_changes_nothing(room, conflict, by):
    for n in range(200):
        pin_fact(room_id=room.id, subject=f"Fact {n}", text="Holds.", by=by, at=AT)
    with refused("too_many_facts", most=200):
        rule(conflict, by, value=20)
    conflict.refresh_from_db()
    assert (conflict.status, conflict.ruling) == ("open", {})


def test_a_clock_that_was_set_back_does_not_keep_a_person_from_ruling(conflict, by):
    assert rule(conflict, by, at=later(-3600), value=20).status == "ruled"
    assert verify(AT) == []


# --- withdrawn ---------------------------------------------------------------------------


def test_a_withdrawn_conflict_pins_nothing_and_is_over(conflict, by):
    withdraw_conflict(conflict_id=conflict.id, by=RULE, at=AT)
    with refused("illegal_move", state="withdrawn"):
        rule(conflict, by, value=20)
    with refused("illegal_move", state="withdrawn"):
        withdraw_conflict(conflict_id=conflict.id, by=RULE, at=AT)
    assert not Fact.objects.exists()


def test_a_ruling_is_not_withdrawn(conflict, by):
    rule(conflict, by, value=20)
    with refused("illegal_move", state="ruled"):
        withdraw_conflict(conflict_id=conflict.id, by=RULE, at=AT)


# --- what waits --------------------------------------------------------------------------


@pytest.fixture
def built_on(room, sides, owner):
    """A card on both sides, and one on that; everything before them is accepted."""
    needed = [claim.deliverable.card for claim in sides]
    for claim in sides:
        cast.accept(claim.deliverable, owner)
    report = cast.a_card(room, "Report", depends_on=needed)
    return report, cast.a_card(room, "Summary", depends_on=[report])


def test_work_that_builds_on_a_conflict_is_not_given_until_a_person_has_ruled(
    built_on, conflict, agent, by
):
    report, summary = built_on
    assert conflicts_before(report) == conflicts_before(summary) == [conflict.id]
    with refused("conflict_open", conflict=conflict.id):
        assign(report, agent)
    rule(conflict, by, value=20)
    assert assign(report, agent).state == "queued"
    assert verify(AT) == []


def test_work_goes_on_once_the_conflict_is_withdrawn(built_on, conflict, agent):
    withdraw_conflict(conflict_id=conflict.id, by=RULE, at=AT)
    assert assign(built_on[0], agent).state == "queued"


def test_work_that_builds_on_something_else_goes_on(room, conflict, agent):
    assert assign(cast.a_card(room, "Apart"), agent).state == "queued"


def test_the_cards_that_disagree_may_be_given_again_themselves(room, conflict, sides, agent, by):
    card = sides[0].deliverable.card
    reject_deliverable(deliverable_id=sides[0].deliverable_id, reason="No.", by=by, at=AT)
    card.refresh_from_db()
    assert cast.a_run(card, agent).state == "offered"


def test_a_card_whose_claim_does_not_stand_any_more_holds_nobody_up(room, sides, owner, by, agent):
    """Of three who were heard one was rejected and done again, with nothing to say about it."""
    third = a_version(cast.a_card(room, "Third"), cast.an_agent(room, "Third"), 60)
    conflict = disagree(room, *sides, third.claims.get())
    card = Card.objects.get(id=third.card_id)
    reject_deliverable(deliverable_id=third.id, reason="No.", by=by, at=AT)
    run = cast.a_run(card, agent)
    cast.accept(cast.a_submission(run), owner)
    assert assign(cast.a_card(room, "On it", depends_on=[card]), agent).state == "queued"
    assert conflicts_before(cast.a_card(room, "Other", depends_on=[sides[0].deliverable.card])) == [
        conflict.id
    ]


def test_a_run_that_began_before_goes_on_but_what_it_made_waits_for_the_ruling(
    room, sides, owner, agent, by
):
    cards = [claim.deliverable.card for claim in sides]
    for claim in sides:
        cast.accept(claim.deliverable, owner)
    run = cast.a_run(cast.a_card(room, "Report", depends_on=cards), agent)
    conflict = disagree(room, *sides)
    run.refresh_from_db()
    assert run.state == "offered"
    version = cast.a_submission(run)
    with refused("conflict_open", conflict=conflict.id):
        cast.accept(version, owner)
    version.refresh_from_db()
    assert (version.state, version.reviews.count()) == ("submitted", 0)
    rule(conflict, by, value=20)
    assert cast.accept(version, owner).state == "accepted"
    assert verify(AT) == []


def test_a_version_in_review_waits_for_a_conflict_further_down(built_on, room, sides, owner, agent):
    report, summary = built_on
    cast.accept(cast.a_submission(cast.a_run(report, agent)), owner)
    version = cast.a_submission(cast.a_run(summary, agent))
    conflict = disagree(room, *sides)
    with refused("conflict_open", conflict=conflict.id):
        cast.accept(version, owner)
    withdraw_conflict(conflict_id=conflict.id, by=RULE, at=AT)
    assert cast.accept(version, owner).state == "accepted"


def test_a_parent_is_not_accepted_while_its_parts_disagree(room, sides, owner, agent):
    parent = cast.a_card(room, "Whole")
    version = cast.a_submission(cast.a_run(parent, agent))
    Card.objects.filter(id=sides[0].deliverable.card_id).update(parent=parent)
    conflict = disagree(room, *sides)
    with refused("conflict_open", conflict=conflict.id):
        cast.accept(version, owner)


def test_what_is_part_of_a_conflict_itself_and_what_is_apart_is_accepted(
    room, conflict, sides, owner, agent
):
    assert cast.accept(sides[0].deliverable, owner).state == "accepted"
    apart = cast.a_submission(cast.a_run(cast.a_card(room, "Apart"), agent))
    assert cast.accept(apart, owner).state == "accepted"


def test_changes_are_requested_while_a_conflict_is_open(built_on, room, sides, agent, by):
    version = cast.a_submission(cast.a_run(built_on[0], agent))
    disagree(room, *sides)
    sent_back = request_changes(deliverable_id=version.id, reason="Wait.", by=by, at=AT)
    assert sent_back.state == "changes_requested"


# --- a third opinion ---------------------------------------------------------------------


def test_a_neutral_card_is_for_nobody_with_a_side(conflict, sides, by, agent):
    card = ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    agents = [claim.deliverable.run.agent for claim in sides]
    assert sorted(card.not_for) == sorted(one.id for one in agents)
    for one in agents:
        with refused("has_a_side"):
            assign(card, one)
    assert assign(card, agent).state == "queued"


def test_a_neutral_card_says_nothing_that_agents_claimed(room, conflict, by):
    card = ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    assert card.title == "Settle conflict 1"
    words = " ".join((card.title, card.brief, *card.criteria))
    assert SUBJECT not in words and "10" not in words and "30" not in words


def test_its_worker_is_given_the_subject_and_both_sides_as_quotations(conflict, by, agent):
    card = ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    told = description_of(card)
    assert f"The subject: `{SUBJECT}`" in told
    assert "What was said:\n> 10 s\n> 30 s" in told
    assert description_of(cast.a_card(card.room, "Other", labels=["neutral"])) == ""


def test_a_third_opinion_is_asked_for_once(conflict, by):
    ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    with refused("already_asked"):
        ask_neutral(conflict_id=conflict.id, by=by, at=AT)


def test_a_third_opinion_is_asked_for_again_once_its_card_was_cancelled(conflict, by):
    first = ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    cancel_card(card_id=first.id, by=by, at=AT)
    second = ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    assert second.id != first.id
    with refused("already_asked"):
        ask_neutral(conflict_id=conflict.id, by=by, at=AT)


def test_a_third_opinion_about_what_is_over_is_refused(conflict, by):
    rule(conflict, by, value=20)
    with refused("already_asked"):
        ask_neutral(conflict_id=conflict.id, by=by, at=AT)


def test_a_third_opinion_is_for_who_may_rule_to_ask_for(conflict, contributor):
    with refused("not_allowed", permission="conflict.rule"):
        ask_neutral(conflict_id=conflict.id, by=By(contributor.id), at=AT)


def test_what_the_neutral_agent_claims_joins_the_conflict(room, conflict, sides, by, agent):
    card = ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    third = a_version(card, agent, 30).claims.get()
    assert len(disagree(room, *sides, third).heard) == 3


def test_a_neutral_card_that_failed_may_be_tried_again(conflict, by, agent):
    card = ask_neutral(conflict_id=conflict.id, by=by, at=AT)
    fail_run(run_id=assign(card, agent).id, kind="error", evidence={}, by=RULE, at=AT)
    assert cast.a_run(card, agent).state == "offered"


def test_a_reason_is_kept_with_the_conflict(conflict):
    assert conflict.reason == DIFFER
    assert events("conflict.opened")[0]["reason"] == DIFFER


def test_a_subject_of_ten_thousand_characters_is_cut(room, by, agent):
    subject = "timeout " * 1_250
    found = []
    for n, value in enumerate((10, 30)):
        run = cast.a_run(cast.a_card(room), cast.an_agent(room, f"Agent {n}"))
        cast.says(run, cast.a_result(claims=(ClaimMade("c", subject, value),)))
        found.append(run.deliverables.get().claims.get())
    made = open_conflict(
        room_id=room.id, key=subject, claim_ids=[one.id for one in found], reason=DIFFER, by=RULE,
        at=AT,
    )  # fmt: skip
    rule(made, by, value=20)
    assert (len(made.subject), len(made.key), len(Fact.objects.get().subject)) == (300, 300, 300)
    assert verify(AT) == []
