"""What people's answers to the coordinator's own questions do."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, hands_in
from tests.commands.refusing import later, refused
from workspace.actors import SYSTEM, By
from workspace.commands.asks import answer_ask
from workspace.commands.budgets import ask_about_budget, set_budget
from workspace.commands.choices import EFFECTS, answer_any, choose
from workspace.commands.inputs import ask_standing
from workspace.commands.judgements import plan_room
from workspace.commands.raising import ask_people
from workspace.commands.reviews import roll_back, submit_as_person
from workspace.models import Ask, Budget, Card, Event, Judgement, Room, Run, Standing
from workspace.queries import changed_inputs
from workspace.reports import Question
from workspace.verify import verify

OPTIONS = {
    "judge_trouble": ["try_again", "stay_with_rules"],
    "judge_keeps_failing": ["try_again", "stay_with_rules"],
    "off_course": ["plan_again", "carry_on"],
}


@pytest.fixture(autouse=True)
def promises_hold(db):
    yield
    assert verify(AT) == []


def ask(room, code):
    return ask_people(room_id=room.id, code=code, params={}, options=OPTIONS[code], by=RULE, at=AT)


def take(asked, choice, by):
    return choose(ask_id=asked.id, choice=choice, by=by, at=later(9))


def fresh(row):
    return type(row).objects.get(id=row.id)


# --- who and what ------------------------------------------------------------------------


def test_a_choice_is_kept_with_who_made_it(room, by, owner):
    asked = take(ask(room, "off_course"), "carry_on", by)
    assert (asked.state, asked.answer, asked.answered_by_id) == (
        "answered", {"choice": "carry_on"}, owner.id,
    )  # fmt: skip


def test_what_needs_no_effect_has_none(room, by):
    take(ask(room, "off_course"), "carry_on", by)
    assert not Judgement.objects.exists()


@pytest.mark.parametrize("choice", ["", "plan", "PLAN_AGAIN", "plan_again ", "x" * 10_000])
def test_what_was_not_offered_is_not_chosen(room, by, choice):
    asked = ask(room, "off_course")
    with refused("not_a_choice", field="choice"):
        take(asked, choice, by)
    assert fresh(asked).state == "open"


def test_a_choice_is_made_once(room, by):
    asked = ask(room, "off_course")
    take(asked, "carry_on", by)
    with refused("ask_closed", state="answered"):
        take(asked, "plan_again", by)


def test_a_question_of_a_run_is_not_chosen_from(run, by):
    cast.says(run, Question(ref="q", message_md="Which?"))
    with refused("not_a_choice"):
        take(Ask.objects.get(), "stands", by)


def test_a_choice_is_not_answered_in_words(room, by):
    asked = ask(room, "off_course")
    with refused("answer_by_choosing"):
        answer_ask(ask_id=asked.id, answer={"action": "accept"}, by=by, at=AT)


def test_any_ask_is_answered_through_one_door(room, run, by):
    chosen = answer_any(
        ask_id=ask(room, "off_course").id, answer={"choice": "carry_on"}, by=by, at=AT
    )
    cast.says(run, Question(ref="q", message_md="Which?"))
    asked = Ask.objects.get(kind="question")
    said = {"action": "accept", "content": {"answer": "This."}}
    answer_any(ask_id=asked.id, answer=said, by=by, at=AT)
    assert (chosen.answer, fresh(asked).answer) == ({"choice": "carry_on"}, said)


@pytest.mark.parametrize("answer", [{}, {"choice": None}, {"choice": ["carry_on"]}, {"choice": 7}])
def test_an_answer_that_chooses_nothing_is_refused(room, by, answer):
    asked = ask(room, "off_course")
    with refused("not_a_choice"):
        answer_any(ask_id=asked.id, answer=answer, by=by, at=AT)


def test_an_observer_chooses_nothing(room, observer):
    with refused("not_allowed", permission="ask.answer"):
        take(ask(room, "off_course"), "carry_on", By(observer.id))


@pytest.mark.parametrize("who", ["agent", "coordinator", "system"])
def test_only_a_person_chooses(room, agent, who):
    by = {"agent": By(agent.id), "coordinator": RULE, "system": SYSTEM}[who]
    with refused("not_allowed", permission="ask.answer"):
        take(ask(room, "off_course"), "carry_on", by)


def test_every_effect_belongs_to_an_option_that_is_offered():
    known = {(code, option) for code, options in OPTIONS.items() for option in options}
    known |= {("inputs_changed", "stands"), ("inputs_changed", "redo")}
    known |= {("budget_used_up", "raise_by_half"), ("budget_used_up", "stay_stopped")}
    assert set(EFFECTS) <= known


# --- about the room ----------------------------------------------------------------------


def test_people_send_the_room_back_to_its_model(room, by):
    Room.objects.update(judge="rules", judge_note={"code": "judge_failed", "params": {}})
    take(ask(room, "judge_trouble"), "try_again", by)
    found = fresh(room)
    assert (found.judge, found.judge_note) == ("kimi", {})


def test_people_stay_with_the_rules(room, by):
    take(ask(room, "judge_trouble"), "stay_with_rules", by)
    found = fresh(room)
    assert (found.judge, found.judge_note["code"]) == ("rules", "people_chose_rules")


def test_people_plan_again(room, by):
    take(ask(room, "off_course"), "plan_again", by)
    assert Judgement.objects.get().kind == "plan"


def test_planning_twice_at_once_is_refused_and_the_question_stays(room, by):
    asked = ask(room, "off_course")
    plan_room(room_id=room.id, by=by, at=AT)
    with refused("already_planning"):
        take(asked, "plan_again", by)
    assert fresh(asked).state == "open"


def test_people_raise_a_budget_by_half(room, by):
    budget = set_budget(
        room_id=room.id, subject_id=room.id, what="steps", period="ever", cap=10, by=by, at=AT
    )
    Budget.objects.update(spent=10)
    asked = ask_about_budget(room_id=room.id, budget_id=budget.id, by=RULE, at=AT)
    take(asked, "raise_by_half", by)
    assert fresh(budget).cap == 15


def test_a_budget_is_not_raised_by_who_may_not_set_it(room, by, contributor):
    budget = set_budget(
        room_id=room.id, subject_id=room.id, what="steps", period="ever", cap=10, by=by, at=AT
    )
    Budget.objects.update(spent=10)
    asked = ask_about_budget(room_id=room.id, budget_id=budget.id, by=RULE, at=AT)
    with refused("not_allowed", permission="budget.set"):
        take(asked, "raise_by_half", By(contributor.id))
    assert (fresh(budget).cap, fresh(asked).state) == (10, "open")


# --- about finished work -----------------------------------------------------------------


@pytest.fixture
def chain(room, version, owner, agent):
    """Three done cards, each built on the one before; their accepted versions."""
    made = [cast.accept(version, owner)]
    for name in ("Report", "Summary"):
        card = cast.a_card(room, name, depends_on=[made[-1].card])
        made.append(cast.accept(hands_in(cast.a_run(card, agent), text=name), owner))
    return made


def standing(version):
    return ask_standing(card_id=version.card_id, run_id=version.run_id, by=RULE, at=AT)


def taken_back(version, by):
    roll_back(deliverable_id=version.id, reason="Wrong source.", by=by, at=AT)


def changed(version):
    found = changed_inputs([Run.objects.get(id=version.run_id)])
    return [one.was.id for several in found.values() for one in several]


def status(version):
    return Card.objects.get(id=version.card_id).status


def test_what_stands_stays_done_and_is_not_asked_about_again(chain, by):
    taken_back(chain[0], by)
    take(standing(chain[1]), "stands", by)
    assert (status(chain[1]), changed(chain[1])) == ("done", [])
    with refused("stale_move"):
        standing(chain[1])
    assert Event.objects.filter(type="card.confirmed").count() == 1


def test_what_is_to_be_done_again_is_ready_and_waits_for_its_input(chain, agent, by, owner):
    taken_back(chain[0], by)
    take(standing(chain[1]), "redo", by)
    card = Card.objects.get(id=chain[1].card_id)
    assert (card.status, card.reason["code"], fresh(chain[1]).state) == (
        "ready", "inputs_changed", "rolled_back",
    )  # fmt: skip
    with refused("blocked"):
        cast.a_run(card, agent)


def test_doing_again_asks_on_down_the_line(chain, by):
    taken_back(chain[0], by)
    assert changed(chain[2]) == []
    take(standing(chain[1]), "redo", by)
    assert changed(chain[2]) == [chain[1].id]
    take(standing(chain[2]), "redo", by)
    assert [status(version) for version in chain] == ["ready", "ready", "ready"]


def test_whoever_made_work_that_is_done_again_is_not_blamed(chain, by):
    before = Standing.objects.get(skill="", kind="").bad
    taken_back(chain[0], by)
    once = Standing.objects.get(skill="", kind="").bad
    take(standing(chain[1]), "redo", by)
    assert once > before
    assert Standing.objects.get(skill="", kind="").bad == once


def test_who_may_not_take_an_acceptance_back_does_not_do_so_by_answering(chain, by, contributor):
    taken_back(chain[0], by)
    asked = standing(chain[1])
    with refused("not_allowed", permission="deliverable.roll_back"):
        take(asked, "redo", By(contributor.id))
    assert (status(chain[1]), fresh(asked).state) == ("done", "open")


def test_only_what_people_were_told_of_is_settled(room, chain, agent, owner, by):
    """A second input is taken back while the question about the first one is open."""
    other = cast.accept(hands_in(cast.a_run(cast.a_card(room, "Other"), agent)), owner)
    card = cast.a_card(room, "Both", depends_on=[chain[0].card, other.card])
    both = cast.accept(hands_in(cast.a_run(card, agent)), owner)
    taken_back(chain[0], by)
    asked = standing(both)
    taken_back(other, by)
    take(asked, "stands", by)
    assert changed(both) == [other.id]
    assert standing(both).state == "open"


def test_an_answer_to_a_question_that_no_longer_matters_is_refused(chain, owner, by):
    taken_back(chain[0], by)
    asked = standing(chain[1])
    submit_as_person(card_id=chain[0].card_id, result=cast.a_result("better"), by=by, at=AT)
    cast.accept(chain[0].card.deliverables.get(version=2), owner)
    taken_back(chain[1], by)
    with refused("ask_closed", state="cancelled"):
        take(asked, "redo", by)
