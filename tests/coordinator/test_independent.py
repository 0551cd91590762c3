"""A card that asks for several runs apart from one another."""

from __future__ import annotations

from typing import Any

from agents.coordinator.assignment import dispatch
from agents.coordinator.board import Board, Card, Limits, Run
from agents.coordinator.moves import Assign, HandOff
from agents.coordinator.plan import plan
from tests.coordinator.boards import a_board, a_card, a_run, a_seat

THREE = (a_seat("ada"), a_seat("bo", order=1), a_seat("cy", order=2))


def a_slot_run(slot: int, state: str, agent_id: str, **more: Any) -> Run:
    fields: dict[str, Any] = {"id": f"run_{agent_id}", "slot": slot, "remedy": "reassign"}
    return a_run(state, agent_id, **fields | more)


def begun(*runs: Run, **more: Any) -> Card:
    fields: dict[str, Any] = {"status": "working", "independent": 2, "runs": runs}
    return a_card(**fields | more)


def given_(board: Board) -> list[tuple[str, int, int, int]]:
    return [
        (move.agent_id, move.slot, move.attempt, move.round)
        for move in dispatch(board).moves
        if isinstance(move, Assign)
    ]


def test_each_slot_goes_to_another_agent_at_once() -> None:
    card = a_card(independent=3)
    assert given_(a_board(card, seats=THREE)) == [
        ("agt_ada", 1, 1, 1),
        ("agt_bo", 2, 1, 1),
        ("agt_cy", 3, 1, 1),
    ]


def test_a_plan_gives_every_slot_out_though_their_reasons_are_alike() -> None:
    moves = plan(a_board(a_card(independent=3), seats=THREE)).moves
    assert [move.slot for move in moves if isinstance(move, Assign)] == [1, 2, 3]


def test_a_free_slot_of_a_card_at_work_is_filled_by_somebody_else() -> None:
    card = begun(a_slot_run(1, "working", "agt_ada"))
    assert given_(a_board(card, seats=THREE)) == [("agt_bo", 2, 1, 1)]


def test_a_card_with_all_its_runs_live_or_handed_in_is_left_alone() -> None:
    card = begun(a_slot_run(2, "working", "agt_bo"), a_slot_run(1, "submitted", "agt_ada"))
    out = dispatch(a_board(card, seats=THREE))
    assert (out.moves, out.held) == ([], [])


def test_a_slot_whose_run_failed_is_tried_again_by_who_has_not_the_card() -> None:
    card = begun(a_slot_run(2, "failed", "agt_bo"), a_slot_run(1, "working", "agt_ada"))
    assert given_(a_board(card, seats=THREE)) == [("agt_cy", 2, 2, 1)]


def test_a_card_with_one_run_is_not_given_twice() -> None:
    card = begun(a_slot_run(1, "working", "agt_ada"), independent=1)
    assert dispatch(a_board(card, seats=THREE)).moves == []


def test_where_too_few_agents_can_the_rest_waits_and_people_are_not_asked() -> None:
    (seat,) = THREE[:1]
    out = dispatch(a_board(a_card(independent=3), seats=(seat,)))
    assert [type(move) for move in out.moves] == [Assign]
    assert out.held[0].reason.code == "too_few_independent"
    assert out.held[0].reason.params == {"have": 1, "wanted": 3, "why": "nobody_usable"}


def test_where_nobody_can_a_card_with_several_runs_is_handed_over_once() -> None:
    (move,) = dispatch(a_board(a_card(independent=3), seats=(a_seat("ada", "docs"),))).moves
    assert isinstance(move, HandOff)


def test_a_slot_that_was_tried_often_enough_waits_as_long_as_another_goes_on() -> None:
    card = begun(a_slot_run(2, "failed", "agt_bo", attempt=2), a_slot_run(1, "working", "agt_ada"))
    out = dispatch(a_board(card, seats=THREE, limits=Limits(attempts=2)))
    assert out.moves == []
    params = out.held[0].reason.params
    assert (params["why"], params["attempts"]) == ("too_many_attempts", 2)


def test_changes_go_to_who_made_that_version_in_its_slot() -> None:
    card = begun(
        a_slot_run(2, "submitted", "agt_bo", version="changes_requested"),
        a_slot_run(1, "submitted", "agt_ada", version="submitted"),
        status="ready",
        deliverable="changes_requested",
    )
    assert given_(a_board(card, seats=THREE)) == [("agt_bo", 2, 1, 2)]


def test_a_rejected_version_frees_its_slot_for_an_agent_that_has_not_the_card() -> None:
    card = begun(
        a_slot_run(2, "submitted", "agt_bo", version="rejected"),
        a_slot_run(1, "submitted", "agt_ada", version="submitted"),
        status="ready",
        deliverable="rejected",
    )
    assert given_(a_board(card, seats=THREE)) == [("agt_cy", 2, 2, 1)]
    assert given_(a_board(card, seats=THREE[:2])) == []


def judged(**versions: str) -> Card:
    """Three handed in and people have judged: by agent the state of its version."""
    runs = [
        a_slot_run(slot, "submitted", f"agt_{name}", version=state)
        for slot, (name, state) in enumerate(versions.items(), start=1)
    ]
    return begun(
        *reversed(runs), status="ready", independent=3, deliverable=[*versions.values()][-1]
    )


def test_every_slot_whose_version_was_rejected_is_done_again() -> None:
    seats = (*THREE, a_seat("dee", order=3), a_seat("eve", order=4), a_seat("fay", order=5))
    made = given_(a_board(judged(ada="rejected", bo="rejected", cy="rejected"), seats=seats))
    assert [(slot, attempt, round_) for _, slot, attempt, round_ in made] == [
        (1, 2, 1), (2, 2, 1), (3, 2, 1),
    ]  # fmt: skip
    for agent_id, slot, _, _ in made:
        assert agent_id != ("agt_ada", "agt_bo", "agt_cy")[slot - 1]
    assert len({agent_id for agent_id, *_ in made}) == 3


def test_changes_of_several_go_each_to_who_made_its_version() -> None:
    card = judged(ada="changes_requested", bo="rejected", cy="changes_requested")
    made = given_(a_board(card, seats=(*THREE, a_seat("dee", order=3))))
    assert made == [("agt_ada", 1, 1, 2), ("agt_cy", 3, 1, 2), ("agt_dee", 2, 2, 1)]


def test_a_slot_is_not_given_to_who_is_to_change_its_version_in_another() -> None:
    card = judged(ada="changes_requested", bo="rejected", cy="changes_requested")
    made = given_(a_board(card, seats=THREE))
    assert made == [("agt_ada", 1, 1, 2), ("agt_cy", 3, 1, 2)]


def test_an_acceptance_that_is_taken_back_opens_every_slot_again() -> None:
    card = judged(ada="rolled_back", bo="superseded", cy="superseded")
    assert [slot for _, slot, _, _ in given_(a_board(card, seats=THREE))] == [1, 2, 3]
