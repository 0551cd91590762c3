"""What is expected of an agent, from what it has shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.coordinator.board import Record, Seat
from agents.coordinator.learning import Estimate, Learned
from tests.coordinator.boards import a_seat


def of(seat: Seat, *skills: str, kind: str = "report") -> Estimate:
    return Learned((seat,)).estimate(0, frozenset(skills or ("testing",)), kind)


def shown(*rows: tuple[str, str, float, float]) -> tuple[Record, ...]:
    return tuple(Record(*row) for row in rows)


def test_before_anything_was_shown_an_agent_is_taken_at_its_word() -> None:
    best_at, also = of(a_seat("ada", "testing", "docs")), of(a_seat("bo", "docs", "testing"))
    assert best_at.success > also.success
    assert (best_at.basis, best_at.seen) == ("declared", 0.0)


def test_the_kind_counts_more_than_the_skill_and_that_more_than_all_it_has_shown() -> None:
    rows = shown(
        ("testing", "report", 8, 0), ("testing", "", 8, 8), ("", "", 8, 16), ("", "report", 8, 0)
    )
    seat = a_seat("ada", records=rows)
    assert (of(seat).basis, of(seat).good) == ("kind", 8)
    assert (of(seat, kind="table").basis, of(seat, kind="table").bad) == ("skill", 8)
    assert of(seat, "docs", kind="table").basis == "overall"
    assert of(seat).success > of(seat, kind="table").success


def test_counts_without_records_are_taken_as_what_it_has_done_at_all() -> None:
    seat = a_seat("ada", successes=2, failures=7)
    assert (of(seat).basis, of(seat).seen) == ("overall", 9.0)
    assert of(seat).success < of(a_seat("bo")).success


def test_an_agent_that_goes_bad_at_one_skill_is_trusted_less_at_the_others() -> None:
    steady = shown(("testing", "", 6, 1), ("docs", "", 6, 1), ("", "", 6, 1))
    fallen = shown(("testing", "", 6, 1), ("docs", "", 1, 6), ("", "", 1, 6))
    before = of(a_seat("ada", "docs", "testing", records=steady))
    after = of(a_seat("ada", "docs", "testing", records=fallen))
    assert after.success < before.success - 0.1


def test_a_card_with_two_skills_is_as_sure_as_the_weaker_of_them() -> None:
    rows = shown(("testing", "", 7, 0), ("docs", "", 1, 6), ("", "", 7, 5))
    seat = a_seat("ada", "testing", "docs", records=rows)
    assert of(seat, "testing", "docs") == of(seat, "docs")


def test_being_slower_and_dearer_than_the_others_takes_off_a_little_and_unknown_takes_nothing() -> (
    None
):
    seats = (
        a_seat("slow", latency_s=900.0, cost_usd=2.0),
        a_seat("usual", latency_s=60.0, cost_usd=0.1),
        a_seat("quick", latency_s=6.0, cost_usd=0.01),
        a_seat("unknown"),
    )
    slow, usual, quick, unknown = map(Learned(seats).handicap, range(4))
    assert 0 < slow < 0.05
    assert usual == unknown == 0
    assert -0.05 < quick < 0


COUNT = st.floats(0, 60, allow_nan=False)


@given(COUNT, COUNT, st.sampled_from(["declared", "", "report"]))
def test_a_success_never_lowers_what_is_expected_and_a_failure_never_raises_it(
    good: float, bad: float, kind: str
) -> None:
    def expected(good: float, bad: float) -> float:
        rows = shown(("testing", kind, good, bad), ("", "", good, bad))
        return of(a_seat("ada", records=rows)).success

    assert expected(good + 1, bad) >= expected(good, bad) - 1e-9
    assert expected(good, bad + 1) <= expected(good, bad) + 1e-9


@given(COUNT, COUNT)
def test_an_estimate_is_a_share_and_doubt_shrinks_with_evidence(good: float, bad: float) -> None:
    rows = shown(("testing", "report", good, bad))
    one = of(a_seat("ada", records=rows))
    assert 0 <= one.success <= 1
    assert 0 <= one.bonus <= of(a_seat("bo")).bonus + 0.01


@given(st.floats(0.05, 0.95), st.floats(1, 10))
def test_the_same_share_seen_more_often_leaves_less_doubt(share: float, times: float) -> None:
    def doubt(count: float) -> float:
        rows = shown(("testing", "report", share * count, (1 - share) * count))
        return of(a_seat("ada", records=rows)).bonus

    assert doubt(40 * times) < doubt(4)
