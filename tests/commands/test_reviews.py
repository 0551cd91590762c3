"""Verdicts: only people give them, on exactly the version they looked at."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.refusing import refused
from workspace.actors import SYSTEM, By, coordinator
from workspace.commands.asks import hand_over
from workspace.commands.cards import cancel_card, take_card
from workspace.commands.reviews import (
    accept_deliverable,
    open_deliverable,
    reject_deliverable,
    request_changes,
    roll_back,
    submit_as_person,
)
from workspace.commands.rooms import edit_room
from workspace.commands.starting import assign_card
from workspace.models import ApiToken, Ask, Deliverable, Event, Review
from workspace.reports import Result


def accept(version, by, sha256=None):
    return accept_deliverable(
        deliverable_id=version.id, sha256=sha256 or version.sha256, by=by, at=AT
    )


def open_and_accept(version, by):
    open_deliverable(deliverable_id=version.id, by=by, at=AT)
    return accept(version, by)


def by_token(person, *scopes):
    token = cast.a_token(person, *scopes)
    made = ApiToken.objects.get(prefix=token[:10], person=person)
    return By(person.id, scopes=tuple(made.scopes), token_id=made.id)


def hand_in(card, person, text="By hand."):
    """The person submits on the card, whatever its state."""
    result = cast.a_result(text)
    return submit_as_person(card_id=card.id, result=result, by=By(person.id), at=AT)


def state_of(*rows):
    found = []
    for row in rows:
        row.refresh_from_db()
        found.append(row.status if hasattr(row, "status") else row.state)
    return found


# --- accepting ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["owner", "reviewer"])
def test_a_person_with_the_role_accepts_and_only_then_is_the_card_done(room, card, version, role):
    assert state_of(card) == ["review"]
    cast.accept(version, cast.a_member(room, role))
    assert state_of(card, version) == ["done", "accepted"]


def test_the_review_names_the_person_and_the_exact_version(reviewer, version):
    cast.accept(version, reviewer)
    review = Review.objects.get()
    assert (review.person_id, review.sha256, review.verdict) == (
        reviewer.id, version.sha256, "accept",
    )  # fmt: skip


@pytest.mark.parametrize("role", ["contributor", "observer"])
def test_a_member_without_the_role_cannot_accept(room, card, version, role):
    member = cast.a_member(room, role)
    open_deliverable(deliverable_id=version.id, by=By(member.id), at=AT)
    with refused("not_allowed", permission="review.accept"):
        accept(version, By(member.id))
    assert state_of(card, version) == ["review", "submitted"]


def test_someone_of_another_room_is_told_there_is_no_such_room(version):
    stranger = cast.an_owner("Stranger", "Others")
    with refused("not_found"):
        accept(version, By(stranger.id))


@pytest.mark.parametrize("who", ["agent", "coordinator", "system"])
def test_neither_agent_nor_coordinator_nor_system_can_accept(agent, card, version, who):
    by = {"agent": By(agent.id), "coordinator": coordinator(rule="best_fit"), "system": SYSTEM}[who]
    with refused("not_allowed", permission="review.accept"):
        accept(version, by)
    with refused("not_allowed"):
        open_deliverable(deliverable_id=version.id, by=by, at=AT)
    assert state_of(card, version) == ["review", "submitted"]


def test_a_version_that_was_not_opened_cannot_be_accepted(by, reviewer, version):
    open_deliverable(deliverable_id=version.id, by=By(reviewer.id), at=AT)
    with refused("not_opened"):
        accept(version, by)


def test_opening_twice_is_recorded_once(by, version):
    open_deliverable(deliverable_id=version.id, by=by, at=AT)
    open_deliverable(deliverable_id=version.id, by=by, at=AT)
    assert Event.objects.filter(type="deliverable.opened").count() == 1


def test_naming_another_sha256_is_refused(by, version):
    open_deliverable(deliverable_id=version.id, by=by, at=AT)
    with refused("another_version", version=1):
        accept(version, by, sha256="0" * 64)


def test_a_version_cannot_be_accepted_twice(by, reviewer, version):
    open_and_accept(version, by)
    open_deliverable(deliverable_id=version.id, by=By(reviewer.id), at=AT)
    with refused("illegal_move", state="accepted"):
        accept(version, By(reviewer.id))


def test_the_version_of_a_cancelled_card_cannot_be_accepted(by, card, version):
    cancel_card(card_id=card.id, by=by, at=AT)
    with refused("illegal_move", state="cancelled"):
        open_and_accept(version, by)
    assert not Review.objects.exists()


# --- tokens and policy -------------------------------------------------------------------


@pytest.mark.parametrize("scopes", [("read", "write"), ("review",), ("agents",)])
def test_a_token_without_the_scope_cannot_accept(owner, by, version, scopes):
    open_deliverable(deliverable_id=version.id, by=by, at=AT)
    with refused("not_allowed", permission="review.accept"):
        accept(version, by_token(owner, *scopes))
    assert state_of(version) == ["submitted"]


def test_a_token_with_the_scope_accepts_and_the_review_says_so(owner, version):
    token = by_token(owner, "review:accept")
    open_and_accept(version, token)
    assert Review.objects.get().token_id == token.token_id


def test_the_scope_does_not_lift_its_person_above_their_role(contributor, version):
    token = by_token(contributor, "read", "review:accept")
    open_deliverable(deliverable_id=version.id, by=token, at=AT)
    with refused("not_allowed"):
        accept(version, token)


def test_a_room_may_demand_a_browser(room, owner, by, version):
    edit_room(room_id=room.id, changes={"policy": {"browser_only": True}}, by=by, at=AT)
    token = by_token(owner, "review:accept")
    open_deliverable(deliverable_id=version.id, by=token, at=AT)
    with refused("browser_only"):
        accept(version, token)
    assert accept(version, by).state == "accepted"


def test_a_room_may_exclude_the_owner_of_the_agent_that_made_it(room, by, reviewer, version):
    policy = {"exclude_producers_owner": True}
    edit_room(room_id=room.id, changes={"policy": policy}, by=by, at=AT)
    with refused("own_agent"):
        open_and_accept(version, by)
    assert open_and_accept(version, By(reviewer.id)).state == "accepted"


def test_where_two_must_accept_the_second_decides(room, card, by, reviewer, version):
    edit_room(room_id=room.id, changes={"policy": {"accepts_needed": 2}}, by=by, at=AT)
    assert open_and_accept(version, by).state == "submitted"
    assert state_of(card) == ["review"]
    with refused("already_reviewed"):
        accept(version, by)
    assert open_and_accept(version, By(reviewer.id)).state == "accepted"
    assert state_of(card) == ["done"]


# --- sending back ------------------------------------------------------------------------


def test_requested_changes_give_the_same_attempt_its_next_round(card, agent, by, version):
    request_changes(deliverable_id=version.id, reason="Name the line.", by=by, at=AT)
    assert state_of(card, version) == ["ready", "changes_requested"]
    again = assign_card(
        card_id=card.id, agent_id=agent.id, attempt=1, round=2, why={},
        by=coordinator(rule="same_worker"), at=AT,
    )  # fmt: skip
    assert (again.attempt, again.round, again.feedback) == (1, 2, "Name the line.")
    assert again.previous_id == version.run_id
    card.refresh_from_db()
    assert card.attempts == 1


def test_what_was_planned_before_changes_were_asked_for_is_refused(card, agent, by, version):
    """A look that saw the version still waiting, and the card already free, takes it for failed:
    another attempt would not be told what to change."""
    request_changes(deliverable_id=version.id, reason="Name the line.", by=by, at=AT)
    with refused("stale_move", state="changes_requested"):
        assign_card(
            card_id=card.id, agent_id=agent.id, attempt=2, round=1, why={},
            by=coordinator(rule="best_fit"), at=AT,
        )  # fmt: skip
    assert state_of(card, version) == ["ready", "changes_requested"]


def test_version_2_answers_the_request_and_version_1_stays_as_it_was(card, agent, by, version):
    request_changes(deliverable_id=version.id, reason="Name the line.", by=by, at=AT)
    second = cast.a_submission(cast.a_run(card, agent), "timeout is 10, client.py:4")
    assert second.version == 2
    assert state_of(card, version, second) == ["review", "changes_requested", "submitted"]
    with refused("illegal_move", state="changes_requested"):
        open_and_accept(version, by)
    assert open_and_accept(second, by).state == "accepted"


def test_a_newer_version_supersedes_one_that_still_waits(card, by, version, owner):
    second = hand_in(card, owner)
    assert state_of(card, version, second) == ["review", "superseded", "submitted"]


@pytest.mark.parametrize("verdict", [request_changes, reject_deliverable])
def test_sending_back_needs_a_reason(by, card, version, verdict):
    with refused("reason_needed"):
        verdict(deliverable_id=version.id, reason="  ", by=by, at=AT)
    assert state_of(card, version) == ["review", "submitted"]


@pytest.mark.parametrize("verdict", [request_changes, reject_deliverable])
def test_a_contributor_cannot_send_back(contributor, version, verdict):
    with refused("not_allowed"):
        verdict(deliverable_id=version.id, reason="No.", by=By(contributor.id), at=AT)


def test_a_rejected_version_frees_the_card_for_another_attempt(card, by, version):
    reject_deliverable(deliverable_id=version.id, reason="Not this.", by=by, at=AT)
    assert state_of(card, version) == ["ready", "rejected"]
    assert card.reason == {"code": "rejected", "params": {"by": by.actor, "said": "Not this."}}
    with refused("illegal_move", state="rejected"):
        open_and_accept(version, by)


def test_one_person_gives_one_verdict_on_a_version(room, by, version):
    edit_room(room_id=room.id, changes={"policy": {"accepts_needed": 2}}, by=by, at=AT)
    open_and_accept(version, by)
    with refused("already_reviewed"):
        request_changes(deliverable_id=version.id, reason="On second thought.", by=by, at=AT)


def test_a_reason_with_a_nul_character_is_kept_without_it(by, version):
    reject_deliverable(deliverable_id=version.id, reason="Not\x00 this.", by=by, at=AT)
    assert Review.objects.get().reason == "Not this."


# --- what was accepted ------------------------------------------------------------------


def test_a_persons_new_version_puts_a_done_card_back_to_review(card, by, reviewer, version):
    open_and_accept(version, by)
    second = hand_in(card, reviewer)
    assert state_of(card, version, second) == ["review", "superseded", "submitted"]
    open_and_accept(second, by)
    assert state_of(card, second) == ["done", "accepted"]


def test_rolling_back_undoes_the_acceptance_and_frees_the_card(card, by, version):
    open_and_accept(version, by)
    roll_back(deliverable_id=version.id, reason="The source was wrong.", by=by, at=AT)
    assert state_of(card, version) == ["ready", "rolled_back"]
    assert Review.objects.get().undone_at == AT


def test_only_an_accepted_version_is_rolled_back(by, version):
    with refused("illegal_move", state="submitted"):
        roll_back(deliverable_id=version.id, reason="No.", by=by, at=AT)


def test_a_contributor_cannot_roll_back(by, contributor, version):
    open_and_accept(version, by)
    with refused("not_allowed"):
        roll_back(deliverable_id=version.id, reason="No.", by=By(contributor.id), at=AT)


def test_a_version_that_was_rolled_back_is_not_accepted_again(by, reviewer, version):
    open_and_accept(version, by)
    roll_back(deliverable_id=version.id, reason="No.", by=by, at=AT)
    with refused("illegal_move", state="rolled_back"):
        open_and_accept(version, By(reviewer.id))


# --- people's own work -------------------------------------------------------------------


def test_a_person_submits_through_the_same_gate(card, contributor):
    me = By(contributor.id)
    take_card(card_id=card.id, by=me, at=AT)
    made = hand_in(card, contributor)
    assert state_of(card, made) == ["review", "submitted"]
    assert made.run.person_id == contributor.id


def test_an_observer_submits_nothing(card, observer):
    with refused("not_allowed", permission="card.submit"):
        hand_in(card, observer)


def test_nobody_submits_into_someone_elses_run(card, run, by, owner):
    with refused("someone_elses_run"):
        hand_in(card, owner)


def test_a_person_submitting_nothing_is_refused_and_the_card_stays(card, by):
    with refused("empty_completion"):
        submit_as_person(card_id=card.id, result=Result(summary_md="Done!"), by=by, at=AT)
    assert state_of(card) == ["ready"]
    assert not Deliverable.objects.exists()


def test_nothing_is_submitted_to_a_cancelled_card(card, by, owner):
    cancel_card(card_id=card.id, by=by, at=AT)
    with refused("illegal_move", state="cancelled"):
        hand_in(card, owner)


def test_another_pair_of_eyes_signs_off_a_persons_work(card, by, reviewer):
    made = hand_in(card, reviewer)
    with refused("own_work"):
        open_and_accept(made, By(reviewer.id))
    assert open_and_accept(made, by).state == "accepted"


def test_someone_alone_in_a_room_signs_off_their_own_work(card, by, owner):
    made = hand_in(card, owner)
    assert open_and_accept(made, by).state == "accepted"


def test_requested_changes_bring_a_persons_card_straight_back_to_them(card, by, contributor):
    made = hand_in(card, contributor)
    request_changes(deliverable_id=made.id, reason="More.", by=by, at=AT)
    again = card.runs.get(state="working")
    assert (again.person_id, again.attempt, again.round) == (contributor.id, 1, 2)
    assert again.feedback == "More."


def test_changes_can_be_requested_although_an_input_was_rolled_back(room, by, contributor, owner):
    needed = cast.a_card(room, "Facts")
    facts = hand_in(needed, owner, "Facts.")
    open_and_accept(facts, by)
    report = cast.a_card(room, "Report", depends_on=[needed])
    made = hand_in(report, contributor)
    roll_back(deliverable_id=facts.id, reason="Wrong.", by=by, at=AT)
    request_changes(deliverable_id=made.id, reason="Use the new facts.", by=by, at=AT)
    assert state_of(report, made) == ["ready", "changes_requested"]


def test_submitting_on_a_card_that_was_handed_over_closes_the_hand_off(card, by, owner):
    packet = {"code": "attempts_used_up", "params": {}, "tried": []}
    hand_over(card_id=card.id, packet=packet, by=coordinator(rule="attempts"), at=AT)
    hand_in(card, owner)
    assert not Ask.objects.filter(state="open").exists()
