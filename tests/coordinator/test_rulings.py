"""After a ruling: what people heard is quiet, what contradicts it later is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agents.coordinator.board import Board, Claim, Conflict, Heard
from agents.coordinator.conflicts import find_conflicts
from agents.coordinator.moves import AskJudgement, OpenConflict, WithdrawConflict
from tests.coordinator.boards import NOON, a_board
from tests.coordinator.test_conflicts import KEY, TEN, THIRTY, a_claim, doubted, opened

HEARD = (Heard(30, "s"), Heard(10, "s"))
RULED_20 = Conflict(
    "cfl_1", KEY, "ruled", ("clm_1", "clm_2"), HEARD, holds=Heard(20, "s"), ruled_at=NOON
)
RULED_10 = replace(RULED_20, holds=Heard(10, "s"))


def later(number: int, value: Any, unit: str = "s", **more: Any) -> Claim:
    return a_claim(number, value, unit, said_at=NOON + timedelta(hours=1), **more)


def after_ruling(ruling: Conflict, *claims: Claim, **more: Any) -> Board:
    return a_board(claims=claims, **{"conflicts": (ruling,)} | more)


def test_a_later_claim_of_the_value_that_was_ruled_raises_nothing() -> None:
    same = later(5, "20000", "ms")
    assert find_conflicts(after_ruling(RULED_20, THIRTY, TEN, same)) == []


@pytest.mark.parametrize("said", [30, "0.5 min", 60])
def test_a_later_claim_against_the_ruling_is_raised_even_alone(said: Any) -> None:
    late = later(5, said, "" if isinstance(said, str) else "s")
    (move,) = find_conflicts(after_ruling(RULED_10, late))
    assert isinstance(move, OpenConflict)
    assert (move.claim_ids, move.against) == (("clm_5",), "cfl_1")
    assert (move.reason.code, move.reason.params["ruling"]) == ("contradicts_ruling", "cfl_1")
    assert move.reason.params["a"] == "10 s"


def test_what_was_said_before_the_ruling_is_not_raised_by_it() -> None:
    before = a_claim(5, 60, said_at=NOON - timedelta(hours=1))
    assert opened(after_ruling(RULED_10, before)) == []
    on_the_table = replace(THIRTY, said_at=NOON - timedelta(hours=1))
    assert find_conflicts(after_ruling(RULED_10, on_the_table, TEN)) == []


def test_the_newest_ruling_is_the_one_that_counts() -> None:
    again = replace(
        RULED_10, id="cfl_0", holds=Heard(30, "s"), claim_ids=("clm_5",),
        ruled_at=NOON + timedelta(hours=2),
    )  # fmt: skip
    both = (again, RULED_10)
    said = replace(later(5, 30), said_at=NOON + timedelta(hours=1))
    assert opened(after_ruling(RULED_10, said, conflicts=both)) == []
    ten = replace(later(6, 10), said_at=NOON + timedelta(hours=3))
    assert opened(after_ruling(RULED_10, said, ten, conflicts=both)) == [(KEY, ("clm_6",))]


def test_a_claim_that_people_ruled_on_is_heard_from_then_on() -> None:
    again = replace(RULED_10, id="cfl_2", claim_ids=("clm_5",), ruled_at=NOON + timedelta(hours=2))
    assert opened(after_ruling(RULED_10, later(5, 60), conflicts=(RULED_10, again))) == []


def test_a_conflict_with_a_ruling_stays_until_its_version_is_gone() -> None:
    shown = Conflict("cfl_2", KEY, "open", ("clm_5",))
    both = (RULED_10, shown)
    assert find_conflicts(after_ruling(RULED_10, later(5, 60), conflicts=both)) == []
    (move,) = find_conflicts(after_ruling(RULED_10, TEN, conflicts=both))
    assert isinstance(move, WithdrawConflict)
    (grown,) = find_conflicts(after_ruling(RULED_10, later(5, 60), later(6, 70), conflicts=both))
    assert isinstance(grown, OpenConflict) and grown.claim_ids == ("clm_5", "clm_6")


IN_WORDS = Conflict(
    "cfl_1", "license", "ruled", ("clm_1", "clm_2"),
    (
        Heard(None, "", "It is under MIT.", "licence"),
        Heard(None, "", "It is under Apache 2.0.", "licence"),
    ),
    holds=Heard(None, "", "It is under MIT.", "licence"), ruled_at=NOON,
)  # fmt: skip


def in_words(number: int, text: str, **more: Any) -> Claim:
    return a_claim(number, None, "", subject="licence", text=text, **more)


def test_words_that_repeat_what_was_ruled_out_are_raised() -> None:
    late = NOON + timedelta(hours=1)
    again = in_words(5, "It is under Apache 2.0.", said_at=late)
    assert opened(after_ruling(IN_WORDS, again)) == [("license", ("clm_5",))]
    same = in_words(5, "It is under MIT.", said_at=late)
    assert find_conflicts(after_ruling(IN_WORDS, same)) == []


def test_words_that_people_heard_stay_heard_in_another_version() -> None:
    first, second = in_words(1, "It is under MIT."), in_words(7, "It is under Apache 2.0.")
    assert find_conflicts(after_ruling(IN_WORDS, first, second, judge="kimi")) == []


def test_other_words_after_a_ruling_are_looked_at_beside_what_holds() -> None:
    first = in_words(1, "It is under MIT.")
    losing = in_words(2, "It is under Apache 2.0.")
    new = in_words(9, "Somebody says it is BSD.", said_at=NOON + timedelta(hours=1))
    (move,) = find_conflicts(after_ruling(IN_WORDS, first, losing, new, judge="kimi"))
    assert isinstance(move, AskJudgement)
    assert move.reason.params["claim_ids"] == ["clm_1", "clm_9"]
    assert doubted(after_ruling(IN_WORDS, first, losing, new)) == [("clm_1", "clm_9")]
