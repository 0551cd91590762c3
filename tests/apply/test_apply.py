"""Moves → commands: each kind is carried out, and a refusal never stops the rest."""

from datetime import timedelta

import pytest

from agents.apply import apply, carry_out
from agents.coordinator import moves
from agents.coordinator.moves import (
    AskJudgement,
    AskPeople,
    AskStanding,
    Assign,
    CancelRun,
    FailRun,
    HandOff,
    MarkStale,
    OfferCard,
    OpenConflict,
    Reason,
    Remedy,
    TakeAnswer,
    TakeBack,
    TakePlan,
    TellInputs,
    Tried,
    WarnBudget,
    WithdrawConflict,
)
from agents.judge.proposals import Abstain, PlannedCard, PlanProposal
from agents.judge.saved import proposal_to_data
from agents.observe import observe
from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE, answered, disagree, hands_in, two_sides
from tests.commands.refusing import later, refused
from workspace.actors import By
from workspace.commands.budgets import set_budget
from workspace.commands.cards import cancel_card, take_card
from workspace.commands.conflicts import rule_conflict
from workspace.commands.reviews import reject_deliverable, roll_back, submit_as_person
from workspace.commands.rooms import edit_room
from workspace.commands.runs import fail_run
from workspace.commands.starting import assign_card
from workspace.models import Ask, Budget, Card, Conflict, Event, Judgement, Run
from workspace.reports import Accepted
from workspace.verify import verify

WHY = Reason("tested", {"numbers": (1, 2), "of": {"a": 1}})
GOAL = PlannedCard(ref="a", title="The whole goal", brief="All of it.", kind="report")


@pytest.fixture(autouse=True)
def promises_hold(db):
    yield
    assert verify(AT) == []


def board(room, at=AT):
    found = observe(room.id, at)
    assert found is not None
    return found


def do(room, *some, at=AT):
    """Carry the moves out; the codes of those that were refused."""
    return [why.code for _, why in apply(some, board(room, at), at)]


def fail(run, kind="error"):
    return fail_run(run_id=run.id, kind=kind, evidence={}, by=RULE, at=AT)


def fresh(row):
    return type(row).objects.get(id=row.id)


def cause_of(kind):
    return Event.objects.filter(type=kind).order_by("-seq")[0].cause


# --- every move --------------------------------------------------------------------------


def test_there_is_a_command_for_every_move():
    known = {one for one in vars(moves).values() if isinstance(one, type)}
    kinds = {one for one in known if issubclass(one, moves.Move) and one is not moves.Move}
    assert kinds <= set(carry_out.registry)


def test_a_move_nobody_knows_is_a_mistake_and_no_refusal(room):
    with pytest.raises(TypeError, match="no command carries out"):
        apply((moves.Move(reason=WHY),), board(room), AT)


def test_a_suggestion_is_not_carried_out(room, card):
    move = HandOff(card_id=card.id, tried=(), reason=WHY, suggested=True)
    assert do(room, move) == []
    assert fresh(card).status == "ready"


def test_what_is_refused_does_not_stop_what_comes_after_it(room, card, agent):
    gone = Assign(card_id="card_none", agent_id=agent.id, attempt=1, round=1, reason=WHY)
    unknown = Assign(card_id=card.id, agent_id="agt_none", attempt=1, round=1, reason=WHY)
    good = Assign(card_id=card.id, agent_id=agent.id, attempt=1, round=1, reason=WHY)
    assert do(room, gone, unknown, good, good) == ["not_found", "not_found", "card_not_free"]
    assert Run.objects.get().agent_id == agent.id


# --- judgements and plans ----------------------------------------------------------------


def test_a_question_is_put_with_what_it_is_about(room, run):
    move = AskJudgement(
        judgement="diagnose", subject_id=run.id, revision=1, judge="rules", reason=WHY
    )
    assert do(room, move) == []
    asked = Judgement.objects.get()
    assert (asked.kind, asked.subject_id, asked.judge, asked.state) == (
        "diagnose", run.id, "rules", "wanted",
    )  # fmt: skip
    assert asked.asked_about == {"numbers": [1, 2], "of": {"a": 1}, "card_revision": 1}
    assert cause_of("judgement.asked") == {
        "rule": "tested", "params": {"numbers": [1, 2], "of": {"a": 1}},
    }  # fmt: skip


def test_a_plan_becomes_cards(room):
    cards = (GOAL, PlannedCard(ref="b", title="Then", brief="", depends_on=("a",)))
    judgement = answered(room, "plan", room.id, proposal_to_data(PlanProposal(cards)))
    assert do(room, TakePlan(judgement_id=judgement.id, reason=WHY)) == []
    first, second = Card.objects.order_by("number")
    assert second.dependencies.get().needs_id == first.id
    assert cause_of("card.created")["judgement"] == judgement.id


def test_an_offer_waits_to_be_sorted(room):
    offer = proposal_to_data(Abstain("no_parts", {}, GOAL))
    judgement = answered(room, "plan", room.id, offer)
    assert do(room, OfferCard(judgement_id=judgement.id, reason=WHY)) == []
    assert Card.objects.get().status == "triage"


def test_an_abstention_without_an_offer_makes_no_card(room):
    judgement = answered(room, "plan", room.id, proposal_to_data(Abstain("no_parts")))
    assert do(room, OfferCard(judgement_id=judgement.id, reason=WHY)) == []
    assert not Card.objects.exists()
    assert fresh(judgement).state == "taken"


def test_a_plan_is_no_offer_and_an_offer_is_no_plan(room):
    plan = answered(room, "plan", room.id, proposal_to_data(PlanProposal((GOAL,))))
    assert do(room, OfferCard(judgement_id=plan.id, reason=WHY)) == ["not_an_offer"]
    offer = answered(room, "plan", room.id, proposal_to_data(Abstain("no_parts", {}, GOAL)))
    assert do(room, TakePlan(judgement_id=offer.id, reason=WHY)) == ["not_a_plan"]
    assert not Card.objects.exists()


def test_a_plan_for_an_older_goal_is_refused_and_makes_no_card(room, by):
    plan = answered(room, "plan", room.id, proposal_to_data(PlanProposal((GOAL,))))
    edit_room(room_id=room.id, changes={"goal": "Another."}, by=by, at=AT)
    assert do(room, TakePlan(judgement_id=plan.id, reason=WHY)) == ["stale_move"]
    assert not Card.objects.exists()


@pytest.mark.parametrize("move", [TakePlan, OfferCard])
def test_what_nobody_answered_is_not_taken(room, move):
    assert do(room, move(judgement_id="jdg_none", reason=WHY)) == ["not_found"]


# --- runs --------------------------------------------------------------------------------


def test_a_card_is_given_with_the_numbers_it_was_decided_by(room, card, agent):
    move = Assign(card_id=card.id, agent_id=agent.id, attempt=1, round=1, reason=WHY)
    assert do(room, move) == []
    run = Run.objects.get()
    assert run.why == {"code": "tested", "params": {"numbers": [1, 2], "of": {"a": 1}}}
    assert cause_of("run.queued") == {"rule": "tested", "params": run.why["params"]}


def test_a_card_that_a_model_gave_names_its_judgement(room, card, agent):
    said = {"type": "assign", "cards": []}
    judgement = answered(room, "assign", room.id, said)
    move = Assign(
        card_id=card.id, agent_id=agent.id, attempt=1, round=1, judgement_id=judgement.id,
        reason=WHY,
    )  # fmt: skip
    assert do(room, move) == []
    assert cause_of("run.queued")["judgement"] == judgement.id


def test_an_independent_run_is_given_to_its_slot(room, agent):
    card = cast.a_card(room, independent_runs=2)
    move = Assign(card_id=card.id, agent_id=agent.id, attempt=1, round=1, slot=2, reason=WHY)
    assert do(room, move) == []
    assert Run.objects.get().slot == 2


def test_a_silent_run_is_shown_as_such(room, run):
    cast.says(run, Accepted())
    quiet = later(run.timings["silent_after"] + 1)
    assert do(room, MarkStale(run_id=run.id, reason=WHY), at=quiet) == []
    assert fresh(run).state == "stale"


def test_a_run_that_spoke_again_is_not_shown_as_silent(room, run):
    cast.says(run, Accepted())
    assert do(room, MarkStale(run_id=run.id, reason=WHY)) == ["not_silent"]


def test_a_run_fails_with_its_evidence(room, run):
    move = FailRun(run_id=run.id, failure="looping", reason=Reason("looping", {"count": 5}))
    assert do(room, move) == []
    assert (fresh(run).failure, fresh(run).reason["params"]) == ("looping", {"count": 5})


def test_a_run_that_gave_a_sign_since_it_was_looked_at_is_not_failed_for_its_silence(room, run):
    cast.says(run, Accepted())
    seen = board(room)
    cast.says(run, Accepted(), at=later(5))
    move = FailRun(run_id=run.id, failure="stalled", reason=WHY)
    (found,) = apply((move,), seen, later(6))
    assert (found[1].code, fresh(run).state) == ("stale_move", "working")


def test_a_run_that_is_in_another_state_by_now_is_not_failed(room, run):
    seen = board(room)
    cast.says(run, Accepted())
    (found,) = apply((FailRun(run_id=run.id, failure="deadline", reason=WHY),), seen, AT)
    assert found[1].code == "stale_move"


def test_a_run_is_told_to_stop(room, card, run):
    assert do(room, CancelRun(run_id=run.id, reason=WHY)) == []
    assert (fresh(run).state, fresh(card).status) == ("superseded", "ready")


# --- people ------------------------------------------------------------------------------


def test_a_card_is_handed_over_with_everything_that_was_tried_and_taken_back(room, card, run):
    fail(run)
    tried = (Tried(run.id, "agent", run.agent_id, 1, 1, "failed", "error"),)
    assert do(room, HandOff(card_id=card.id, tried=tried, reason=WHY)) == []
    body = Ask.objects.get().body
    assert (body["code"], body["tried"][0]["failure"]) == ("tested", "error")
    assert do(room, TakeBack(card_id=card.id, reason=WHY)) == []
    assert fresh(card).status == "ready"


def test_people_are_asked_about_the_room_once(room):
    move = AskPeople(code="judge_trouble", options=("try_again",), reason=WHY)
    assert do(room, move, move) == ["already_asked"]
    assert Ask.objects.get().body["options"] == ["try_again"]


def test_people_are_warned_of_a_budget_and_asked_for_more(room, by):
    made = set_budget(
        room_id=room.id, subject_id=room.id, what="steps", period="ever", cap=10, by=by, at=AT
    )
    Budget.objects.update(spent=9)
    warn = WarnBudget(budget_id=made.id, reason=WHY)
    assert do(room, warn, warn) == ["stale_move"]
    Budget.objects.update(spent=10)
    why = Reason("budget_used_up", {"budget_id": made.id})
    ask = AskPeople(code="budget_used_up", options=(), reason=why)
    assert do(room, ask, ask) == ["already_asked"]
    assert Ask.objects.get().body["options"] == ["raise_by_half", "stay_stopped"]
    assert (fresh(made).warned_at, fresh(made).asked_at) == (AT, AT)


# --- remedies, inputs, conflicts ---------------------------------------------------------


@pytest.mark.parametrize("remedy", ["retry", "reassign"])
def test_a_remedy_without_a_judgement_says_its_rule(room, run, remedy):
    fail(run, "stalled")
    assert do(room, Remedy(run_id=run.id, remedy=remedy, reason=WHY)) == []
    assert (fresh(run).remedy.remedy, fresh(run).remedy.cause) == (remedy, "tested")


@pytest.fixture
def report(room, version, owner, agent):
    """A run that was given an accepted version which has been replaced since."""
    cast.accept(version, owner)
    run = cast.a_run(cast.a_card(room, "Report", depends_on=[version.card]), agent)
    by = By(owner.id)
    newer = submit_as_person(card_id=version.card_id, result=cast.a_result("better"), by=by, at=AT)
    cast.accept(newer, owner)
    return run


def test_a_run_is_given_what_took_the_place_of_its_inputs(room, report):
    assert do(room, TellInputs(run_id=report.id, reason=WHY)) == []
    assert report.inputs.count() == 2
    assert do(room, TellInputs(run_id=report.id, reason=WHY)) == ["stale_move"]


def test_people_are_asked_whether_finished_work_stands(room, report, owner):
    cast.accept(hands_in(report), owner)
    move = AskStanding(card_id=report.card_id, run_id=report.id, reason=WHY)
    assert do(room, move, move) == ["already_asked"]
    assert Ask.objects.get().body["code"] == "inputs_changed"


def test_a_conflict_is_opened_grown_and_withdrawn(room):
    ids = [claim.id for claim in two_sides(room)]
    move = OpenConflict(key="timeout", claim_ids=tuple(ids), reason=WHY)
    assert do(room, move, move) == ["stale_move"]
    conflict = Conflict.objects.get()
    assert (conflict.key, conflict.reason["code"]) == ("timeout", "tested")
    third = two_sides(room)[0]
    more = OpenConflict(key="timeout", claim_ids=(*ids, third.id), reason=WHY)
    assert do(room, more) == []
    withdraw = WithdrawConflict(conflict_id=conflict.id, reason=WHY)
    assert do(room, withdraw, withdraw) == ["illegal_move"]
    assert (len(fresh(conflict).heard), fresh(conflict).status) == (3, "withdrawn")


def test_a_ruling_that_came_first_is_not_undone_by_an_older_plan(room, by):
    conflict = disagree(room, *two_sides(room))
    seen = board(room)
    rule_conflict(conflict_id=conflict.id, value=20, reason="So.", by=by, at=AT)
    (found,) = apply((WithdrawConflict(conflict_id=conflict.id, reason=WHY),), seen, AT)
    assert (found[1].code, fresh(conflict).status) == ("illegal_move", "ruled")


# --- facts that have moved on ------------------------------------------------------------


def test_moves_that_came_too_late_change_nothing(room, card, agent, run, version, owner, by):
    """Between the look and the deed a person took the card that agents were to have."""
    reject_deliverable(deliverable_id=version.id, reason="No.", by=by, at=AT)
    seen = board(room)
    take_card(card_id=card.id, by=by, at=AT)
    before = Event.objects.count()
    late = (
        Assign(card_id=card.id, agent_id=agent.id, attempt=2, round=1, reason=WHY),
        HandOff(card_id=card.id, tried=(), reason=WHY),
        Remedy(run_id=run.id, remedy="retry", reason=WHY),
        TakeBack(card_id=card.id, reason=WHY),
    )
    assert [why.code for _, why in apply(late, seen, AT)] == [
        "card_not_free", "card_not_free", "stale_move", "not_handed_over",
    ]  # fmt: skip
    assert Event.objects.count() == before


def test_a_plan_made_before_a_roll_back_gives_nobody_what_is_gone(room, version, owner, agent, by):
    cast.accept(version, owner)
    report = cast.a_card(room, "Report", depends_on=[version.card])
    seen = board(room)
    roll_back(deliverable_id=version.id, reason="Wrong.", by=by, at=AT)
    move = Assign(card_id=report.id, agent_id=agent.id, attempt=1, round=1, reason=WHY)
    (found,) = apply((move,), seen, AT)
    assert (found[1].code, fresh(report).status) == ("blocked", "ready")


def test_a_cancelled_card_is_not_given(room, card, agent, by):
    seen = board(room)
    cancel_card(card_id=card.id, by=by, at=AT)
    move = Assign(card_id=card.id, agent_id=agent.id, attempt=1, round=1, reason=WHY)
    assert [why.code for _, why in apply((move,), seen, AT)] == ["card_not_free"]


def test_an_agent_at_its_limit_is_given_no_more(room, card, agent):
    seen = board(room)
    for n in range(agent.max_concurrency):
        assign_card(
            card_id=cast.a_card(room, f"Card {n}").id, agent_id=agent.id, attempt=1, round=1,
            why={}, by=RULE, at=AT + timedelta(seconds=n),
        )  # fmt: skip
    move = Assign(card_id=card.id, agent_id=agent.id, attempt=1, round=1, reason=WHY)
    assert [why.code for _, why in apply((move,), seen, AT)] == ["agent_busy"]


def test_an_answer_that_is_gone_is_refused(room):
    move = TakeAnswer(
        judgement_id="jdg_none", judgement="diagnose", subject_id="run_none", reason=WHY
    )
    with refused("not_found"):
        carry_out(move, board(room), AT)
