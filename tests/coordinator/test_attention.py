"""Dispatch slows as the reviews that wait outgrow the reviewers, and goes on as people review."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents.coordinator.attention import most_new, places, why_full
from agents.coordinator.board import Board, Card, Dependency, Limits
from tests.coordinator.boards import a_board, a_card, a_run, with_run


def a_queue(waiting: int, *cards: Card, each: int = 3, reviewers: int = 1, **more: Any) -> Board:
    limits = Limits(reviews_each=each)
    return a_board(*cards, limits=limits, reviews_waiting=waiting, reviewers=reviewers, **more)


def working(number: int, state: str = "working", **more: Any) -> Card:
    return with_run(a_run(state, id=f"run_{number}", **more), number=number)


def given(board: Board) -> list[str]:
    """The cards that may be begun in one plan, in order, if agents were free."""
    left, found = places(board), []
    for card in board.cards:
        if card.status == "ready" and left.may_begin(card):
            left.take(card)
            found.append(card.id)
    return found


# --- how many ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiting", "live", "reviewers", "most"),
    [
        (0, 0, 1, 3), (2, 0, 1, 1), (3, 0, 1, 0), (9, 0, 1, 0), (1, 1, 1, 1), (0, 3, 1, 0),
        (3, 0, 2, 3), (7, 2, 3, 0),
    ],
)  # fmt: skip
def test_what_waits_and_what_is_being_made_takes_the_place_of_what_is_new(
    waiting: int, live: int, reviewers: int, most: int
) -> None:
    board = a_queue(waiting, *[working(n) for n in range(live)], reviewers=reviewers)
    assert most_new(board) == most


def test_zero_each_is_no_limit() -> None:
    board = a_queue(10_000, *[a_card(n) for n in range(50)], each=0)
    assert most_new(board) is None
    assert len(given(board)) == 50


@pytest.mark.parametrize("reviewers", [0, 1, 5])
@pytest.mark.parametrize("each", [1, 20])
def test_an_empty_queue_always_leaves_room_for_one(reviewers: int, each: int) -> None:
    board = a_queue(0, a_card(), each=each, reviewers=reviewers)
    assert (most_new(board) or 0) >= 1
    assert given(board) == ["card_1"]


@pytest.mark.parametrize(
    ("card", "counts"),
    [
        (working(1, "queued"), 1),
        (working(1, "waiting"), 1),
        (working(1, "stale"), 1),
        (working(1, "cancelling"), 0),
        (working(1, "failed"), 0),
        (working(1, "submitted"), 0),
        (with_run(a_run("working", None, worker="person")), 0),
    ],
)
def test_only_agents_runs_that_will_hand_in_are_counted(card: Card, counts: int) -> None:
    assert most_new(a_queue(0, card)) == 3 - counts


# --- which -------------------------------------------------------------------------------


def test_a_plan_gives_out_no_more_than_the_queue_has_room_for() -> None:
    board = a_queue(1, *[a_card(n) for n in (1, 2, 3, 4)])
    assert given(board) == ["card_1", "card_2"]


def test_a_card_that_waits_says_how_many_reviews_there_are() -> None:
    reason = why_full(a_queue(3, working(7), a_card(), reviewers=1), begun=2)
    assert (reason.code, reason.params) == (
        "review_queue_full", {"reviews": 3, "reviewers": 1, "limit": 3, "under_way": 3},
    )  # fmt: skip


def test_changes_a_person_asked_for_go_at_once() -> None:
    run = a_run("submitted", id="run_9")
    wanted = a_card(9, deliverable="changes_requested", runs=(run,), attempts=1, rounds=1)
    assert given(a_queue(100, a_card(1), wanted)) == ["card_9"]
    assert given(a_queue(2, wanted, a_card(1), a_card(2))) == ["card_9", "card_1"]


def test_a_card_others_wait_for_goes_before_reviewers_have_caught_up() -> None:
    blocked = a_card(2, depends_on=(Dependency("card_1", met=False),))
    board = a_queue(3, a_card(1), a_card(3))
    assert given(board) == []
    with_other = replace(board, cards=(*board.cards, replace(blocked, status="triage")))
    assert given(with_other) == ["card_1"]
    met = replace(blocked, status="triage", depends_on=(Dependency("card_1", met=True),))
    assert given(replace(board, cards=(*board.cards, met))) == []


def test_even_what_others_wait_for_has_an_end() -> None:
    parts = [a_card(n) for n in range(1, 9)]
    report = a_card(
        99, status="triage", depends_on=tuple(Dependency(card.id, False) for card in parts)
    )
    assert len(given(a_queue(3, *parts, report))) == 3
    assert given(a_queue(6, *parts, report)) == []


def test_as_people_review_more_is_given_out() -> None:
    cards = [a_card(n) for n in range(1, 9)]
    counts = [len(given(a_queue(waiting, *cards))) for waiting in (5, 3, 2, 0)]
    assert counts == [0, 0, 1, 3]
    assert len(given(a_queue(3, *cards, reviewers=2))) == 3


def test_whatever_the_size_of_the_board_it_is_gone_through_once() -> None:
    chain = [
        a_card(n, depends_on=(Dependency(f"card_{n - 1}", False),) if n else ())
        for n in range(1000)
    ]
    left = places(a_queue(50, *chain, each=20))
    assert left.awaited == {f"card_{n}" for n in range(999)}
    assert not left.may_begin(chain[-1])
