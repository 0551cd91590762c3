"""Replies, the course of the board, and a judge in trouble."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agents.coordinator.board import Board, Call, Judgement, Limits, Rest
from agents.coordinator.moves import AskJudgement, AskPeople, TakeAnswer, WakeModel
from agents.coordinator.plan import plan
from agents.coordinator.talk import answer_calls, ask_about_provider, keep_course, watch_model
from tests.coordinator.boards import NOON, a_board, a_card, a_judgement, after

DAY = 86_400
CARDS = tuple(a_card(n, status="working") for n in range(3))


def called(*judgements: Judgement, **more: Any) -> Board:
    return a_board(calls=(Call("msg_1", NOON),), judgements=judgements, **more)


def a_reply(state: str, **more: Any) -> Judgement:
    return a_judgement(state, **{"kind": "reply", "subject_id": "msg_1"} | more)


def test_a_message_to_the_coordinator_is_put_to_the_judge() -> None:
    (move,), times = answer_calls(called(judge="kimi"))
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.subject, move.judge, times) == ("reply", "msg_1", None, [])


@pytest.mark.parametrize("abstained", [False, True])
def test_what_the_judge_says_is_taken_also_that_it_cannot(abstained: bool) -> None:
    (move,), _ = answer_calls(called(a_reply("answered", abstained=abstained)))
    assert isinstance(move, TakeAnswer)
    assert (move.judgement, move.subject_id) == ("reply", "msg_1")


def test_a_model_that_is_late_or_failed_leaves_the_reply_to_the_rules() -> None:
    waiting = called(a_reply("open", answer_by=after(60)))
    assert answer_calls(waiting) == ([], [after(60)])
    for board in (replace(waiting, now=after(60)), called(a_reply("failed", failure="quota"))):
        (move,), _ = answer_calls(board)
        assert isinstance(move, AskJudgement)
        assert move.judge == "rules"


def test_a_message_nobody_can_answer_is_not_asked_about_for_ever() -> None:
    failed = [a_reply("failed", id=f"jdg_{n}", judge="rules") for n in range(4)]
    assert answer_calls(called(*failed)) == ([], [])
    assert answer_calls(called(a_reply("taken"))) == ([], [])


def test_each_message_has_its_own_reply() -> None:
    board = a_board(
        calls=(Call("msg_1", NOON), Call("msg_2", NOON)), judgements=(a_reply("answered"),)
    )
    moves, _ = answer_calls(board)
    assert [(move.kind, move.subject) for move in moves] == [
        ("take_answer", "jdg_1"),
        ("ask_judgement", "msg_2"),
    ]


def on_course(*judgements: Judgement, **more: Any) -> Board:
    fields: dict[str, Any] = {"judge": "kimi", "created_at": NOON, "now": after(DAY)}
    return a_board(*CARDS, judgements=judgements, **fields | more)


def a_course(state: str, **more: Any) -> Judgement:
    return a_judgement(state, **{"kind": "course", "subject_id": "room_1"} | more)


def test_the_course_is_asked_about_when_its_time_has_come() -> None:
    (move,), _ = keep_course(on_course())
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.subject) == ("course", "room_1")
    assert keep_course(on_course(now=after(DAY - 1))) == ([], [after(DAY)])
    assert keep_course(on_course(course_at=after(600))) == ([], [after(600 + DAY)])
    hourly = Limits(course_every=timedelta(hours=1))
    assert keep_course(on_course(now=after(3600), limits=hourly))[0]


@pytest.mark.parametrize(
    "more",
    [
        {"judge": "rules"},
        {"cards": CARDS[:2]},
        {"goal": "  "},
        {"created_at": None},
        {"limits": Limits(course_every=timedelta(0))},
        {"limits": Limits(course_every=timedelta(seconds=-5))},
    ],
)
def test_a_room_without_a_course_to_keep_is_not_asked_about(more: dict[str, Any]) -> None:
    assert keep_course(replace(on_course(), **more)) == ([], [])


def test_an_answer_about_the_course_is_taken_and_an_open_question_waited_for() -> None:
    (move,), _ = keep_course(on_course(a_course("answered")))
    assert isinstance(move, TakeAnswer)
    waiting = on_course(a_course("open", answer_by=after(DAY + 60)))
    assert keep_course(waiting) == ([], [after(DAY + 60)])


@pytest.mark.parametrize(
    "question", [a_course("failed"), a_course("open", answer_by=after(1)), a_course("taken")]
)
def test_a_course_question_that_came_to_nothing_waits_for_the_next_time(
    question: Judgement,
) -> None:
    board = on_course(question, course_at=NOON, now=after(DAY - 5))
    assert keep_course(board) == ([], [after(DAY)])


def test_an_answer_about_another_goal_is_not_taken() -> None:
    board = on_course(a_course("answered", revision=1), revision=2, course_at=after(DAY))
    assert keep_course(board) == ([], [after(2 * DAY)])


@pytest.mark.parametrize("failure", ["configuration", "quota", "content_filter"])
def test_people_are_asked_once_about_a_judge_that_only_they_can_mend(failure: str) -> None:
    rules = a_judgement("answered", id="jdg_2", judge="rules", asked_at=after(5))
    trouble = a_judgement("failed", failure=failure, asked_at=NOON)
    board = a_board(judgements=(rules, trouble), judge="kimi")
    (move,) = ask_about_provider(board)
    assert isinstance(move, AskPeople)
    assert (move.code, move.options) == ("judge_trouble", ("try_again", "stay_with_rules"))
    assert move.reason.params["judge"] == "kimi"
    assert move.reason.params["failure"] == failure
    assert ask_about_provider(replace(board, asked_about=("judge_trouble",))) == []


@pytest.mark.parametrize(
    "judgements",
    [
        (),
        (a_judgement("failed", failure="overloaded"),),
        (a_judgement("failed", failure="nonsense"),),
        (a_judgement("failed", failure="quota", judge="rules"),),
        (a_judgement("discarded", failure="quota"),),
        (
            a_judgement("failed", failure="quota", asked_at=NOON),
            a_judgement("answered", id="jdg_2", asked_at=after(1)),
        ),
    ],
)
def test_trouble_that_passes_or_has_passed_is_not_put_to_people(
    judgements: tuple[Judgement, ...],
) -> None:
    assert ask_about_provider(a_board(judgements=judgements, judge="kimi")) == []


# --- a model that rests ------------------------------------------------------------------


def a_resting_board(times: int = 1, back_in: float | None = 60, **more: Any) -> Board:
    failed = a_judgement("failed", failure="overloaded", asked_at=NOON)
    back_at = None if back_in is None else after(back_in)
    rest = Rest("kimi", "overloaded", times, back_at=back_at)
    return a_board(judgements=(failed,), judge="rules", rest=rest, **more)


def test_a_model_that_rests_is_asked_again_when_its_time_is_over() -> None:
    board = a_resting_board()
    assert watch_model(board) == ([], [after(60)])
    moves, times = watch_model(replace(board, now=after(60)))
    assert (times, [type(move) for move in moves]) == ([], [WakeModel])
    assert plan(board).next_at == after(60)


def test_a_model_that_only_people_can_mend_is_not_woken() -> None:
    assert watch_model(a_resting_board(back_in=None)) == ([], [])


def test_people_are_asked_once_it_keeps_failing_and_not_at_the_first_hiccup() -> None:
    assert watch_model(a_resting_board(times=1))[0] == []
    (move,) = watch_model(a_resting_board(times=2))[0]
    assert isinstance(move, AskPeople)
    assert (move.code, move.reason.params["failure"]) == ("judge_keeps_failing", "overloaded")
    asked = a_resting_board(times=3, asked_about=("judge_keeps_failing",))
    assert watch_model(asked)[0] == []


def test_a_paused_room_wakes_its_model_too_and_a_manual_one_does_not_ask_first() -> None:
    for more in ({"paused": True}, {"mode": "manual"}):
        moves = plan(replace(a_resting_board(**more), now=after(60))).moves
        assert [move.suggested for move in moves if isinstance(move, WakeModel)] == [False]
