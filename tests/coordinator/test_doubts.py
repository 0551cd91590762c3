"""Pairs that the rules cannot tell apart: a judge is asked of each, people look at the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents.coordinator.board import Board, Claim, Conflict, Dependency, Heard, Judgement
from agents.coordinator.conflicts import blocked_by_conflict, find_conflicts
from agents.coordinator.doubts import DOUBTS_AT_ONCE, TRIES
from agents.coordinator.moves import AskJudgement, DoubtClaims, OpenConflict, WithdrawConflict
from tests.coordinator.boards import a_board, a_card
from tests.coordinator.test_conflicts import LYON, PARIS, a_claim, an_answer, doubted

ROME = a_claim(3, "Rome", "", subject="capital")


def asked(board: Board) -> list[list[str]]:
    """The pairs that a judge is asked about, the older claim first."""
    moves = [move for move in find_conflicts(board) if isinstance(move, AskJudgement)]
    return [list(move.reason.params["claim_ids"]) for move in moves]  # type: ignore[arg-type]


def about(pair: list[str], verdict: str = "agree", **more: Any) -> Judgement:
    answer = {"verdict": verdict, "claim_ids": pair}
    fields = {"id": f"jdg_{'_'.join(pair)}", "subject_id": pair[1], "answer": answer}
    return an_answer(**fields | {"state": "taken"} | more)


def test_every_pair_of_three_is_asked_about_one_after_the_other() -> None:
    board = a_board(claims=(PARIS, LYON, ROME), judge="kimi")
    pairs = []
    while found := asked(board):
        pairs += found
        board = replace(board, judgements=(*board.judgements, about(found[0])))
    assert pairs == [["clm_1", "clm_2"], ["clm_1", "clm_3"], ["clm_2", "clm_3"]]


def test_nothing_is_asked_of_a_subject_while_an_answer_is_awaited() -> None:
    waiting = about(["clm_1", "clm_3"], state="open")
    board = a_board(claims=(PARIS, LYON, ROME), judge="kimi", judgements=(waiting,))
    assert find_conflicts(board) == []


@pytest.mark.parametrize("state", ["failed", "discarded"])
def test_what_came_to_nothing_is_asked_again_but_not_for_ever(state: str) -> None:
    board = a_board(claims=(PARIS, LYON), judge="kimi", revision=1)
    for tries in range(1, TRIES + 1):
        in_vain = tuple(about(["clm_1", "clm_2"], state=state, id=f"jdg_{n}") for n in range(tries))
        board = replace(board, judgements=in_vain)
        assert asked(board) == ([["clm_1", "clm_2"]] if tries < TRIES else [])
    assert doubted(board) == [("clm_1", "clm_2")]
    assert asked(replace(board, revision=2)) == [["clm_1", "clm_2"]]


CODES = {
    "other_scope": (a_claim(1, 30, text="It is 30 s."), a_claim(2, 10, text="At most 10 s in qa.")),
    "near": (a_claim(1, "about 100"), a_claim(2, 110)),
    "unit_missing": (a_claim(1, 30), a_claim(2, 10, "")),
    "kinds_differ": (a_claim(1, 30), a_claim(2, "yes", "")),
    "ambiguous_number": (a_claim(1, "1,500"), a_claim(2, "1.5")),
    "ambiguous_date": (
        a_claim(1, "03/04/2026", "", subject="start"),
        a_claim(2, "2026-03-04", "", subject="start"),
    ),
    "denied": (a_claim(1, 30, text="It is not 30 s."), a_claim(2, 30)),
}


@pytest.mark.parametrize("code", CODES)
def test_what_no_rule_tells_apart_is_put_to_the_judge_or_to_people(code: str) -> None:
    pair = CODES[code]
    assert asked(a_board(claims=pair, judge="kimi")) == [["clm_1", "clm_2"]]
    (move,) = find_conflicts(a_board(claims=pair))
    assert isinstance(move, DoubtClaims)
    assert (move.claim_ids, move.reason.code) == (("clm_1", "clm_2"), code)


def test_a_unit_that_was_only_left_out_is_no_doubt() -> None:
    assert find_conflicts(a_board(claims=(a_claim(1, 30), a_claim(2, 30, "")))) == []


def a_doubt(*claims: Claim, status: Any = "doubted", key: str = "capital") -> Conflict:
    heard = tuple(Heard(one.value, one.unit, one.text, one.subject) for one in claims)
    return Conflict("cfl_9", key, status, tuple(one.id for one in claims), heard)


def test_a_doubt_is_raised_once_and_one_of_a_subject_at_a_time() -> None:
    board = a_board(claims=(PARIS, LYON, ROME))
    assert doubted(board) == [("clm_1", "clm_2")]
    assert find_conflicts(replace(board, conflicts=(a_doubt(PARIS, LYON),))) == []


def test_what_people_set_aside_is_not_raised_again_by_a_version_that_repeats_it() -> None:
    settled = a_doubt(PARIS, LYON, status="set_aside")
    again = replace(LYON, id="clm_7", deliverable_id="dlv_7")
    assert find_conflicts(a_board(claims=(PARIS, LYON), conflicts=(settled,))) == []
    assert find_conflicts(a_board(claims=(PARIS, again), conflicts=(settled,))) == []
    assert find_conflicts(a_board(claims=(PARIS, again), conflicts=(settled,), judge="kimi")) == []
    assert doubted(a_board(claims=(PARIS, ROME), conflicts=(settled,))) == [("clm_1", "clm_3")]


def test_a_judge_does_not_open_what_people_have_set_aside() -> None:
    settled = a_doubt(PARIS, LYON, status="set_aside")
    differ = about(["clm_1", "clm_2"], "differ")
    board = a_board(claims=(PARIS, LYON), conflicts=(settled,), judgements=(differ,), judge="kimi")
    assert find_conflicts(board) == []


@pytest.mark.parametrize(
    "claims", [(PARIS,), (PARIS, replace(LYON, value="paris"))], ids=["gone", "the same now"]
)
def test_a_doubt_that_is_over_is_taken_off_the_page(claims: tuple[Claim, ...]) -> None:
    board = a_board(claims=claims, conflicts=(a_doubt(PARIS, LYON),))
    (move,) = find_conflicts(board)
    assert isinstance(move, WithdrawConflict)
    assert (move.conflict_id, move.reason.code) == ("cfl_9", "no_longer_in_doubt")


def test_a_judge_who_can_tell_ends_a_doubt() -> None:
    board = a_board(claims=(PARIS, LYON), conflicts=(a_doubt(PARIS, LYON),), judge="kimi")
    agree = replace(board, judgements=(about(["clm_1", "clm_2"], "agree"),))
    assert [move.kind for move in find_conflicts(agree)] == ["withdraw_conflict"]
    differ = replace(board, judgements=(about(["clm_1", "clm_2"], "differ"),))
    first, second = find_conflicts(differ)
    assert isinstance(first, OpenConflict) and isinstance(second, WithdrawConflict)


def test_nothing_is_in_doubt_on_a_subject_that_is_in_conflict() -> None:
    thirty, ten = a_claim(1, 30), a_claim(2, 10)
    rough = a_claim(3, "about 34")
    assert [move.kind for move in find_conflicts(a_board(claims=(thirty, ten, rough)))] == [
        "open_conflict"
    ]


def test_only_some_doubts_are_before_people_at_once() -> None:
    claims = [
        a_claim(2 * n + side, f"word {side}", "", subject=f"x{n}")
        for n in range(40)
        for side in (0, 1)
    ]
    board = a_board(claims=tuple(claims))
    assert len(find_conflicts(board)) == 5
    held = tuple(
        replace(a_doubt(claims[2 * n], claims[2 * n + 1], key=f"x{n}"), id=f"cfl_{n}")
        for n in range(DOUBTS_AT_ONCE)
    )
    assert find_conflicts(replace(board, conflicts=held)) == []


def test_a_doubt_waits_for_nobody() -> None:
    cards = (a_card(1), a_card(3, depends_on=(Dependency("card_1", True),)))
    board = a_board(*cards, claims=(PARIS, LYON), conflicts=(a_doubt(PARIS, LYON),))
    assert blocked_by_conflict(board) == {}
