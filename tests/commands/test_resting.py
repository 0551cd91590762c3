"""A model in trouble rests, is tried again and comes back; what people mend waits for them."""

from datetime import timedelta

import pytest

from tests.cast import AT
from tests.commands.refusing import later, refused
from workspace.actors import coordinator
from workspace.commands.choices import choose
from workspace.commands.judgements import (
    answer_judgement,
    ask_judgement,
    claim_judgement,
    note_trouble,
)
from workspace.commands.raising import ask_people
from workspace.commands.resting import KEEPS_FAILING, rest_model, wake_model
from workspace.models import Ask, Event, Room

RULE = coordinator(rule="model_has_rested")
ABSTAIN = {"type": "abstain", "code": "no_parts", "params": {}, "offer": None}


@pytest.fixture
def room(room):
    Room.objects.update(judge="kimi")
    return fresh(room)


def fresh(room) -> Room:
    return Room.objects.select_related("workspace").get(id=room.id)


def asked(room, at=AT, rule="goal_without_plan", judge=None):
    made = ask_judgement(
        room_id=room.id, kind="course", subject_id=room.id, revision=room.revision, judge=judge,
        by=coordinator(rule=rule), at=at,
    )  # fmt: skip
    claim_judgement(judgement_id=made.id, at=at)
    return made


def fails(room, code="overloaded", at=AT, again_at=None):
    made = asked(room, at)
    note_trouble(judgement_id=made.id, code=code, params={}, again_at=again_at, at=at)
    return fresh(room)


def answers(room, at):
    return answer_judgement(
        judgement_id=asked(room, at).id, judge="kimi", proposal=ABSTAIN, verdict={}, facts={}, at=at
    )


def test_a_model_that_could_not_answer_rests_for_a_while_and_the_room_says_why(room):
    found = fails(room)
    assert (found.judge, found.model_rests) == ("rules", 1)
    assert found.model_back_at == AT + timedelta(seconds=60)
    assert found.judge_note == {
        "code": "judge_failed", "params": {"judge": "kimi", "failure": "overloaded"},
    }  # fmt: skip
    assert Event.objects.get(type="room.judge_changed").data["judge"] == "rules"


def test_a_try_that_will_be_repeated_is_no_reason_to_rest(room):
    assert fails(room, again_at=later(5)).judge == "kimi"


def test_it_is_asked_again_when_the_rest_is_over_and_not_before(room):
    fails(room)
    with refused("stale_move"):
        wake_model(room_id=room.id, by=RULE, at=later(59))
    wake_model(room_id=room.id, by=RULE, at=later(60))
    found = fresh(room)
    assert (found.judge, found.judge_note, found.model_back_at) == ("kimi", {}, None)
    with refused("stale_move"):
        wake_model(room_id=room.id, by=RULE, at=later(61))


def test_rests_in_a_row_grow_up_to_a_quarter_of_an_hour(room):
    waits, at = [], AT
    for _ in range(7):
        found = fails(room, at=at)
        waits.append((found.model_back_at - at).total_seconds())
        at = found.model_back_at
        wake_model(room_id=room.id, by=RULE, at=at)
    assert waits == [60, 120, 240, 480, 900, 900, 900]


def test_an_answer_ends_the_row_and_withdraws_what_people_were_asked(room):
    fails(room)
    wake_model(room_id=room.id, by=RULE, at=later(60))
    fails(room, at=later(61))
    ask_people(
        room_id=room.id, code=KEEPS_FAILING, params={}, options=["try_again"], by=RULE, at=later(62)
    )
    wake_model(room_id=room.id, by=RULE, at=later(300))
    answers(room, later(301))
    assert (fresh(room).model_rests, Ask.objects.get().state) == (0, "cancelled")
    assert fails(room, at=later(400)).model_back_at == later(460)


def test_an_answer_that_comes_during_the_rest_ends_it(room):
    earlier = asked(room)
    other = ask_judgement(
        room_id=room.id, kind="reply", subject_id="msg_1", revision=1, judge=None, by=RULE, at=AT
    )
    note_trouble(judgement_id=other.id, code="overloaded", params={}, again_at=None, at=AT)
    answer_judgement(
        judgement_id=earlier.id, judge="kimi", proposal=ABSTAIN, verdict={}, facts={}, at=later(1)
    )
    found = fresh(room)
    assert (found.judge, found.model_rests, found.model_back_at) == ("kimi", 0, None)


def test_an_answer_does_not_end_what_people_are_to_mend(room):
    earlier = asked(room)
    other = ask_judgement(
        room_id=room.id, kind="reply", subject_id="msg_1", revision=1, judge=None, by=RULE, at=AT
    )
    note_trouble(judgement_id=other.id, code="quota", params={}, again_at=None, at=AT)
    answer_judgement(
        judgement_id=earlier.id, judge="kimi", proposal=ABSTAIN, verdict={}, facts={}, at=later(1)
    )
    assert (fresh(room).judge, fresh(room).model_rests) == ("rules", 1)


@pytest.mark.parametrize("code", ["configuration", "quota"])
def test_what_only_people_can_mend_rests_until_they_say_so(room, by, code):
    found = fails(room, code)
    assert (found.judge, found.model_back_at) == ("rules", None)
    with refused("stale_move"):
        wake_model(room_id=room.id, by=RULE, at=later(100_000))
    ask = ask_people(
        room_id=room.id, code="judge_trouble", params={}, options=["try_again"], by=RULE, at=AT
    )
    choose(ask_id=ask.id, choice="try_again", by=by, at=later(5))
    assert (fresh(room).judge, fresh(room).model_rests) == ("kimi", 0)


def test_people_may_stay_with_rules_and_then_nothing_comes_back_by_itself(room, by):
    fails(room)
    ask = ask_people(
        room_id=room.id, code=KEEPS_FAILING, params={}, options=["stay_with_rules"], by=RULE, at=AT
    )
    choose(ask_id=ask.id, choice="stay_with_rules", by=by, at=later(5))
    found = fresh(room)
    assert (found.judge, found.judge_note["code"]) == ("rules", "people_chose_rules")
    assert (found.model_rests, found.model_back_at) == (0, None)


@pytest.mark.parametrize("code", ["over_budget", "subject_gone", "too_large"])
def test_trouble_with_one_question_does_not_send_the_model_to_rest(room, code):
    assert fails(room, code).judge == "kimi"


def test_a_model_that_is_late_rests_too(room):
    asked(room, rule="judge_late", judge="rules")
    found = fresh(room)
    assert (found.judge, found.judge_note["code"]) == ("rules", "judge_late")
    assert found.model_back_at == later(60)


def test_several_questions_that_fail_at_once_are_one_rest(room):
    first = asked(room)
    second = ask_judgement(
        room_id=room.id, kind="reply", subject_id="msg_1", revision=1, judge=None, by=RULE, at=AT
    )
    for one in (first, second):
        note_trouble(judgement_id=one.id, code="server_error", params={}, again_at=None, at=AT)
    assert fresh(room).model_rests == 1


def test_a_comparison_that_failed_says_nothing_about_the_room(room):
    made = ask_judgement(
        room_id=room.id, kind="comparison", subject_id=room.id, revision=1, judge=None, by=RULE,
        at=AT,
    )  # fmt: skip
    note_trouble(judgement_id=made.id, code="quota", params={}, again_at=None, at=AT)
    assert fresh(room).judge == "kimi"


def test_rules_do_not_rest(room):
    Room.objects.update(judge="rules")
    rest_model(fresh(room), "rules", "nonsense", by=RULE, at=AT)
    assert fresh(room).model_rests == 0
