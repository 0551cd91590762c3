"""Judgements: asked once, claimed by one, answered for the revision they were asked for."""

import pytest

from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import By, coordinator
from workspace.commands.cards import CardFacts
from workspace.commands.judgements import (
    answer_judgement,
    ask_judgement,
    claim_judgement,
    note_trouble,
    plan_room,
    retry_at,
    take_plan,
)
from workspace.commands.rooms import edit_room
from workspace.commands.ticks import due_work
from workspace.models import Card, Dependency, Event, Judgement

RULE = coordinator(rule="goal_without_plan")
PLAN = {"type": "plan", "cards": [], "note": ""}
ABSTAIN = {"type": "abstain", "code": "no_parts", "params": {}, "offer": None}


@pytest.fixture
def asked(room) -> Judgement:
    return ask(room)


def ask(room, judge=None):
    room.refresh_from_db()
    return ask_judgement(
        room_id=room.id, kind="plan", subject_id=room.id, revision=room.revision, judge=judge,
        by=RULE, at=AT,
    )  # fmt: skip


def answer(judgement, proposal=PLAN, judge="rules"):
    return answer_judgement(
        judgement_id=judgement.id, judge=judge, proposal=proposal, verdict={"code": "valid"},
        facts={"model": "", "latency_ms": 3}, at=AT,
    )  # fmt: skip


def take(judgement, *cards, status="ready"):
    return take_plan(judgement_id=judgement.id, cards=list(cards), status=status, by=RULE, at=AT)


def trouble(judgement, again_at=None, at=AT):
    return note_trouble(
        judgement_id=judgement.id, code="http_500", params={"status": 500}, again_at=again_at,
        at=at,
    )  # fmt: skip


def state_of(judgement):
    return Judgement.objects.get(id=judgement.id).state


# --- asked and claimed -------------------------------------------------------------------


def test_a_newer_question_gives_up_the_open_one(room, asked):
    newer = ask(room)
    assert (state_of(asked), state_of(newer)) == ("discarded", "wanted")


def test_a_person_asks_for_one_plan_at_a_time(room, by):
    plan_room(room_id=room.id, by=by, at=AT)
    with refused("already_planning"):
        plan_room(room_id=room.id, by=by, at=AT)


def test_an_observer_does_not_ask_for_a_plan(room, observer):
    with refused("not_allowed", permission="room.plan"):
        plan_room(room_id=room.id, by=By(observer.id), at=AT)


def test_a_judgement_is_claimed_by_one(asked):
    assert claim_judgement(judgement_id=asked.id, at=AT).state == "asking"
    assert claim_judgement(judgement_id=asked.id, at=later(60)) is None


def test_a_claim_lapses(asked):
    claim_judgement(judgement_id=asked.id, at=AT)
    again = claim_judgement(judgement_id=asked.id, at=later(90))
    assert (again.state, again.tries) == ("asking", 2)


def test_a_clock_that_was_set_back_holds_no_judgement_up(asked):
    back = later(-86_400)
    assert claim_judgement(judgement_id=asked.id, at=later(0)) is not None
    Judgement.objects.filter(id=asked.id).update(asked_at=later(-100_000))
    assert list(due_work(back)["judge"]) == [asked.id]
    assert claim_judgement(judgement_id=asked.id, at=back) is not None
    assert claim_judgement(judgement_id=asked.id, at=back) is None
    Judgement.objects.filter(id=asked.id).update(
        state="wanted", claimed_until=None, asked_at=later(0), due_at=later(1)
    )
    assert claim_judgement(judgement_id=asked.id, at=back) is not None


def test_nothing_is_claimed_before_it_is_due(asked):
    claim_judgement(judgement_id=asked.id, at=AT)
    trouble(asked, again_at=later(30))
    assert claim_judgement(judgement_id=asked.id, at=later(29)) is None
    assert claim_judgement(judgement_id=asked.id, at=later(30)) is not None


def test_nothing_is_claimed_that_is_over_or_unknown(asked):
    answer(asked)
    assert claim_judgement(judgement_id=asked.id, at=AT) is None
    assert claim_judgement(judgement_id="jdg_none", at=AT) is None


# --- answered ----------------------------------------------------------------------------


def test_an_answer_is_kept_with_who_gave_it(asked):
    found = answer(asked, judge="kimi")
    assert (found.state, found.judge, found.latency_ms) == ("answered", "kimi", 3)
    assert not Event.objects.get(type="judgement.answered").data["abstained"]


def test_an_abstention_is_told_as_one(asked):
    answer(asked, ABSTAIN)
    assert Event.objects.get(type="judgement.answered").data["abstained"]


def test_an_answer_for_an_older_goal_is_discarded(room, by, asked):
    edit_room(room_id=room.id, changes={"goal": "Another."}, by=by, at=AT)
    assert answer(asked).state == "discarded"
    with refused("stale_move"):
        take(asked, CardFacts(title="Of the old goal"))
    assert not Card.objects.exists()


def test_an_answer_is_not_taken_once_the_goal_has_changed(room, by, asked):
    answer(asked)
    edit_room(room_id=room.id, changes={"goal": "Another."}, by=by, at=AT)
    with refused("stale_move", state="answered"):
        take(asked, CardFacts(title="Of the old goal"))
    assert not Card.objects.exists()


def test_a_judgement_is_answered_once(asked):
    answer(asked)
    with refused("judgement_closed", state="answered"):
        answer(asked)


def test_an_answer_to_what_was_given_up_is_refused(room, asked):
    ask(room)
    with refused("judgement_closed", state="discarded"):
        answer(asked)


def test_trouble_is_kept_and_asked_again_or_given_up(asked):
    claim_judgement(judgement_id=asked.id, at=AT)
    assert trouble(asked, again_at=later(2)).state == "wanted"
    claim_judgement(judgement_id=asked.id, at=later(2))
    found = trouble(asked, at=later(3))
    assert (found.state, [one["code"] for one in found.trouble]) == ("failed", ["http_500"] * 2)
    assert Event.objects.filter(type="judgement.trouble").count() == 2


def test_trouble_with_what_is_over_changes_nothing(asked):
    answer(asked)
    assert trouble(asked).state == "answered"
    assert not Event.objects.filter(type="judgement.trouble").exists()


def test_a_judge_is_asked_again_ever_later_and_not_for_ever(room):
    waits = [retry_at(AT, tries, None, room) for tries in range(1, 5)]
    assert waits == [later(2), later(4), later(8), None]
    assert retry_at(AT, 1, 30.0, room) == later(30)
    assert retry_at(AT, 1, 61.0, room) is None


# --- taken -------------------------------------------------------------------------------


def test_a_plan_becomes_cards_with_their_dependencies(asked):
    answer(asked)
    first, second = take(
        asked, CardFacts(title="Facts"), CardFacts(title="Report", depends_on=["0"], kind="report")
    )
    edge = Dependency.objects.get()
    assert (edge.card_id, edge.needs_id, second.kind) == (second.id, first.id, "report")
    assert Event.objects.get(type="plan.taken").data["cards"] == 2
    assert first.proposed_by == {"actor": "coordinator", "rule": "goal_without_plan"}


def test_a_plan_is_taken_once(asked):
    answer(asked)
    take(asked, CardFacts(title="Facts"))
    with refused("illegal_move", state="taken"):
        take(asked, CardFacts(title="Facts"))
    assert Card.objects.count() == 1


def test_what_nobody_answered_is_not_taken(asked):
    with refused("illegal_move", state="wanted"):
        take(asked, CardFacts(title="Facts"))


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (CardFacts(title="Report", depends_on=["1"]), "forward_dependency"),
        (CardFacts(title="Report", depends_on=["2"]), "forward_dependency"),
        (CardFacts(title="Report", kind="novel"), "unknown_kind"),
        (CardFacts(title=""), "missing"),
    ],
)
def test_a_plan_that_breaks_a_rule_changes_nothing(asked, bad, code):
    answer(asked)
    with refused(code):
        take(asked, CardFacts(title="Facts"), bad)
    assert not Card.objects.exists()
    assert state_of(asked) == "answered"


def test_a_plan_beyond_the_rooms_limit_changes_nothing(room, by, asked):
    edit_room(room_id=room.id, changes={"policy": {"max_cards": 3}}, by=by, at=AT)
    answer(asked)
    with refused("too_many_cards", most=3):
        take(asked, *[CardFacts(title=f"Card {n}") for n in range(500)])
    assert not Card.objects.exists()


def test_an_offered_card_waits_to_be_sorted(asked):
    answer(asked, ABSTAIN)
    (card,) = take(asked, CardFacts(title="The whole goal"), status="triage")
    assert card.status == "triage"
