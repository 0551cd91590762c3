"""What agents have shown: counted when it happens, for the skills and the kind of the work."""

import pytest

from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, disagree, hands_in, two_sides
from tests.commands.refusing import later, refused
from workspace.commands.asks import answer_ask
from workspace.commands.cards import edit_card
from workspace.commands.conflicts import rule_conflict
from workspace.commands.reviews import (
    reject_deliverable,
    request_changes,
    roll_back,
    submit_as_person,
)
from workspace.commands.rooms import seat_agent
from workspace.commands.runs import fail_run, supersede_run
from workspace.models import Ask, Standing
from workspace.queries import standings
from workspace.reports import ClaimMade, Declined, Question
from workspace.standing import COUNTS
from workspace.transitions import FAILURES


@pytest.fixture
def card(room):
    return cast.a_card(room, skills=["code", "docs"], kind="report")


def shown(agent, skill="", kind=""):
    row = Standing.objects.get(agent=agent, skill=skill, kind=kind)
    return round(row.good, 3), round(row.bad, 3)


def fail(run, kind="error", at=AT):
    return fail_run(run_id=run.id, kind=kind, evidence={}, by=RULE, at=at)


def test_an_acceptance_counts_overall_and_for_each_skill_and_kind(version, owner, agent):
    cast.accept(version, owner)
    rows = {(row.skill, row.kind): (row.good, row.bad) for row in Standing.objects.all()}
    assert rows == {
        (skill, kind): (1.0, 0.0) for skill in ("", "code", "docs") for kind in ("", "report")
    }


def test_what_the_work_was_when_it_was_given_counts(room, card, agent, owner, by):
    run = cast.a_run(card, agent)
    edit_card(card_id=card.id, changes={"skills": ["law"], "kind": "table"}, by=by, at=AT)
    cast.accept(hands_in(run), owner)
    assert not Standing.objects.filter(skill="law").exists()
    assert shown(agent, "code", "report") == (1.0, 0.0)


def test_the_time_people_took_to_answer_is_not_the_agents(room, card, agent, owner, by):
    run = cast.a_run(card, agent)
    for ref, asked in (("q1", 10), ("q2", 100)):
        cast.says(run, Question(ref=ref, message_md="Which?"), at=later(asked))
    for ref, answered in (("q1", 500), ("q2", 1_000)):
        ask = Ask.objects.get(run=run, ref=ref)
        answer_ask(ask_id=ask.id, answer={"action": "decline"}, by=by, at=later(answered))
    cast.accept(cast.a_submission(run, at=later(1_020)), owner, at=later(2_000))
    assert Standing.objects.get(agent=agent, skill="", kind="").latency_s == 30


@pytest.mark.parametrize("kind", [kind for kind in FAILURES if kind != "over_budget"])
def test_every_failure_counts_as_what_it_says_of_the_agent(run, agent, kind):
    fail(run, kind)
    assert shown(agent) == COUNTS[kind]


@pytest.mark.parametrize(("of", "bad"), [("card", 0.5), ("room", 0.0), ("agent", 0.0)])
def test_only_what_overran_its_own_cards_budget_counts_against_the_agent(run, agent, of, bad):
    fail_run(run_id=run.id, kind="over_budget", evidence={"of": of}, by=RULE, at=AT)
    assert shown(agent) == (0.0, bad)


@pytest.mark.parametrize(("verdict", "bad"), [(request_changes, 0.5), (reject_deliverable, 1.0)])
def test_what_is_sent_back_counts_against_whoever_made_it(version, agent, by, verdict, bad):
    verdict(deliverable_id=version.id, reason="More.", by=by, at=AT)
    assert shown(agent) == (0.0, bad)


def test_what_is_taken_back_counts_against_it_too(version, owner, agent, by):
    cast.accept(version, owner)
    roll_back(deliverable_id=version.id, reason="Wrong.", by=by, at=AT)
    assert shown(agent) == (0.8, 1.0)


def test_people_are_not_rated(card, owner, by):
    made = submit_as_person(card_id=card.id, result=cast.a_result(), by=by, at=AT)
    cast.accept(made, owner)
    assert not Standing.objects.exists()


def test_declining_or_being_replaced_says_nothing(room, card, run, agent):
    cast.says(run, Declined("Not mine."))
    other = cast.a_run(card, agent)
    supersede_run(run_id=other.id, code="taken_over", by=RULE, at=AT)
    assert not Standing.objects.exists()


def test_a_run_ends_once_and_is_counted_once(run, agent):
    fail(run)
    with refused("run_terminal"):
        fail(run)
    assert shown(agent) == (0.0, 1.0)


def test_what_was_shown_fades(room, agent, owner):
    fail(cast.a_run(cast.a_card(room), agent))
    fail(cast.a_run(cast.a_card(room), agent, at=later(30 * 86_400)), at=later(30 * 86_400))
    assert shown(agent) == (0.0, round(0.5 * 0.8 + 1, 3))


@pytest.mark.parametrize("back", [-1, -3_600, -86_400 * 365])
def test_a_clock_that_was_set_back_fades_nothing_and_loses_nothing(room, agent, back):
    fail(cast.a_run(cast.a_card(room), agent))
    fail(cast.a_run(cast.a_card(room), agent, at=later(back)), at=later(back))
    row = Standing.objects.get(skill="", kind="")
    assert (shown(agent), row.at) == ((0.0, 1.8), AT)


def test_how_long_its_work_takes_is_kept_as_a_moving_mean(room, agent, owner):
    for seconds in (100, 200):
        run = cast.a_run(cast.a_card(room), agent)
        cast.accept(hands_in(run, at=later(seconds)), owner, at=later(9_999))
    assert Standing.objects.get(skill="", kind="").latency_s == pytest.approx(120)


def test_work_that_ended_before_it_began_took_no_time(room, agent, owner):
    run = cast.a_run(cast.a_card(room), agent)
    cast.accept(hands_in(run, at=later(-3_600)), owner)
    assert Standing.objects.get(skill="", kind="").latency_s == 0


def test_an_agent_is_known_by_one_record_in_all_its_rooms(room, owner, agent, by):
    other = cast.a_room(owner, name="Other")
    seat_agent(room_id=other.id, agent_id=agent.id, by=by, at=AT)
    for place in (room, other):
        cast.accept(hands_in(cast.a_run(cast.a_card(place), agent)), owner)
    assert shown(agent) == (1.8, 0.0)
    assert len(standings([agent.id])) == 2  # of any kind, and of documents


# --- what it cost ------------------------------------------------------------------------


def costs(card, agent, owner, usd, at=AT):
    run = cast.a_run(card, agent)
    cast.says(run, cast.a_result(cost_usd=usd), at=at)
    return cast.accept(run.deliverables.get(), owner)


def test_what_accepted_work_cost_by_its_agents_word_moves_a_mean(room, agent, owner):
    costs(cast.a_card(room, "One"), agent, owner, 1.0)
    assert Standing.objects.get(agent=agent, skill="", kind="").cost_usd == 1.0
    costs(cast.a_card(room, "Two"), agent, owner, 2.0)
    assert Standing.objects.get(agent=agent, skill="", kind="").cost_usd == pytest.approx(1.2)


def test_the_coordinator_sees_what_an_agents_work_costs(room, agent, owner):
    costs(cast.a_card(room, "One"), agent, owner, 0.25)
    (seat,) = observe(room.id, later(60)).seats
    assert seat.cost_usd == 0.25


def test_work_of_which_no_cost_is_told_teaches_nothing_of_cost(version, owner, agent):
    cast.accept(version, owner)
    assert set(Standing.objects.values_list("cost_usd", flat=True)) == {None}


def test_a_cost_is_kept_with_its_run_as_a_row_holds_it(room, agent):
    run = cast.a_run(cast.a_card(room, "One"), agent)
    cast.says(run, cast.a_result(cost_usd=0.1234567))
    run.refresh_from_db()
    assert str(run.cost_usd) == "0.123457"


# --- ruled against -----------------------------------------------------------------------


def rule(conflict, by, **facts):
    return rule_conflict(conflict_id=conflict.id, reason="The code says so.", by=by, at=AT, **facts)


def bad_of(claim):
    run = claim.deliverable.run
    row = Standing.objects.filter(agent=run.agent, skill="", kind="").first()
    return row.bad if row else 0.0


def test_a_ruling_counts_half_against_whoever_claimed_another_thing(room, by):
    one, other = two_sides(room)
    rule(disagree(room, one, other), by, claim_id=one.id)
    assert (bad_of(one), bad_of(other)) == (0.0, 0.5)


def test_a_value_of_their_own_counts_against_every_side_that_says_another(room, by):
    one, other = two_sides(room)
    rule(disagree(room, one, other), by, value=20, unit="s")
    assert (bad_of(one), bad_of(other)) == (0.5, 0.5)


def test_what_may_mean_the_same_in_another_unit_counts_against_nobody(room, by):
    one, other = two_sides(room)
    rule(disagree(room, one, other), by, value=10_000, unit="ms")
    assert (bad_of(one), bad_of(other)) == (0.0, 0.0)


def test_a_run_that_two_rulings_go_against_is_counted_once(room, agent, by):
    other = cast.an_agent(room, "Other")
    claims = [
        [ClaimMade("c1", "timeout", value, "s"), ClaimMade("c2", "retries", value)]
        for value in (10, 30)
    ]
    versions = [
        hands_in(cast.a_run(cast.a_card(room, f"Facts {n}"), worker), *said)
        for n, (worker, said) in enumerate(zip((agent, other), claims, strict=True))
    ]
    for ref, key in (("c1", "timeout"), ("c2", "retries")):
        holds, wrong = (version.claims.get(ref=ref) for version in versions)
        rule(disagree(room, holds, wrong, key=key), by, claim_id=holds.id)
    assert (bad_of(holds), bad_of(wrong)) == (0.0, 0.5)
