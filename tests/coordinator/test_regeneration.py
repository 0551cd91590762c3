"""Failed work goes on: at once, or after a diagnosis; and never waits for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents.coordinator.board import Board, Card, Dependency, Judgement, Limits
from agents.coordinator.moves import AskJudgement, Reason, Remedy, TakeAnswer
from agents.coordinator.regeneration import MECHANICAL, regenerate
from tests.coordinator.boards import a_board, a_card, a_judgement, a_run, after

SUBSTANTIVE = [
    "error", "looping", "checks_failed", "empty_completion", "deadline", "over_budget",
    "contradicted",
]  # fmt: skip


def failed_card(failure: str = "error", **more: Any) -> Card:
    return a_card(**{"runs": (a_run("failed", failure=failure),), "attempts": 1} | more)


def rejected_card(**more: Any) -> Card:
    return a_card(
        **{"runs": (a_run("submitted"),), "attempts": 1, "deliverable": "rejected"} | more
    )


def asked(state: str, kind: str = "diagnose", **more: Any) -> Judgement:
    fields = {"kind": kind, "subject_id": "run_1", "judge": "rules"}
    return a_judgement(state, **fields | more)


def decided(*judgements: Judgement, card: Card | None = None, **more: Any) -> Any:
    board = a_board(card or failed_card(), judgements=judgements, **more)
    return regenerate(board)


@pytest.mark.parametrize("failure", sorted(MECHANICAL))
def test_a_failure_that_says_nothing_about_the_work_goes_on_at_once(failure: str) -> None:
    moves, held, times = decided(card=failed_card(failure))
    (move,) = moves
    assert isinstance(move, Remedy)
    assert (move.subject, held, times) == ("run_1", {}, [])
    assert move.remedy == ("retry" if failure == "stale_input" else "reassign")
    assert move.reason.params["failed_with"] == failure


@pytest.mark.parametrize(
    ("of", "remedy", "code"),
    [
        ("room", "retry", "goes_on_with_budget"),
        ("card", "retry", "goes_on_with_budget"),
        ("agent", "reassign", "its_budget_is_gone"),
    ],
)
def test_what_a_budget_of_ours_cut_off_needs_no_diagnosis(of: str, remedy: str, code: str) -> None:
    cut_off = a_run("failed", failure="over_budget", budget_of=of)
    moves, held, times = decided(card=failed_card(runs=(cut_off,)))
    (move,) = moves
    assert (move.kind, move.remedy, move.reason.code) == ("remedy", remedy, code)
    assert move.reason.params["of"] == of
    assert (held, times) == ({}, [])


@pytest.mark.parametrize("failure", SUBSTANTIVE)
def test_any_other_failure_is_diagnosed_and_its_card_waits(failure: str) -> None:
    moves, held, times = decided(card=failed_card(failure), revision=3)
    (move,) = moves
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.subject, move.revision, move.judge) == (
        "diagnose", "run_1", 3, None,
    )  # fmt: skip
    assert held["card_1"].code == "being_diagnosed"
    assert held["card_1"].params["failed_with"] == failure
    assert times == []


def test_a_version_that_was_turned_down_is_diagnosed_too() -> None:
    moves, held, _ = decided(card=rejected_card())
    assert isinstance(moves[0], AskJudgement)
    assert held["card_1"].params["failed_with"] == "rejected"


@pytest.mark.parametrize(
    "card",
    [
        failed_card(runs=(a_run("failed", failure="error", remedy="rewrite"),)),
        failed_card("stalled", runs=(a_run("failed", failure="stalled", remedy="reassign"),)),
        failed_card(attempts=4),
        failed_card("stalled", attempts=4),
        rejected_card(attempts=4),
        failed_card(has_open_ask=True),
        failed_card(status="waiting", has_open_ask=True, handed_off="too_many_attempts"),
        failed_card(kept_for_person=True),
        failed_card(depends_on=(Dependency("card_9", False),)),
        failed_card(status="done"),
        failed_card(runs=(a_run("working", id="run_2"), a_run("failed", failure="error"))),
        failed_card(runs=(a_run("declined", id="run_2"), a_run("failed", failure="error"))),
        failed_card(runs=(a_run("cancelled", None, worker="person"),)),
        rejected_card(runs=(a_run("submitted", None, worker="person"),)),
        rejected_card(deliverable="changes_requested"),
        a_card(),
    ],
)
def test_where_something_was_decided_or_others_are_to_act_nothing_is_asked(card: Card) -> None:
    assert decided(card=card) == ([], {}, [])


def test_the_rooms_own_limit_counts() -> None:
    assert decided(card=failed_card(), limits=Limits(attempts=1)) == ([], {}, [])


def test_an_open_diagnosis_is_waited_for_until_its_time_is_over() -> None:
    moves, held, times = decided(asked("open", answer_by=after(60)))
    assert (moves, list(held), times) == ([], ["card_1"], [after(60)])
    moves, held, times = decided(
        asked("open", judge="kimi", answer_by=after(60)), judge="kimi", now=after(60)
    )
    (move,) = moves
    assert isinstance(move, AskJudgement)
    assert (move.judge, move.reason.code, list(held)) == ("rules", "judge_late", ["card_1"])


@pytest.mark.parametrize("abstained", [False, True])
def test_an_answer_is_taken_also_one_that_abstains(abstained: bool) -> None:
    code = "no_model" if abstained else None
    moves, held, _ = decided(asked("answered", abstained=abstained, abstain_code=code))
    (move,) = moves
    assert isinstance(move, TakeAnswer)
    assert (move.subject, move.judgement, move.subject_id) == ("jdg_1", "diagnose", "run_1")
    assert move.reason.code == ("judge_cannot_say" if abstained else "judge_answered")
    assert list(held) == ["card_1"]


def test_after_a_model_that_failed_the_rules_diagnose() -> None:
    (move,) = decided(asked("failed", judge="kimi", failure="quota"), judge="kimi")[0]
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.judge, move.reason.code) == ("diagnose", "rules", "judge_failed")


def test_an_answer_that_could_not_be_carried_out_is_asked_of_the_rules() -> None:
    (move,) = decided(asked("discarded", judge="kimi"), judge="kimi")[0]
    assert isinstance(move, AskJudgement)
    assert (move.judge, move.reason.code) == ("rules", "answer_of_no_use")


@pytest.mark.parametrize("state", ["failed", "discarded"])
def test_rules_that_keep_failing_do_not_keep_the_card(state: str) -> None:
    tries = [asked(state, id=f"jdg_{n}") for n in range(4)]
    assert isinstance(decided(*tries[:3])[0][0], AskJudgement)
    (move,), held, times = decided(*tries)
    assert isinstance(move, Remedy)
    assert (move.remedy, move.reason.code, held, times) == (
        "reassign", "nobody_could_say", {}, [],
    )  # fmt: skip


def test_rules_that_are_late_time_and_again_do_not_keep_the_card_either() -> None:
    late = asked("open", id="jdg_4", answer_by=after(-1))
    given_up = [asked("discarded", id=f"jdg_{n}") for n in range(3)]
    (move,), held, _ = decided(late, *given_up)
    assert isinstance(move, Remedy)
    assert held == {}


def test_an_answer_taken_without_effect_does_not_keep_the_card() -> None:
    (move,), held, _ = decided(asked("taken"))
    assert isinstance(move, Remedy)
    assert held == {}


def test_what_was_asked_under_another_goal_is_asked_again() -> None:
    (move,) = decided(asked("answered", revision=1), revision=2)[0]
    assert isinstance(move, AskJudgement)
    assert move.revision == 2


def test_a_model_diagnoses_only_after_the_texts_were_read() -> None:
    (move,), held, _ = decided(judge="kimi")
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.subject, move.judge) == ("read", "run_1", None)
    assert list(held) == ["card_1"]
    reading = asked("open", kind="read", judge="kimi", answer_by=after(60))
    moves, held, times = decided(reading, judge="kimi")
    assert (moves, list(held), times) == ([], ["card_1"], [after(60)])


@pytest.mark.parametrize("state", ["answered", "taken"])
def test_after_the_reading_the_model_is_asked(state: str) -> None:
    (move,) = decided(asked(state, kind="read", judge="kimi"), judge="kimi")[0]
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.judge) == ("diagnose", None)


@pytest.mark.parametrize(
    "reading",
    [
        asked("failed", kind="read", judge="kimi", failure="overloaded"),
        asked("open", kind="read", judge="kimi", answer_by=after(0)),
        asked("discarded", kind="read", judge="kimi"),
    ],
)
def test_a_model_that_cannot_even_read_is_not_waited_for_twice(reading: Judgement) -> None:
    (move,) = decided(reading, judge="kimi")[0]
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.judge) == ("diagnose", "rules")


def test_a_reading_is_put_away_once_its_diagnosis_is_asked_or_not_wanted() -> None:
    reading = asked("answered", id="jdg_read", kind="read", judge="kimi")
    waiting = asked("open", kind="diagnose", judge="kimi", answer_by=after(60))
    (move,) = decided(waiting, reading, judge="kimi")[0]
    assert isinstance(move, TakeAnswer)
    assert (move.judgement_id, move.judgement) == ("jdg_read", "read")
    moves, _, _ = decided(replace(reading, subject_id="run_gone"), judge="rules")
    assert [type(one) for one in moves] == [AskJudgement, TakeAnswer]


def test_rules_ask_for_no_reading() -> None:
    (move,) = decided(asked("answered", kind="read"), judge="rules")[0]
    assert isinstance(move, AskJudgement)
    assert move.judgement == "diagnose"


def test_each_card_is_decided_for_itself() -> None:
    cards = [
        a_card(n, runs=(a_run("failed", id=f"run_{n}", failure=why),), attempts=1)
        for n, why in enumerate(["error", "stalled", "looping"], start=1)
    ]
    board = a_board(*cards, judgements=(asked("answered", subject_id="run_3"),))
    moves, held, _ = regenerate(board)
    assert [(move.kind, move.reason.params.get("run_id")) for move in moves[:2]] == [
        ("ask_judgement", "run_1"),
        ("remedy", "run_2"),
    ]
    assert isinstance(moves[2], TakeAnswer)
    assert set(held) == {"card_1", "card_3"}


def test_every_outcome_of_a_question_leads_somewhere() -> None:
    """Whatever became of what was asked, the card is moved, or waits until a time that comes."""
    states = ["open", "answered", "taken", "discarded", "failed"]
    for judge in ("rules", "kimi"):
        for state in states:
            for asked_judge in ("rules", "kimi"):
                for kind in ("read", "diagnose"):
                    one = asked(state, kind=kind, judge=asked_judge, answer_by=after(9))
                    moves, _, times = decided(one, judge=judge)
                    assert moves or times == [after(9)], (judge, state, asked_judge, kind)


def test_a_thousand_failed_cards_and_as_many_questions_are_decided_once_each() -> None:
    cards = [
        a_card(n, runs=(a_run("failed", id=f"run_{n}", failure="error"),)) for n in range(1000)
    ]
    questions = tuple(
        asked("open", id=f"jdg_{n}", subject_id=f"run_{n}", answer_by=after(n + 1))
        for n in range(1000)
    )
    board: Board = a_board(*cards, judgements=questions)
    moves, held, times = regenerate(board)
    assert moves == []
    assert len(held) == len(times) == 1000
    assert all(isinstance(reason, Reason) for reason in held.values())
