"""What was built on has changed: live runs are told or ended, finished work is asked about."""

from __future__ import annotations

from typing import Any

import pytest

from agents.coordinator.board import Card, ChangedInput
from agents.coordinator.moves import AskStanding, FailRun, Move, TellInputs
from agents.coordinator.staleness import follow_changes
from tests.coordinator.boards import a_board, a_card, a_run, with_run

NEWER = ChangedInput("dlv_1", "card_8", now_id="dlv_2")
GONE = ChangedInput("dlv_3", "card_9")
SETTLED = ChangedInput("dlv_4", "card_7", settled=True)


def moves_for(card: Card) -> list[Move]:
    return follow_changes(a_board(card))


def changed_run(state: str, *changed: ChangedInput, **more: Any) -> Card:
    return with_run(a_run(state, changed_inputs=changed, **more))


@pytest.mark.parametrize("state", ["queued", "offered", "working", "waiting", "stale"])
def test_a_live_run_is_told_of_the_versions_that_took_the_place(state: str) -> None:
    (move,) = moves_for(changed_run(state, NEWER, SETTLED))
    assert isinstance(move, TellInputs)
    assert move.subject == "run_1"
    assert move.reason.params["changed"] == [
        {"deliverable_id": "dlv_1", "card_id": "card_8", "now_id": "dlv_2"}
    ]


@pytest.mark.parametrize("changed", [(GONE,), (NEWER, GONE)])
def test_a_run_whose_input_has_gone_ends_with_which(changed: tuple[ChangedInput, ...]) -> None:
    (move,) = moves_for(changed_run("working", *changed))
    assert isinstance(move, FailRun)
    assert (move.failure, move.reason.code) == ("stale_input", "stale_input")
    assert move.reason.params["gone"] == [
        {"deliverable_id": "dlv_3", "card_id": "card_9", "now_id": None}
    ]


def test_a_persons_run_is_told_but_never_ended() -> None:
    (move,) = moves_for(changed_run("working", NEWER, worker="person", agent_id=None))
    assert isinstance(move, TellInputs)
    assert moves_for(changed_run("working", GONE, worker="person", agent_id=None)) == []


@pytest.mark.parametrize("state", ["cancelling", "submitted", "failed", "declined", "superseded"])
def test_a_run_that_is_over_or_stopping_is_left_alone(state: str) -> None:
    assert moves_for(changed_run(state, NEWER, GONE)) == []


@pytest.mark.parametrize("state", ["working", "offered"])
def test_what_is_settled_is_not_told_again(state: str) -> None:
    assert moves_for(changed_run(state, SETTLED)) == []


@pytest.mark.parametrize("changed", [NEWER, GONE])
def test_people_are_asked_once_whether_finished_work_stands(changed: ChangedInput) -> None:
    runs = (
        a_run("cancelled", id="run_3"),
        a_run("submitted", id="run_2", changed_inputs=(changed,)),
        a_run("submitted", id="run_1", changed_inputs=(GONE,)),
    )
    (move,) = moves_for(a_card(status="done", runs=runs))
    assert isinstance(move, AskStanding)
    assert (move.subject, move.run_id) == ("card_1", "run_2")
    assert moves_for(a_card(status="done", runs=runs, confirming=True)) == []


def test_finished_work_on_what_still_holds_is_left_alone() -> None:
    runs = (a_run("submitted", changed_inputs=(SETTLED,)), a_run("failed", changed_inputs=(GONE,)))
    assert moves_for(a_card(status="done", runs=runs)) == []
    assert moves_for(a_card(status="done")) == []


def test_a_version_in_review_is_marked_by_its_page_alone() -> None:
    runs = (a_run("submitted", changed_inputs=(GONE,)),)
    assert moves_for(a_card(status="review", runs=runs)) == []
