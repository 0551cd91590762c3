"""Whatever is put in: a refusal that changes nothing, or it is kept and every promise holds."""

import itertools
import json
import random

import pytest

from agents.coordinator.plan import plan
from agents.judge.base import Nonsense
from agents.judge.lawful import read_answer
from agents.judge.questions import AssignQuestion, Candidate, CardToGive, PlanQuestion
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, a_version, answered, disagree, hands_in
from tests.commands.refusing import later, refused
from workspace.commands.answers import answer_once
from workspace.commands.budgets import set_budget
from workspace.commands.callbacks import receive
from workspace.commands.cards import CardFacts, create_card, edit_card, give_card
from workspace.commands.conflicts import open_conflict, rule_conflict
from workspace.commands.judgements import take_plan
from workspace.commands.memory import pin_fact
from workspace.commands.messages import post_message
from workspace.commands.remedies import Chosen, choose_remedy
from workspace.commands.reviews import reject_deliverable, request_changes, roll_back
from workspace.commands.rooms import edit_room, seat_agent, unseat_agent
from workspace.commands.runs import fail_run, mark_stale, offer_run
from workspace.commands.starting import assign_card
from workspace.models import Card, Claim, Deliverable, Event, Fact, Judgement, Received, Run
from workspace.reports import Accepted, ClaimMade, InboundEvent, Progress, Question
from workspace.verify import verify

MILLION = "x" * 1_000_000
NO_NUMBERS = [float("nan"), float("inf"), float("-inf"), json.loads("1e400")]


@pytest.fixture(autouse=True)
def promises_hold(db):
    yield
    assert verify(AT) == []


@pytest.fixture
def nothing_happens(room):
    """What is refused leaves no trace."""
    before = Event.objects.count()
    yield
    assert Event.objects.count() == before


def give(card, agent_id, **facts):
    said = {"attempt": 1, "round": 1, "why": {}, "by": RULE, "at": AT, **facts}
    return assign_card(card_id=card.id, agent_id=agent_id, **said)


def send(run, said, id="e1", at=AT):
    event = InboundEvent(id=id, type=type(said).__name__, said=said)
    return receive(run_id=run.id, credentials=cast.credentials(run), events=[event], at=at)


# --- circles -----------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 2, 3, 40])
def test_a_circle_of_cards_is_refused_however_long(room, by, length):
    made = [cast.a_card(room, "First")]
    for n in range(length - 1):
        made.append(cast.a_card(room, f"Card {n}", depends_on=[made[-1]]))
    with refused("cycle"):
        edit_card(card_id=made[0].id, changes={"depends_on": [made[-1].id]}, by=by, at=AT)
    assert not made[0].dependencies.exists()


def test_a_circle_through_the_parts_of_a_split_is_refused(room, card, run, by):
    fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)
    parts = [CardFacts(title="Read"), CardFacts(title="Compare", depends_on=["0"])]
    choose_remedy(run_id=run.id, chosen=Chosen(remedy="split", parts=parts), by=RULE, at=AT)
    part = Card.objects.get(title="Read")
    with refused("cycle"):
        edit_card(card_id=part.id, changes={"depends_on": [card.id]}, by=by, at=AT)


def test_a_circle_in_a_judges_plan_is_nonsense():
    cards = [
        {"ref": ref, "title": ref, "brief": "Do it.", "criteria": ["It names its file."],
         "skills": [], "kind": "report", "depends_on": [other]}
        for ref, other in (("a", "b"), ("b", "c"), ("c", "a"))
    ]  # fmt: skip
    with pytest.raises(Nonsense) as caught:
        read_answer({"cards": cards, "note": ""}, PlanQuestion(goal="Ship it."))
    assert {one.code for one in caught.value.violations} == {"cycle"}


# --- too many ----------------------------------------------------------------------------


def test_a_plan_of_ten_thousand_cards_is_refused_whole(room, by):
    edit_room(room_id=room.id, changes={"policy": {"max_cards": 20}}, by=by, at=AT)
    asked = answered(room, "plan", room.id, {"type": "plan", "cards": [], "note": ""})
    cards = [CardFacts(title=f"Card {n}") for n in range(10_000)]
    with refused("too_many_cards", most=20):
        take_plan(judgement_id=asked.id, cards=cards, status="ready", by=RULE, at=AT)
    assert not Card.objects.exists()
    assert Judgement.objects.get().state == "answered"


def test_ten_thousand_cards_of_a_judge_are_nonsense():
    card = {"title": "Card", "brief": "Do it.", "criteria": ["It names its file."]}
    cards = [{"ref": f"c{n}", **card} for n in range(10_000)]
    with pytest.raises(Nonsense) as caught:
        read_answer({"cards": cards, "note": ""}, PlanQuestion(goal="Ship it."))
    assert caught.value.violations[0].code == "too_many_cards"


def test_a_card_that_waits_for_ten_thousand_cards_nobody_knows_is_refused(
    room, by, nothing_happens
):
    needs = [f"card_{n}" for n in range(10_000)]
    with refused("not_found", what="card"):
        create_card(
            room_id=room.id, facts=CardFacts(title="Report", depends_on=needs), by=by, at=AT
        )


def test_memory_ends_at_two_hundred_facts(room, by):
    for n in range(200):
        pin_fact(room_id=room.id, subject=f"Fact {n}", text="Holds.", by=by, at=AT)
    with refused("too_many_facts", most=200):
        pin_fact(room_id=room.id, subject="One more", text="Holds.", by=by, at=AT)
    assert Fact.objects.count() == 200


def test_ten_thousand_claims_that_nobody_made_are_no_conflict(room, nothing_happens):
    ids = [f"clm_{n}" for n in range(10_000)]
    with refused("stale_move", state="claims_gone"):
        open_conflict(room_id=room.id, key="x", claim_ids=ids, reason={}, by=RULE, at=AT)


# --- nobody knows them -------------------------------------------------------------------


@pytest.mark.parametrize("agent_id", ["agt_none", "", "'; DROP TABLE", "x" * 10_000])
def test_an_agent_nobody_knows_is_given_nothing(room, card, by, agent_id, nothing_happens):
    with refused("not_found", what="agent"):
        give(card, agent_id)
    with refused("not_found", what="agent"):
        give_card(card_id=card.id, to=agent_id, by=by, at=AT)
    with refused("not_found", what="agent"):
        seat_agent(room_id=room.id, agent_id=agent_id, by=by, at=AT)
    unseat_agent(room_id=room.id, agent_id=agent_id, by=by, at=AT)
    assert not Run.objects.exists()


def test_a_person_nobody_knows_is_given_nothing(card, by, nothing_happens):
    with refused("not_a_member", person="usr_none"):
        give_card(card_id=card.id, to="usr_none", by=by, at=AT)


def test_an_agent_of_another_workspace_is_nobody_here(room, card):
    foreign = cast.an_agent(cast.a_room(cast.an_owner("Other", "Others")))
    with refused("agent_not_in_room"):
        give(card, foreign.id)
    assert not Run.objects.exists()


def test_a_model_that_names_agents_nobody_offered_talks_nonsense():
    question = AssignQuestion(
        room_rules="", goal_line="Ship it.",
        cards=(CardToGive("card_1", "Facts", "report", ()),),
        workers=(Candidate("agt_ada", "Ada", (), None),),
    )  # fmt: skip
    said = {"cards": [{"card_id": "card_1", "agent_ids": ["agt_evil"], "why": ""}]}
    with pytest.raises(Nonsense) as caught:
        read_answer(said, question)
    assert "unknown_agent" in {one.code for one in caught.value.violations}


# --- too long ----------------------------------------------------------------------------


def test_a_million_characters_fit_nowhere(room, card, by, nothing_happens):
    acts = {
        "brief": lambda: create_card(
            room_id=room.id, facts=CardFacts(title="A", brief=MILLION), by=by, at=AT
        ),
        "brief of an edit": lambda: edit_card(
            card_id=card.id, changes={"brief": MILLION}, by=by, at=AT
        ),
        "goal": lambda: edit_room(room_id=room.id, changes={"goal": MILLION}, by=by, at=AT),
        "message": lambda: post_message(room_id=room.id, body=MILLION, by=by, at=AT),
        "fact": lambda: pin_fact(room_id=room.id, subject="A", text=MILLION, by=by, at=AT),
    }
    for act in acts.values():
        with refused("too_long"):
            act()


def test_what_has_room_for_less_is_cut(room, card, agent, by):
    edit_card(
        card_id=card.id, changes={"title": MILLION, "criteria": [MILLION] * 100}, by=by, at=AT
    )
    card.refresh_from_db()
    assert (len(card.title), len(card.criteria), len(card.criteria[0])) == (200, 50, 500)
    run = cast.a_run(card, agent)
    cast.says(run, Progress(percent=10, step=MILLION, note_md=MILLION))
    cast.says(run, Question(ref="q", message_md=MILLION))
    fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)
    assert run.steps.get().title == "x" * 500


def test_a_subject_of_ten_thousand_characters_is_kept_whole_where_it_is_signed(room, run):
    subject = "timeout " * 1_250
    made = hands_in(run, ClaimMade("c1", subject, 10))
    assert made.manifest["claims"][0]["subject"] == subject
    assert len(Claim.objects.get().subject) == 300
    assert observe(room.id, AT).claims[0].subject == Claim.objects.get().subject


# --- no numbers --------------------------------------------------------------------------


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_claimed_ruled_and_budgeted_by_nobody(room, run, by, value):
    with refused("not_finite"):
        hands_in(run, ClaimMade("c1", "timeout", value))
    with refused("not_finite"):
        set_budget(
            room_id=room.id, subject_id=room.id, what="usd", period="ever", cap=value, by=by, at=AT
        )
    sides = []
    for n in range(2):
        worker = cast.an_agent(room, f"Agent {n}")
        sides.append(a_version(cast.a_card(room), worker, n).claims.get())
    conflict = disagree(room, *sides)
    with refused("not_finite"):
        rule_conflict(conflict_id=conflict.id, value=value, reason="So.", by=by, at=AT)
    assert not Deliverable.objects.filter(run=run).exists()


@pytest.mark.parametrize("policy", [{"attempts": value} for value in NO_NUMBERS])
def test_no_policy_is_made_of_what_is_no_number(room, by, policy, nothing_happens):
    with refused("not_a_number"):
        edit_room(room_id=room.id, changes={"policy": policy}, by=by, at=AT)


# --- the same key for two things ---------------------------------------------------------


def test_one_event_id_in_two_runs_is_two_events(room, agent):
    runs = [cast.a_run(cast.a_card(room), cast.an_agent(room, f"Agent {n}")) for n in range(2)]
    for run in runs:
        assert send(run, cast.a_result(f"by {run.id}"))["accepted"] == 1
    assert Received.objects.filter(event_id="e1").count() == 2


def test_one_event_id_for_two_things_takes_the_first(run):
    send(run, Accepted(), id="e1")
    assert send(run, cast.a_result(), id="e1")["duplicates"] == 1
    assert not Deliverable.objects.exists()


def test_claim_ids_that_are_alike_where_they_are_kept_are_refused(run):
    long = "c" * 64
    with refused("same_claim_twice"):
        hands_in(run, ClaimMade(f"{long}1", "a", 1), ClaimMade(f"{long}2", "b", 2))
    assert not Deliverable.objects.exists()


def test_one_key_for_two_calls_has_the_effect_of_the_first(room):
    def call(body):
        return answer_once(
            workspace_id=room.workspace_id, scope="tok_1", key="k" * 200, body_sha256=body,
            act=lambda: (201, {"id": cast.a_card(room).id}), at=AT,
        )  # fmt: skip

    call("one")
    with refused("idempotency_mismatch"):
        call("two")
    assert Card.objects.count() == 1


def test_conflicts_on_subjects_that_begin_alike_stay_apart(room, by):
    """Two subjects of 400 characters that differ at the end only."""
    made = []
    for n, ending in enumerate(("read", "write")):
        sides = [
            a_version(cast.a_card(room), cast.an_agent(room, f"Agent {n} {k}"), k).claims.get()
            for k in range(2)
        ]
        made.append(disagree(room, *sides, key=f"{'timeout ' * 50}{ending}"))
    rule_conflict(conflict_id=made[0].id, value=1, reason="So.", by=by, at=AT)
    rule_conflict(conflict_id=made[1].id, value=2, reason="So.", by=by, at=AT)
    assert sorted(fact.value for fact in Fact.objects.filter(unpinned_at=None)) == [1, 2]


# --- clocks that jump --------------------------------------------------------------------

JUMPS = {
    "back an hour": (0, -3_600),
    "on a year": (0, 365 * 86_400),
    "there and back": (0, 86_400, -86_400, 10, -10),
    "to and fro": tuple(random.Random(7).randrange(-100_000, 100_000) for _ in range(40)),
}


@pytest.mark.parametrize("jumps", JUMPS.values(), ids=JUMPS)
def test_the_main_job_is_done_on_a_clock_that_jumps(room, agent, owner, by, jumps):
    moments = itertools.cycle(later(jump) for jump in jumps)
    facts = cast.a_card(room)
    report = cast.a_card(room, "Report", depends_on=[facts])
    for card in (facts, report):
        run = give(card, agent.id, at=next(moments))
        offer_run(run_id=run.id, by=RULE, at=next(moments))
        cast.says(run, Accepted(), at=next(moments))
        cast.says(run, Progress(percent=50), at=next(moments))
        first = hands_in(run, ClaimMade("c1", card.title, 1), at=next(moments))
        request_changes(deliverable_id=first.id, reason="More.", by=by, at=next(moments))
        again = give(card, agent.id, round=2, at=next(moments))
        cast.accept(hands_in(again, text="better", at=next(moments)), owner, at=next(moments))
        assert Card.objects.get(id=card.id).status == "done"
        assert verify(next(moments)) == []
    for seconds in jumps:
        assert plan(observe(room.id, later(seconds))).moves == ()


def test_a_clock_that_was_set_back_fails_no_run(room, run):
    cast.says(run, Accepted())
    assert plan(observe(room.id, later(-86_400))).moves == ()
    with refused("not_silent"):
        mark_stale(run_id=run.id, by=RULE, at=later(-86_400))


def test_a_clock_that_was_set_on_fails_only_what_is_overdue_by_it(room, run):
    cast.says(run, Accepted())
    moves = plan(observe(room.id, later(86_400))).moves
    assert [(move.kind, move.run_id) for move in moves] == [("fail_run", run.id)]


def test_a_verdict_from_before_the_work_still_counts(room, version, owner, by):
    cast.accept(version, owner, at=later(-86_400))
    roll_back(deliverable_id=version.id, reason="Wrong.", by=by, at=later(-2 * 86_400))
    newer = hands_in(give(version.card, version.run.agent_id, attempt=2), text="anew")
    reject_deliverable(deliverable_id=newer.id, reason="No.", by=by, at=later(-3 * 86_400))
    assert Card.objects.get().status == "ready"
