"""Specialists come where nobody can do what is ready or everyone is busy, and go when idle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agents.coordinator.board import Board, Limits, Role
from agents.coordinator.moves import Assign, Dismiss, Enlist, HandOff
from agents.coordinator.plan import plan
from agents.coordinator.saved import board_from_json, board_to_json, move_from_json, move_to_json
from tests.coordinator.boards import NOON, a_card, a_run, a_seat

ROLES = (
    Role("tester", "Tester", ("testing", "checking"), ("report",)),
    Role("writer", "Writer", ("writing",), ("document",)),
    Role("maker", "Slide maker", ("slides",), ("slides",)),
)


def a_board(*cards: Any, seats: tuple[Any, ...] = (), most: int = 5, **more: Any) -> Board:
    return Board(
        room_id="room_1", now=NOON, goal="Ship it.", planned=True, cards=cards, seats=seats,
        limits=Limits(specialists=most), roles=ROLES, **more,
    )  # fmt: skip


def moves_of(board: Board, kind: type) -> list[Any]:
    return [move for move in plan(board).moves if isinstance(move, kind)]


def a_specialist(name: str, *skills: str, **more: Any) -> Any:
    fields = {"capacity": 1, "role": "tester", "idle_since": NOON}
    return a_seat(name, *skills, **fields | more)


def test_nobody_has_the_skill_so_a_specialist_comes_and_people_are_not_asked() -> None:
    board = a_board(a_card(1), a_card(2, skills=("writing",)))
    found = moves_of(board, Enlist)
    assert [(move.role, move.count) for move in found] == [("tester", 1), ("writer", 1)]
    assert found[0].reason.code == "enlisted_missing"
    assert found[0].reason.params["cards"] == [1]
    assert not moves_of(board, HandOff)
    assert {held.reason.code for held in plan(board).held} == {"specialist_comes"}


def test_everyone_is_busy_so_more_come() -> None:
    busy = a_specialist("one", load=1)
    working = a_card(1, status="working", runs=(a_run("working", "agt_one"),))
    found = moves_of(a_board(working, a_card(2), a_card(3), seats=(busy,)), Enlist)
    assert [(move.role, move.count, move.reason.code) for move in found] == [
        ("tester", 2, "enlisted_more")
    ]


def test_whoever_is_free_gets_the_card_first() -> None:
    board = a_board(a_card(1), seats=(a_specialist("one"),))
    assert moves_of(board, Assign)
    assert not moves_of(board, Enlist)


@pytest.mark.parametrize("most", [0, 1])
def test_no_more_come_than_the_room_takes(most: int) -> None:
    board = a_board(a_card(1), a_card(2), a_card(3), most=most)
    assert sum(move.count for move in moves_of(board, Enlist)) == most
    assert len(moves_of(board, HandOff)) == 3 - most


def test_those_who_are_there_count() -> None:
    there = tuple(a_specialist(f"s{n}", load=1) for n in range(4))
    board = a_board(a_card(1), a_card(2), seats=there)
    assert sum(move.count for move in moves_of(board, Enlist)) == 1


def test_without_a_model_people_are_asked_as_ever() -> None:
    board = replace(a_board(a_card(1)), roles=())
    assert not moves_of(board, Enlist)
    assert moves_of(board, HandOff)


def test_a_skill_no_role_has_goes_to_people() -> None:
    board = a_board(a_card(1, skills=("welding",)))
    assert not moves_of(board, Enlist)
    assert [move.card_id for move in moves_of(board, HandOff)] == ["card_1"]


def test_a_card_without_skills_goes_to_a_role_for_its_kind() -> None:
    board = a_board(a_card(1, skills=(), kind="slides"))
    assert [move.role for move in moves_of(board, Enlist)] == ["maker"]


def test_a_card_that_people_were_asked_about_gets_its_specialist() -> None:
    card = a_card(1, status="waiting", handed_off="nobody_has_the_skill", has_open_ask=True)
    assert [move.role for move in moves_of(a_board(card), Enlist)] == ["tester"]


def test_nobody_comes_while_one_of_them_is_switched_off() -> None:
    broken = a_specialist("one", usable=False, unusable_because="disabled")
    assert not moves_of(a_board(a_card(1), seats=(broken,)), Enlist)


def test_in_a_manual_room_it_is_a_suggestion() -> None:
    found = moves_of(a_board(a_card(1), mode="manual"), Enlist)
    assert [move.suggested for move in found] == [True]


def test_a_paused_room_enlists_nobody() -> None:
    assert not moves_of(a_board(a_card(1), paused=True), Enlist)


def test_one_that_was_idle_for_long_goes() -> None:
    long_ago, lately = NOON - timedelta(minutes=31), NOON - timedelta(minutes=29)
    seats = (
        a_specialist("idle", idle_since=long_ago),
        a_specialist("fresh", idle_since=lately),
        a_specialist("busy", idle_since=long_ago, load=1),
        a_seat("own", idle_since=long_ago),
    )
    board = a_board(seats=seats)
    assert [move.agent_id for move in moves_of(board, Dismiss)] == ["agt_idle"]
    assert plan(board).next_at == lately + timedelta(minutes=30)


def test_urgent_cards_have_the_last_places() -> None:
    board = a_board(a_card(1), a_card(2, skills=("writing",), priority=2), most=1)
    assert [move.role for move in moves_of(board, Enlist)] == ["writer"]


def test_a_saved_board_gives_the_same_moves() -> None:
    board = a_board(a_card(1), seats=(a_specialist("idle", "writing"),))
    again = board_from_json(board_to_json(board))
    assert plan(again) == plan(board)
    for move in plan(board).moves:
        assert move_from_json(move_to_json(move)) == move
