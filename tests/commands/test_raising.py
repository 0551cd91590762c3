"""The coordinator's own questions to the people of a room."""

import pytest

from tests import cast
from tests.cast import AT
from tests.commands.coordinating import RULE
from tests.commands.refusing import refused
from workspace.commands.choices import choose
from workspace.commands.raising import ask_people
from workspace.models import Ask, Event
from workspace.ownership import next_owners
from workspace.queries import room_asks
from workspace.verify import verify

OPTIONS = ["try_again", "stay_with_rules"]


def ask(room, code="judge_trouble", **params):
    return ask_people(room_id=room.id, code=code, params=params, options=OPTIONS, by=RULE, at=AT)


def test_a_question_about_the_room_waits_for_its_people_and_blocks_nothing(room, card):
    asked = ask(room, failure="quota")
    assert (asked.kind, asked.card, asked.run, asked.blocking) == ("choice", None, None, False)
    assert Event.objects.get(type="ask.raised").data["code"] == "judge_trouble"
    assert next_owners([card])[card.id].kind == "coordinator"
    assert verify(AT) == []


def test_one_question_of_a_kind_is_open_at_a_time(room, by):
    asked = ask(room)
    with refused("already_asked"):
        ask(room)
    ask(room, "off_course")
    choose(ask_id=asked.id, choice="stay_with_rules", by=by, at=AT)
    assert ask(room).state == "open"


def test_another_room_may_be_asked_the_same(room, owner):
    ask(room)
    ask(cast.a_room(owner, name="Other"))
    assert Ask.objects.count() == 2


def test_what_was_asked_about_a_judgement_is_known_also_when_it_is_answered(room, by):
    asked = ask(room, judgement_id="jdg_1")
    assert room_asks(room.id) == ("judge_trouble", "judge_trouble:jdg_1")
    choose(ask_id=asked.id, choice="stay_with_rules", by=by, at=AT)
    assert room_asks(room.id) == ("judge_trouble:jdg_1",)


@pytest.mark.parametrize("other", ["room_none", ""])
def test_a_room_nobody_knows_is_not_asked(db, other):
    with refused("not_found"):
        ask_people(room_id=other, code="x", params={}, options=[], by=RULE, at=AT)
