"""A goal becomes a question to a judge, and its answer a move."""

from __future__ import annotations

from typing import Any

import pytest

from agents.coordinator.board import Board
from agents.coordinator.moves import AskJudgement, AskPeople, OfferCard, TakePlan
from agents.coordinator.plan import plan
from tests.coordinator.boards import a_board, a_card, a_judgement, a_seat, after


def empty_room(*judgements: Any, **more: Any) -> Board:
    return a_board(judgements=judgements, **{"planned": False} | more)


def test_a_room_with_a_goal_and_no_cards_asks_for_a_plan() -> None:
    (move,) = plan(empty_room(revision=3)).moves
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.subject, move.revision) == ("plan", "room_1", 3)
    assert move.judge is None


@pytest.mark.parametrize("goal", ["", "  \n"])
def test_a_room_without_a_goal_asks_nothing(goal: str) -> None:
    assert plan(empty_room(goal=goal)).moves == ()


def test_a_room_that_has_cards_or_a_plan_asks_nothing() -> None:
    assert plan(a_board()).moves == ()
    assert plan(a_board(a_card(status="done"), planned=False)).moves == ()


def test_an_open_question_is_waited_for_until_its_time_is_over() -> None:
    board = empty_room(a_judgement("open", answer_by=after(60)))
    assert plan(board).moves == ()
    assert plan(board).next_at == after(60)
    (move,) = plan(empty_room(a_judgement("open", answer_by=after(60)), now=after(60))).moves
    assert isinstance(move, AskJudgement)
    assert (move.judge, move.reason.code) == ("rules", "judge_late")


def test_an_answer_is_taken() -> None:
    (move,) = plan(empty_room(a_judgement("answered", cards=7))).moves
    assert isinstance(move, TakePlan)
    assert move.subject == "jdg_1"
    assert move.reason.params == {"judge": "kimi", "revision": 1, "cards": 7}


def test_a_plan_a_person_asked_for_is_taken_though_cards_exist() -> None:
    (move,) = plan(a_board(a_card(status="done"), judgements=(a_judgement("answered"),))).moves
    assert isinstance(move, TakePlan)


def test_an_answer_to_an_older_goal_is_not_taken_and_the_question_is_put_again() -> None:
    (move,) = plan(empty_room(a_judgement("answered"), revision=2)).moves
    assert isinstance(move, AskJudgement)
    assert move.revision == 2


def test_an_abstention_offers_one_card_and_says_why() -> None:
    judgement = a_judgement("answered", judge="rules", abstained=True, abstain_code="no_parts")
    (move,) = plan(empty_room(judgement)).moves
    assert isinstance(move, OfferCard)
    assert move.reason.code == "judge_abstained"
    assert move.reason.params["why"] == "no_parts"


def test_after_a_judge_that_failed_the_rules_carry_on() -> None:
    told, move = plan(empty_room(a_judgement("failed", failure="quota"))).moves
    assert isinstance(told, AskPeople)
    assert isinstance(move, AskJudgement)
    assert move.judge == "rules"
    assert move.reason.params == {"judge": "kimi", "failure": "quota"}


def test_rules_that_keep_failing_are_not_asked_for_ever() -> None:
    failed = [a_judgement("failed", id=f"jdg_{n}", judge="rules") for n in range(4)]
    assert plan(empty_room(*failed)).moves == ()


@pytest.mark.parametrize("state", ["taken", "discarded"])
def test_a_question_that_is_settled_is_not_put_again(state: str) -> None:
    assert plan(empty_room(a_judgement(state))).moves == ()


def test_a_paused_room_asks_nothing() -> None:
    assert plan(empty_room(paused=True)).moves == ()


# --- moves without repeats ---------------------------------------------------------------


def test_every_slot_of_a_card_is_given_in_one_plan() -> None:
    seats = tuple(a_seat(name) for name in ("ada", "bo", "cy"))
    moves = plan(a_board(a_card(independent=3), seats=seats)).moves
    assert sorted(getattr(move, "slot", 0) for move in moves if move.kind == "assign") == [1, 2, 3]
