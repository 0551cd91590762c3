"""People, ticks and workers who coordinate at the same moment, on real threads.

`test_postgresql.py` runs this module again on a server of its own.
"""

import pytest

from agents.limits import Call, Limits, wait_before
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, answered, disagree, two_sides
from tests.commands.racing import outcomes, race
from workspace.actors import By
from workspace.commands.calls import begin_call
from workspace.commands.cards import CardFacts, take_card
from workspace.commands.choices import choose
from workspace.commands.conflicts import rule_conflict, withdraw_conflict
from workspace.commands.inputs import tell_inputs
from workspace.commands.judgements import ask_judgement, claim_judgement
from workspace.commands.memory import pin_fact
from workspace.commands.packages import compose
from workspace.commands.raising import ask_people
from workspace.commands.remedies import Chosen, choose_remedy
from workspace.commands.reviews import accept_deliverable, open_deliverable, submit_as_person
from workspace.commands.rooms import seat_agent
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.errors import Refused
from workspace.models import (
    Ask,
    Card,
    Conflict,
    Deliverable,
    Delivery,
    Fact,
    Judgement,
    ModelCall,
    Run,
    Standing,
)
from workspace.verify import verify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(transactional_db):
    return cast.an_owner()


@pytest.fixture(autouse=True)
def promises_hold(transactional_db):
    """Whatever the race, no promise is broken afterwards."""
    yield
    assert verify(AT) == []


def give(card, agent, slot=1):
    return assign_card(
        card_id=card.id, agent_id=agent.id, attempt=1, round=1, why={}, slot=slot, by=RULE, at=AT
    )


def accept(version, person):
    return accept_deliverable(
        deliverable_id=version.id, sha256=version.sha256, by=By(person.id), at=AT
    )


# --- conflicts ---------------------------------------------------------------------------


@pytest.fixture
def disputed(room, owner):
    """A conflict of two accepted versions, and a card that builds on both."""
    sides = two_sides(room)
    for claim in sides:
        cast.accept(claim.deliverable, owner)
    report = cast.a_card(room, "Report", depends_on=[one.deliverable.card for one in sides])
    return disagree(room, *sides), report


def rule(conflict, person, value):
    return rule_conflict(
        conflict_id=conflict.id, value=value, reason="Measured.", by=By(person.id), at=AT
    )


def test_two_who_rule_on_one_conflict_rule_once(disputed, owner, reviewer):
    conflict, _ = disputed
    found = race(lambda: rule(conflict, owner, 20), lambda: rule(conflict, reviewer, 40))
    assert outcomes(found) == {"done": 1, "illegal_move": 1}
    conflict.refresh_from_db()
    assert [fact.value for fact in Fact.objects.all()] == [conflict.ruling["value"]]


def test_a_ruling_and_a_withdrawal_do_not_both_happen(disputed, owner):
    conflict, _ = disputed
    found = race(
        lambda: rule(conflict, owner, 20),
        lambda: withdraw_conflict(conflict_id=conflict.id, by=RULE, at=AT),
    )
    assert outcomes(found) == {"done": 1, "illegal_move": 1}
    conflict.refresh_from_db()
    assert Fact.objects.count() == (conflict.status == "ruled")


def test_work_is_given_only_after_the_ruling_it_waited_for(disputed, agent, owner):
    conflict, report = disputed
    _, given = race(lambda: rule(conflict, owner, 20), lambda: give(report, agent))
    assert Run.objects.filter(card=report).exists() == (not isinstance(given, Refused))
    assert outcomes([given]) in ({"done": 1}, {"conflict_open": 1})


def test_a_conflict_that_opens_while_work_is_given_comes_before_or_after_it(room, agent, owner):
    sides = two_sides(room)
    for claim in sides:
        cast.accept(claim.deliverable, owner)
    report = cast.a_card(room, "Report", depends_on=[one.deliverable.card for one in sides])
    found = race(lambda: disagree(room, *sides), lambda: give(report, agent))
    assert outcomes(found) in ({"done": 2}, {"done": 1, "conflict_open": 1})


def test_one_conflict_opened_by_four_ticks_is_one(room):
    sides = two_sides(room)
    found = race(*[lambda: disagree(room, *sides)] * 4)
    assert outcomes(found) == {"done": 1, "stale_move": 3}
    assert Conflict.objects.count() == 1


def test_a_remedy_is_chosen_by_one_tick(run):
    fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)
    parts = [CardFacts(title="Read"), CardFacts(title="Compare", depends_on=["0"])]
    chosen = Chosen(remedy="split", parts=parts)
    found = race(*[lambda: choose_remedy(run_id=run.id, chosen=chosen, by=RULE, at=AT)] * 4)
    assert outcomes(found) == {"done": 1, "already_chosen": 3}
    assert Card.objects.count() == 3


def test_a_remedy_and_a_person_who_takes_the_card_do_not_both_have_it(card, run, contributor):
    fail_run(run_id=run.id, kind="error", evidence={}, by=RULE, at=AT)
    chosen = Chosen(remedy="ask", packet={"code": "judge_asks"})
    race(
        lambda: take_card(card_id=card.id, by=By(contributor.id), at=AT),
        lambda: choose_remedy(run_id=run.id, chosen=chosen, by=RULE, at=AT),
    )
    card.refresh_from_db()
    assert (card.status, Ask.objects.filter(state="open").count()) == ("working", 0)


def test_independent_runs_that_hand_in_at_once_make_a_version_each(room):
    card = cast.a_card(room, independent_runs=4)
    made = [give(card, cast.an_agent(room, f"Agent {slot}"), slot) for slot in range(1, 5)]
    found = race(*[lambda r=one: cast.a_submission(r, f"by {r.id}") for one in made])
    assert outcomes(found) == {"done": 4}
    card.refresh_from_db()
    assert sorted(card.deliverables.values_list("version", flat=True)) == [1, 2, 3, 4]
    assert (card.status, card.versions) == ("review", 4)


def test_one_slot_is_filled_once_however_many_ask(room):
    card = cast.a_card(room, independent_runs=2)
    agents = [cast.an_agent(room, f"Agent {n}") for n in range(4)]
    found = race(*[lambda n=n: give(card, agents[n], 1 + n % 2) for n in range(4)])
    assert outcomes(found) == {"done": 2, "card_not_free": 2}
    assert sorted(card.runs.values_list("slot", flat=True)) == [1, 2]


def test_two_verdicts_on_two_independent_versions_accept_one(room, owner, reviewer):
    card = cast.a_card(room, independent_runs=2)
    made = [give(card, cast.an_agent(room, f"Agent {slot}"), slot) for slot in (1, 2)]
    versions = [cast.a_submission(run, f"by {run.id}") for run in made]
    for version in versions:
        for person in (owner, reviewer):
            open_deliverable(deliverable_id=version.id, by=By(person.id), at=AT)
    found = race(lambda: accept(versions[0], owner), lambda: accept(versions[1], reviewer))
    assert outcomes(found) == {"done": 1, "illegal_move": 1}
    states = sorted(Deliverable.objects.values_list("state", flat=True))
    assert states == ["accepted", "superseded"]


# --- what is counted across rooms --------------------------------------------------------


def test_the_models_limit_is_not_passed_by_workers_who_begin_at_once(room):
    asked = []
    for n in range(6):
        question = ask_judgement(
            room_id=room.id, kind="check", subject_id=f"dlv_{n}", revision=1, judge="kimi",
            by=RULE, at=AT,
        )  # fmt: skip
        asked.append(claim_judgement(judgement_id=question.id, at=AT))
    limits = Limits(concurrency=2, rpm=0, tpm=0)

    def wait(rows):
        calls = [Call(one.at, one.tokens_wanted, one.ended_at) for one in rows]
        return wait_before(calls, AT, 100, limits)

    def begin(n):
        return begin_call(judgement_id=asked[n].id, tokens_wanted=100, wait=wait, at=AT)

    found = race(*[lambda n=n: begin(n) for n in range(6)])
    assert (sum(one is not None for one in found), ModelCall.objects.count()) == (2, 2)
    assert Judgement.objects.filter(state="wanted").count() == 4


@pytest.mark.parametrize("known", [False, True])
def test_what_an_agent_shows_in_four_rooms_at_once_is_all_counted(owner, by, known):
    rooms = [cast.a_room(owner, name=f"Room {n}") for n in range(4)]
    agent = cast.an_agent(rooms[0], skills=("code", "docs", "law"), max_concurrency=9)
    for room in rooms[1:]:
        seat_agent(room_id=room.id, agent_id=agent.id, by=by, at=AT)
    orders = (["code", "docs", "law"], ["law", "docs", "code"])
    if known:
        first = cast.a_run(cast.a_card(rooms[0], skills=orders[0]), agent)
        fail_run(run_id=first.id, kind="error", evidence={}, by=RULE, at=AT)
    runs = [
        cast.a_run(cast.a_card(room, skills=orders[n % 2]), agent) for n, room in enumerate(rooms)
    ]
    found = race(
        *[
            lambda r=run: fail_run(run_id=r.id, kind="error", evidence={}, by=RULE, at=AT)
            for run in runs
        ]
    )
    assert outcomes(found) == {"done": 4}
    row = Standing.objects.get(agent=agent, skill="", kind="")
    assert round(row.bad, 4) == round(sum(0.8**n for n in range(4 + known)), 4)


def test_a_package_is_made_by_one_tick(room, version, owner):
    cast.accept(version, owner)
    asked = answered(room, "compose", room.id, {"type": "compose"})

    def make():
        return compose(
            room_id=room.id, judgement_id=asked.id, title="", overview="", sections=[], by=RULE,
            at=AT,
        )  # fmt: skip

    assert outcomes(race(*[make] * 3)) == {"done": 1, "illegal_move": 2}


def test_what_two_people_choose_at_once_is_done_once(room, owner, reviewer):
    asked = ask_people(
        room_id=room.id, code="off_course", params={}, options=["plan_again", "carry_on"], by=RULE,
        at=AT,
    )  # fmt: skip
    found = race(
        lambda: choose(ask_id=asked.id, choice="plan_again", by=By(owner.id), at=AT),
        lambda: choose(ask_id=asked.id, choice="carry_on", by=By(reviewer.id), at=AT),
    )
    assert outcomes(found) == {"done": 1, "ask_closed": 1}


def test_inputs_that_are_told_twice_at_once_are_told_once(room, version, owner, agent):
    cast.accept(version, owner)
    live = cast.a_run(cast.a_card(room, "Report", depends_on=[version.card]), agent)
    newer = submit_as_person(
        card_id=version.card_id, result=cast.a_result("better"), by=By(owner.id), at=AT
    )
    cast.accept(newer, owner)
    found = race(*[lambda: tell_inputs(run_id=live.id, by=RULE, at=AT)] * 3)
    assert outcomes(found) == {"done": 1, "stale_move": 2}
    assert Delivery.objects.filter(run=live, type="card.revised").count() == 1


def test_a_memory_is_never_fuller_than_it_may_be(room, by):
    for n in range(198):
        pin_fact(room_id=room.id, subject=f"Fact {n}", text="Holds.", by=by, at=AT)
    found = race(
        *[lambda: pin_fact(room_id=room.id, subject="Last", text="Holds.", by=by, at=AT)] * 4
    )
    assert outcomes(found) == {"done": 2, "too_many_facts": 2}
