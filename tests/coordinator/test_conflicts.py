"""Conflicts between claims: opened once, grown, withdrawn, never raised again once ruled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coordinator.board import Board, Claim, Conflict, Dependency, Heard, Judgement
from agents.coordinator.conflicts import blocked_by_conflict, find_conflicts
from agents.coordinator.moves import (
    AskJudgement,
    DoubtClaims,
    Move,
    OpenConflict,
    TakeAnswer,
    WithdrawConflict,
)
from agents.coordinator.saved import board_from_json, board_to_json, move_from_json, move_to_json
from tests.coordinator.boards import a_board, a_card

KEY = "client timeout"


def a_claim(number: int, value: Any, unit: str = "s", **more: Any) -> Claim:
    """Claim n of card n about the client's timeout."""
    fields: dict[str, Any] = {
        "id": f"clm_{number}",
        "deliverable_id": f"dlv_{number}",
        "card_id": f"card_{number}",
        "subject": "client.timeout",
        "value": value,
        "unit": unit,
    }
    return Claim(**fields | more)


THIRTY, TEN = a_claim(1, 30), a_claim(2, 10)


def an_open(*claim_ids: str, **more: Any) -> Conflict:
    return Conflict(**{"id": "cfl_1", "key": KEY, "status": "open", "claim_ids": claim_ids} | more)


def a_board_of(*claims: Claim, **more: Any) -> Board:
    return a_board(claims=claims, **more)


def opened(board: Board) -> list[tuple[str, tuple[str, ...]]]:
    moves = find_conflicts(board)
    return [(move.key, move.claim_ids) for move in moves if isinstance(move, OpenConflict)]


def doubted(board: Board) -> list[tuple[str, ...]]:
    return [move.claim_ids for move in find_conflicts(board) if isinstance(move, DoubtClaims)]


def test_claims_of_two_cards_that_differ_open_a_conflict_with_both_sides() -> None:
    (move,) = find_conflicts(a_board_of(TEN, THIRTY))
    assert isinstance(move, OpenConflict)
    assert (move.key, move.claim_ids) == (KEY, ("clm_1", "clm_2"))
    assert move.reason.code == "numbers_differ"
    assert (move.reason.params["a"], move.reason.params["b"]) == ("30 s", "10 s")


def test_everybody_who_disagrees_is_in_and_nobody_else() -> None:
    same = a_claim(3, "30 seconds", "")
    other = a_claim(4, 99, subject="server.timeout")
    assert opened(a_board_of(THIRTY, TEN, same, other)) == [(KEY, ("clm_1", "clm_2", "clm_3"))]


@pytest.mark.parametrize(
    "two",
    [
        a_claim(2, 30_000, "ms"),
        a_claim(2, 10, card_id="card_1", deliverable_id="dlv_1"),
        a_claim(2, 10, card_id="card_1"),
        a_claim(2, 10, subject="server.timeout"),
        a_claim(2, 10, subject="client.timeout.max"),
        a_claim(2, 30, ""),
        a_claim(2, "1,500", subject=""),
    ],
    ids=[
        "same",
        "same version",
        "same card",
        "other side",
        "other limit",
        "unit left out",
        "no name",
    ],
)
def test_claims_that_agree_or_cannot_be_compared_open_nothing(two: Claim) -> None:
    assert find_conflicts(a_board_of(THIRTY, two)) == []


def test_independent_runs_of_one_card_may_contradict_each_other() -> None:
    two = replace(TEN, card_id="card_1")
    twice = replace(TEN, id="clm_3", card_id="card_1", deliverable_id="dlv_1")
    card = a_card(independent=2)
    assert opened(a_board(card, claims=(THIRTY, two))) == [(KEY, ("clm_1", "clm_2"))]
    assert find_conflicts(a_board(card, claims=(THIRTY, twice))) == []


def test_an_open_conflict_is_not_opened_again_but_grows() -> None:
    shown = an_open("clm_1", "clm_2")
    assert find_conflicts(a_board_of(THIRTY, TEN, conflicts=(shown,))) == []
    late = a_claim(3, 60)
    board = a_board_of(THIRTY, TEN, late, conflicts=(shown,))
    assert opened(board) == [(KEY, ("clm_1", "clm_2", "clm_3"))]


def test_what_was_ruled_on_is_not_raised_again() -> None:
    heard = (Heard(30, "s"), Heard(10, "s"))
    ruled = Conflict("cfl_1", KEY, "ruled", heard=heard, holds=Heard(10, "s"))
    again = a_claim(5, "0.5 min", "")
    assert find_conflicts(a_board_of(THIRTY, TEN, again, conflicts=(ruled,))) == []
    new = a_claim(6, 60)
    assert opened(a_board_of(TEN, new, conflicts=(ruled,))) == [(KEY, ("clm_2", "clm_6"))]
    assert opened(a_board_of(THIRTY, TEN, conflicts=(replace(ruled, key="server timeout"),)))


def test_a_conflict_whose_claims_vanished_or_agree_is_withdrawn() -> None:
    conflict = an_open("clm_1", "clm_2")
    for claims in ((), (THIRTY,), (THIRTY, a_claim(2, "30 s", ""))):
        (move,) = find_conflicts(a_board_of(*claims, conflicts=(conflict,)))
        assert isinstance(move, WithdrawConflict)
        assert move.conflict_id == "cfl_1"


def test_a_conflict_stays_while_nobody_can_tell_or_a_new_claim_takes_a_side() -> None:
    conflict = an_open("clm_1", "clm_2")
    unclear = replace(TEN, value="short", unit="")
    assert find_conflicts(a_board_of(THIRTY, unclear, conflicts=(conflict,))) == []
    board = a_board_of(THIRTY, a_claim(3, 60), conflicts=(conflict,))
    assert opened(board) == [(KEY, ("clm_1", "clm_3"))]


@pytest.mark.parametrize("status", ["ruled", "withdrawn"])
def test_a_closed_conflict_is_never_withdrawn(status: str) -> None:
    closed = an_open("clm_1", "clm_2", status=status)
    assert find_conflicts(a_board_of(THIRTY, conflicts=(closed,))) == []


PARIS = a_claim(1, "Paris", "", subject="capital")
LYON = a_claim(2, "Lyon", "", subject="capital")


def an_answer(verdict: str = "differ", **more: Any) -> Judgement:
    fields: dict[str, Any] = {
        "id": "jdg_1",
        "kind": "reconcile",
        "subject_id": "clm_2",
        "revision": 1,
        "state": "answered",
        "judge": "kimi",
        "answer": {"verdict": verdict, "claim_ids": ["clm_1", "clm_2"]},
    }
    return Judgement(**fields | more)


def test_texts_that_cannot_be_told_apart_are_put_to_a_model_once() -> None:
    board = a_board_of(PARIS, LYON, judge="kimi", revision=3)
    (move,) = find_conflicts(board)
    assert isinstance(move, AskJudgement)
    assert (move.judgement, move.subject_id, move.revision) == ("reconcile", "clm_2", 3)
    assert move.reason.params["claim_ids"] == ["clm_1", "clm_2"]
    for state in ("open", "taken"):
        asked = an_answer("agree", state=state)
        assert find_conflicts(replace(board, judgements=(asked,))) == []


def test_the_rules_are_not_asked_what_they_cannot_tell_but_people_are() -> None:
    (move,) = find_conflicts(a_board_of(PARIS, LYON, judge="rules"))
    assert isinstance(move, DoubtClaims)
    assert (move.key, move.claim_ids) == ("capital", ("clm_1", "clm_2"))
    assert (move.reason.code, move.reason.params["a"]) == ("texts_unclear", "Paris")


def test_one_pair_of_a_subject_and_five_subjects_are_asked_about_at_once() -> None:
    claims = [
        a_claim(10 * place + card, f"word {card}", "", card_id=f"card_{card}", subject=f"x{place}")
        for place in range(8)
        for card in range(1, 4)
    ]
    moves = find_conflicts(a_board_of(*claims, judge="kimi"))
    subjects = [move.reason.params["key"] for move in moves]
    assert len(moves) == len(set(subjects)) == 5
    assert all(isinstance(move, AskJudgement) for move in moves)


def test_a_model_is_asked_about_numbers_whose_texts_name_two_cases() -> None:
    adults = a_claim(1, 30, text="30 s for adults")
    children = a_claim(2, 10, text="10 s for children")
    assert doubted(a_board_of(adults, children, judge="rules")) == [("clm_1", "clm_2")]
    (move,) = find_conflicts(a_board_of(adults, children, judge="kimi"))
    assert isinstance(move, AskJudgement)
    told = an_answer(state="taken")
    board = a_board_of(adults, children, judge="kimi", judgements=(told,))
    assert opened(board) == [(KEY, ("clm_1", "clm_2"))]


def test_an_answer_is_taken_and_opens_a_conflict_only_if_they_differ() -> None:
    board = a_board_of(PARIS, LYON, judge="kimi")
    take, move = find_conflicts(replace(board, judgements=(an_answer(),)))
    assert isinstance(take, TakeAnswer)
    assert (take.judgement, take.judgement_id, take.subject_id) == ("reconcile", "jdg_1", "clm_2")
    assert isinstance(move, OpenConflict)
    assert move.claim_ids == ("clm_1", "clm_2")
    (only,) = find_conflicts(replace(board, judgements=(an_answer("agree"),)))
    assert isinstance(only, TakeAnswer)
    unsure = replace(board, judgements=(an_answer("cannot_tell"),))
    assert [move.kind for move in find_conflicts(unsure)] == ["take_answer", "doubt_claims"]


def test_a_conflict_that_a_model_found_stays_open_after_its_answer_was_taken() -> None:
    board = a_board_of(PARIS, LYON, judge="kimi", judgements=(an_answer(state="taken"),))
    assert opened(board)
    shown = an_open("clm_1", "clm_2", key="capital")
    assert find_conflicts(replace(board, conflicts=(shown,))) == []
    assert find_conflicts(replace(board, conflicts=(replace(shown, status="ruled"),))) == []


@pytest.mark.parametrize(
    "claim_ids",
    [
        ["clm_1", "clm_9"],
        ["clm_1", "clm_3"],
        ["clm_2"],
        ["clm_2", "clm_2"],
        ["clm_2", "clm_4"],
        ["clm_2", ["clm_1"]],
        "clm_1 clm_2",
        None,
    ],
)
def test_an_answer_about_other_claims_opens_nothing(claim_ids: Any) -> None:
    stranger = a_claim(3, "Rome", "", subject="capital of Italy")
    same = a_claim(4, "lyon", "", subject="capital")
    answer = an_answer(answer={"verdict": "differ", "claim_ids": claim_ids})
    board = a_board_of(PARIS, LYON, stranger, same, judge="kimi", judgements=(answer,))
    assert opened(board) == [] and find_conflicts(board)[0].kind == "take_answer"


def test_a_model_does_not_overrule_what_the_rules_can_tell() -> None:
    same = a_claim(2, 30_000, "ms")
    board = a_board_of(THIRTY, same, judge="kimi", judgements=(an_answer(),))
    assert [move.kind for move in find_conflicts(board)] == ["take_answer"]


def test_what_builds_on_a_claim_in_conflict_waits_however_far_up() -> None:
    cards = (
        a_card(1),
        a_card(2),
        a_card(3, depends_on=(Dependency("card_1", True),)),
        a_card(4, depends_on=(Dependency("card_3", False), Dependency("card_9", True))),
        a_card(5, depends_on=(Dependency("card_2", True),)),
        a_card(6),
        a_card(7, parent_id="card_6", depends_on=(Dependency("card_4", False),)),
    )
    other = an_open("clm_2", id="cfl_2", key="server timeout")
    ruled = an_open("clm_1", id="cfl_3", status="ruled")
    conflicts = (other, an_open("clm_1"), ruled)
    board = a_board(*cards, claims=(THIRTY, TEN), conflicts=conflicts)
    assert blocked_by_conflict(board) == {
        "card_3": ("cfl_1",),
        "card_4": ("cfl_1",),
        "card_5": ("cfl_2",),
        "card_6": ("cfl_1",),
        "card_7": ("cfl_1",),
    }
    both = replace(board, conflicts=(other, an_open("clm_1", "clm_2")))
    assert blocked_by_conflict(both)["card_5"] == ("cfl_1", "cfl_2")
    assert blocked_by_conflict(replace(board, conflicts=(ruled,))) == {}


def test_a_circle_of_cards_does_not_keep_the_others_from_waiting() -> None:
    cards = (
        a_card(1),
        a_card(3, depends_on=(Dependency("card_1", True),)),
        a_card(4, depends_on=(Dependency("card_5", False),)),
        a_card(5, depends_on=(Dependency("card_4", False),)),
    )
    board = a_board(*cards, claims=(THIRTY,), conflicts=(an_open("clm_1"),))
    assert blocked_by_conflict(board) == {"card_3": ("cfl_1",)}


def test_the_moves_and_the_board_survive_being_saved() -> None:
    board = a_board_of(
        THIRTY, TEN, PARIS, LYON, judge="kimi", conflicts=(an_open("clm_8", key="x"),)
    )
    moves = find_conflicts(board)
    assert {move.kind for move in moves} == {
        "open_conflict",
        "withdraw_conflict",
        "ask_judgement",
    }
    assert find_conflicts(board_from_json(board_to_json(board))) == moves
    again: list[Move] = [move_from_json(move_to_json(move)) for move in moves]
    assert [move_to_json(move) for move in again] == [move_to_json(move) for move in moves]


SUBJECTS = ["client.timeout", "the timeout of the client", "server.timeout", "capital"]
VALUES = [30, 10, "30 s", "0.5 min", "about 30 s", True, "Paris", "Lyon", "1,500", None]
CLAIMS = st.lists(
    st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(VALUES), st.integers(1, 4)), max_size=12
).map(
    lambda drawn: [
        a_claim(place, value, "", subject=subject, card_id=f"card_{card}")
        for place, (subject, value, card) in enumerate(drawn)
    ]
)


@settings(max_examples=150, deadline=None)
@given(CLAIMS, st.randoms(use_true_random=False))
def test_the_order_of_claims_changes_no_move(claims: list[Claim], random: Any) -> None:
    shuffled = list(claims)
    random.shuffle(shuffled)
    conflicts = (an_open("clm_0", "clm_1"),)
    one = a_board_of(*claims, judge="kimi", conflicts=conflicts)
    two = a_board_of(*shuffled, judge="kimi", conflicts=conflicts)
    assert find_conflicts(one) == find_conflicts(two)


@settings(max_examples=150, deadline=None)
@given(CLAIMS, st.sampled_from(VALUES))
def test_a_claim_about_something_else_changes_no_move(claims: list[Claim], value: Any) -> None:
    board = a_board_of(*claims, judge="kimi")
    other = a_claim(99, value, subject="the colour of the roof")
    assert find_conflicts(board) == find_conflicts(replace(board, claims=(*claims, other)))


@settings(max_examples=150, deadline=None)
@given(CLAIMS)
def test_once_opened_everything_is_quiet(claims: list[Claim]) -> None:
    board = a_board_of(*claims)
    conflicts = tuple(
        Conflict(f"cfl_{place}", key, "open", claim_ids)
        for place, (key, claim_ids) in enumerate(opened(board))
    )
    quiet = replace(board, conflicts=conflicts)
    assert {move.kind for move in find_conflicts(quiet)} <= {"doubt_claims"}
    places = enumerate(move for move in find_conflicts(quiet) if isinstance(move, DoubtClaims))
    doubts = [Conflict(f"dbt_{n}", one.key, "doubted", one.claim_ids) for n, one in places]
    assert find_conflicts(replace(quiet, conflicts=(*conflicts, *doubts))) == []


def test_a_flood_of_claims_on_one_subject_is_still_one_conflict() -> None:
    claims = [a_claim(number, number) for number in range(3_000)]
    ((key, claim_ids),) = opened(a_board_of(*claims))
    assert (key, len(claim_ids)) == (KEY, 3_000)
