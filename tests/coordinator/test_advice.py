"""A model orders the agents for ready cards; the rules decide, and no card waits for long."""

from __future__ import annotations

from typing import Any

import pytest

from agents.coordinator.advice import JUDGE_RESTS, MOST_AT_ONCE
from agents.coordinator.assignment import Dispatch, dispatch
from agents.coordinator.board import Board, Judgement
from agents.coordinator.moves import AskJudgement, Assign, TakeAnswer
from tests.coordinator.boards import NOON, a_board, a_card, a_judgement, a_run, a_seat, after

SEATS = (a_seat("ada"), a_seat("bo", order=1), a_seat("cy", "docs", order=2))


def ranking(state: str, **more: Any) -> Judgement:
    fields: dict[str, Any] = {"kind": "assign", "asked_at": NOON, "answer_by": after(60)}
    return a_judgement(state, **fields | more)


def answered(*names: str, card_id: str = "card_1", attempts: int = 0, **more: Any) -> Judgement:
    answer = {
        "cards": [{"card_id": card_id, "agent_ids": [f"agt_{name}" for name in names]}],
        "asked": [[card_id, attempts]],
    }
    return ranking(more.pop("state", "answered"), answer=answer, **more)


def room(*cards: Any, judgements: tuple[Judgement, ...] = (), **more: Any) -> Board:
    fields: dict[str, Any] = {"seats": SEATS, "judge": "kimi", "judgements": judgements}
    return a_board(*(cards or (a_card(),)), **fields | more)


def the_assign(out: Dispatch) -> Assign:
    (move,) = [move for move in out.moves if isinstance(move, Assign)]
    return move


def codes(out: Dispatch) -> list[str]:
    return [held.reason.code for held in out.held]


def test_a_card_several_agents_could_do_is_asked_about_and_waits() -> None:
    out = dispatch(room())
    (move,) = out.moves
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.subject_id, move.revision) == ("assign", "room_1", 1)
    assert move.reason.params == {"cards": [["card_1", 0]], "count": 1}
    assert codes(out) == ["being_ranked"]


@pytest.mark.parametrize(
    "more",
    [{"judge": "rules"}, {"seats": SEATS[:1]}, {"mode": "manual"}],
    ids=["the rules judge", "one agent can", "people confirm each move"],
)
def test_where_there_is_nothing_to_choose_or_no_model_nobody_is_asked(more: Any) -> None:
    out = dispatch(room(**more))
    assert the_assign(out).agent_id == "agt_ada"
    assert len(out.moves) == 1


def test_a_card_meant_for_one_agent_is_not_asked_about() -> None:
    assert the_assign(dispatch(room(a_card(assignee="agt_bo")))).agent_id == "agt_bo"


def test_while_a_question_is_open_nothing_more_is_asked_and_the_waiting_has_an_end() -> None:
    out = dispatch(room(judgements=(ranking("open"),)))
    assert out.moves == []
    assert codes(out) == ["being_ranked"]
    assert out.times == [after(60)]


@pytest.mark.parametrize(
    "judgement",
    [
        ranking("open", answer_by=NOON),
        ranking("failed"),
        ranking("discarded"),
        ranking("answered"),
        ranking("answered", abstained=True),
        ranking("failed", answer_by=None, asked_at=None),
    ],
    ids=["late", "failed", "discarded", "empty", "abstained", "without times"],
)
def test_a_question_that_came_to_nothing_leaves_the_cards_to_the_rules_at_once(
    judgement: Judgement,
) -> None:
    out = dispatch(room(judgements=(judgement,)))
    assert the_assign(out).agent_id == "agt_ada"
    assert not any(isinstance(move, AskJudgement) for move in out.moves)


def test_after_a_rest_the_model_is_asked_again() -> None:
    board = room(judgements=(ranking("failed", answer_by=NOON - JUDGE_RESTS),))
    assert [type(move) for move in dispatch(board).moves] == [AskJudgement]


def test_an_answer_to_an_older_goal_counts_for_nothing() -> None:
    board = room(judgements=(answered("bo"),), revision=2)
    assert [type(move) for move in dispatch(board).moves] == [AskJudgement]


def test_the_first_agent_the_model_names_gets_the_card_and_both_answers_are_kept() -> None:
    out = dispatch(room(judgements=(answered("bo", "ada"),)))
    move = the_assign(out)
    assert (move.agent_id, move.judgement_id, move.reason.code) == (
        "agt_bo",
        "jdg_1",
        "model_choice",
    )
    assert move.reason.params["model_choice"] == "agt_bo"
    assert move.reason.params["rules_choice"] == "agt_ada"
    assert [type(move) for move in out.moves] == [Assign, TakeAnswer]


@pytest.mark.parametrize(
    ("agent_id", "more", "why"),
    [
        ("agt_cy", {}, "lacks_skills"),
        ("agt_zed", {}, "not_in_room"),
        ("agt_bo", {"capacity": 0}, "at_capacity"),
        ("agt_bo", {"usable": False, "unusable_because": "paused"}, "paused"),
    ],
)
def test_an_agent_the_rules_do_not_allow_is_passed_over_and_it_says_why(
    agent_id: str, more: dict[str, Any], why: str
) -> None:
    seats = (SEATS[0], a_seat("bo", order=1, **more), SEATS[2], a_seat("di", order=3))
    name = agent_id.removeprefix("agt_")
    for names, chosen, judgement_id in (
        ((name,), "agt_ada", None),
        ((name, "di"), "agt_di", "jdg_1"),
    ):
        move = the_assign(dispatch(room(judgements=(answered(*names),), seats=seats)))
        assert (move.agent_id, move.judgement_id) == (chosen, judgement_id)
        assert move.reason.params["model_refused"] == [{"agent_id": agent_id, "why": why}]


def test_the_agent_that_failed_last_is_not_taken_on_a_models_word() -> None:
    run = a_run("failed", "agt_bo", failure="error", remedy="reassign")
    card = a_card(runs=(run,), attempts=1)
    board = room(card, judgements=(answered("bo", attempts=1),))
    move = the_assign(dispatch(board))
    assert move.agent_id == "agt_ada"
    assert move.reason.params["model_refused"] == [{"agent_id": "agt_bo", "why": "failed_before"}]


def test_no_card_is_asked_about_twice_for_one_attempt_but_again_for_the_next() -> None:
    silent = ranking("taken", answer={"cards": [], "asked": [["card_1", 0]]})
    assert the_assign(dispatch(room(judgements=(silent,)))).agent_id == "agt_ada"
    run = a_run("failed", "agt_cy", failure="error", remedy="reassign")
    later = a_card(runs=(run,), attempts=1)
    (move,) = dispatch(room(later, judgements=(silent,))).moves
    assert isinstance(move, AskJudgement)


def test_a_card_that_came_later_is_asked_about_by_itself() -> None:
    board = room(a_card(1), a_card(2), judgements=(answered("bo"),))
    out = dispatch(board)
    assert the_assign(out).card_id == "card_1"
    (ask,) = [move for move in out.moves if isinstance(move, AskJudgement)]
    assert ask.reason.params["cards"] == [["card_2", 0]]


def test_an_answer_stays_until_its_last_card_is_given_or_gone() -> None:
    busy = (a_seat("ada", load=2), a_seat("bo", load=2, order=1))
    judgement = answered("bo")
    assert dispatch(room(judgements=(judgement,), seats=busy)).moves == []
    gone = dispatch(room(a_card(2), judgements=(judgement,), judge="rules"))
    assert TakeAnswer in [type(move) for move in gone.moves]


def test_a_taken_answer_still_holds_where_its_move_was_refused() -> None:
    board = room(judgements=(answered("bo", state="taken"),))
    assert the_assign(dispatch(board)).agent_id == "agt_bo"


def test_cards_beyond_one_question_go_by_the_rules_at_once() -> None:
    cards = [a_card(number) for number in range(1, MOST_AT_ONCE + 3)]
    out = dispatch(room(*cards, seats=(a_seat("ada", capacity=99), a_seat("bo", capacity=99))))
    (ask,) = [move for move in out.moves if isinstance(move, AskJudgement)]
    assert ask.reason.params["count"] == MOST_AT_ONCE
    assert sum(isinstance(move, Assign) for move in out.moves) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"cards": "all of them", "asked": [["card_1", 0]]},
        {"cards": [7, {"card_id": "card_1"}], "asked": [["card_1", 0]]},
        {"cards": [{"card_id": "card_1", "agent_ids": [7, None]}], "asked": [["card_1", 0]]},
        {"cards": [{"card_id": ["x"], "agent_ids": {}}], "asked": "card_1"},
        {"cards": [], "asked": [["card_1"], 7, [7, "x"]]},
    ],
)
def test_an_answer_of_another_shape_leaves_the_card_to_the_rules_or_asks_again(
    answer: Any,
) -> None:
    out = dispatch(room(judgements=(ranking("answered", answer=answer),)))
    assert len(out.held) + sum(isinstance(move, Assign) for move in out.moves) == 1
    for move in out.moves:
        assert not isinstance(move, Assign) or move.agent_id == "agt_ada"
