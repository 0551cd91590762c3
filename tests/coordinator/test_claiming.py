"""Work that is taken obeys the rules by which work is given."""

from __future__ import annotations

from typing import Any

import pytest

from agents.coordinator.claiming import claim, claimable
from agents.coordinator.moves import Assign, Reason
from tests.coordinator.boards import a_board, a_card, a_run, a_seat

ADA, BEN = a_seat("ada"), a_seat("ben")


def why(board: Any, agent: str = "agt_ada") -> str:
    answer = claim(board, "card_1", agent)
    assert isinstance(answer, Reason)
    assert list(claimable(board, agent)) == []
    return answer.code


def test_a_ready_card_is_assigned_to_who_comes_for_it() -> None:
    board = a_board(a_card(), seats=(ADA, BEN))
    answer = claim(board, "card_1", "agt_ben")
    assert isinstance(answer, Assign)
    assert (answer.agent_id, answer.attempt, answer.round) == ("agt_ben", 1, 1)
    assert answer.reason.code == "claimed"
    assert [card.id for card in claimable(board, "agt_ben")] == ["card_1"]


@pytest.mark.parametrize(
    ("card", "seat", "code"),
    [
        ({"status": "triage"}, {}, "card_not_free"),
        ({"status": "done"}, {}, "card_not_free"),
        ({"has_open_ask": True}, {}, "card_not_free"),
        ({"kept_for_person": True}, {}, "kept_for_person"),
        ({"skills": ("welding",)}, {}, "lacks_skills"),
        ({"not_for": ("agt_ada",)}, {}, "has_a_side"),
        ({}, {"load": 2}, "at_capacity"),
        ({}, {"usable": False, "unusable_because": "paused"}, "paused"),
        ({}, {"usable": False, "unusable_because": "not_auditioned"}, "not_auditioned"),
        ({"assignee": "agt_ben"}, {}, "kept_for_another"),
    ],
)
def test_a_claim_is_refused_as_a_gift_would_be(card: Any, seat: Any, code: str) -> None:
    assert why(a_board(a_card(**card), seats=(a_seat("ada", **seat), BEN))) == code


def test_who_failed_or_declined_before_does_not_get_it_again() -> None:
    for state, code in (("failed", "failed_before"), ("declined", "declined_before")):
        run = a_run(state, failure="error", remedy="reassign")
        board = a_board(a_card(runs=(run,), attempts=1), seats=(ADA, BEN))
        assert why(board) == code
        answer = claim(board, "card_1", "agt_ben")
        assert isinstance(answer, Assign) and answer.attempt == 2


def test_changes_go_to_who_made_the_version() -> None:
    run = a_run("submitted", version="changes_requested")
    card = a_card(runs=(run,), attempts=1, rounds=1, deliverable="changes_requested")
    board = a_board(card, seats=(ADA, BEN))
    assert why(board, "agt_ben") == "kept_for_another"
    answer = claim(board, "card_1", "agt_ada")
    assert isinstance(answer, Assign) and (answer.attempt, answer.round) == (1, 2)


def test_nothing_is_taken_in_a_paused_room_nor_a_card_that_is_not_there() -> None:
    assert why(a_board(a_card(), seats=(ADA,), paused=True)) == "room_paused"
    answer = claim(a_board(seats=(ADA,)), "card_1", "agt_ada")
    assert answer == Reason("card_not_free")


def test_who_has_no_seat_takes_nothing() -> None:
    assert why(a_board(a_card(), seats=(BEN,))) == "not_in_room"
