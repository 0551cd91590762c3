"""A saved board gives the same moves again."""

from __future__ import annotations

import json
import random
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from agents.coordinator.board import (
    Board,
    BudgetLine,
    Call,
    ChangedInput,
    Claim,
    Conflict,
    Dependency,
    Heard,
    Limits,
    Rest,
    Role,
)
from agents.coordinator.moves import HandOff, Move
from agents.coordinator.plan import plan
from agents.coordinator.saved import (
    MOVES,
    board_from_json,
    board_to_json,
    move_from_json,
    move_to_json,
    plan_to_json,
)
from tests.coordinator.boards import (
    NOON,
    a_board,
    a_card,
    a_judgement,
    a_run,
    a_seat,
    after,
    with_run,
)

STATES = ["queued", "offered", "working", "waiting", "stale", "submitted", "failed", "cancelling"]


def a_full_board(seed: int) -> Board:
    """A board of some forty cards in all states, and eight agents."""
    dice = random.Random(seed)
    skills = ["testing", "docs", "code"]
    seats = tuple(
        a_seat(f"a{n}", *dice.sample(skills, 2), order=n, load=dice.randint(0, 2)) for n in range(8)
    )
    cards = []
    for number in range(40):
        run = a_run(
            dice.choice(STATES),
            f"agt_a{dice.randint(0, 9)}",
            id=f"run_{number}",
            last_sign_at=after(-dice.randint(0, 300)),
            lease=timedelta(seconds=dice.choice([90, 240.5])),
            ack_by=after(dice.randint(-20, 20)),
            cancel_by=after(dice.randint(-20, 20)),
        )
        cards.append(
            a_card(
                number,
                status=dice.choice(["ready", "ready", "working", "review"]),
                skills=(dice.choice([*skills, "singing"]),),
                runs=(run,) if dice.random() < 0.6 else (),
                attempts=dice.randint(0, 4),
                depends_on=(Dependency("card_0", dice.random() < 0.7),),
                deliverable=dice.choice([None, "changes_requested", "rejected"]),
                due=dice.choice([None, after(dice.randint(0, 99))]),
            )
        )
    mode = dice.choice(["auto", "manual"])
    return a_board(*cards, seats=seats, mode=mode, judgements=(a_judgement("answered"),))


def a_troubled_board() -> Board:
    """Changed inputs, claims that disagree and agree again, a budget nearly gone, a call."""
    gone = ChangedInput("dlv_1", "card_9", now_id="dlv_2")
    live = with_run(a_run("working", last_sign_at=NOON, changed_inputs=(gone,)))
    done = a_run("submitted", id="run_2", changed_inputs=(gone,))
    failed = a_run("failed", id="run_3", failure="stalled")
    claims = [
        Claim(f"clm_{n}", f"dlv_{n}", f"card_{n}", subject, value, "s")
        for n, (subject, value) in enumerate(
            [
                ("client timeout", 30),
                ("client timeout", 10),
                ("retries", 3),
                ("retries", 3),
                ("capital", "Lyon"),
                ("capital", "Paris"),
            ]
        )
    ]
    over = Conflict("cfl_1", "retries", "open", ("clm_2", "clm_3"), (Heard(3, "s"),))
    return a_board(
        live,
        a_card(2, status="done", runs=(done,)),
        a_card(3, runs=(failed,), attempts=1),
        seats=(a_seat("ada"),),
        claims=tuple(claims),
        conflicts=(over,),
        budgets=(BudgetLine("bud_1", "room_1", "usd", "ever", 10.0, 9.0),),
        judgements=(
            a_judgement("answered", id="jdg_2", kind="reply", subject_id="msg_1"),
            a_judgement("failed", id="jdg_3", failure="quota", asked_at=NOON),
        ),
        calls=(Call("msg_1", NOON),),
        rest=Rest("kimi", "overloaded", 1, back_at=NOON),
    )


@pytest.mark.parametrize("seed", range(12))
def test_a_saved_board_replays_to_the_same_moves(seed: int) -> None:
    board = a_full_board(seed)
    text = board_to_json(board)
    again = board_from_json(text)
    assert again == board
    assert plan_to_json(plan(again)) == plan_to_json(plan(board))
    assert board_to_json(again) == text


def test_every_kind_of_move_survives_being_saved() -> None:
    seen: set[str] = set()
    boards = [a_full_board(seed) for seed in range(12)]
    boards += [
        a_board(planned=False),
        a_board(judgements=(a_judgement("answered", abstained=True),)),
        a_board(a_card(status="waiting", handed_off="no_agents"), seats=(a_seat("ada"),)),
        a_board(with_run(a_run("waiting", unanswered="ask_1", last_sign_at=NOON))),
        a_troubled_board(),
        a_board_for_specialists(),
    ]
    for board in boards:
        for move in plan(board).moves:
            assert move_from_json(move_to_json(move)) == as_lists(move)
            seen.add(move.kind)
    assert seen == set(MOVES)


def a_board_for_specialists() -> Board:
    """One has been idle for long, and nobody can do what is ready."""
    idle = a_seat("idle", "writing", role="writer", idle_since=NOON - timedelta(hours=1))
    board = a_board(a_card(), seats=(idle,), limits=Limits(specialists=2))
    return replace(board, roles=(Role("tester", "Tester", ("testing",)),))


def as_lists(move: Move) -> Move:
    """The move with its reason's parameters as JSON reads them."""
    values = {one.name: getattr(move, one.name) for one in fields(move)}
    reason = values["reason"]
    values["reason"] = type(reason)(reason.code, json.loads(json.dumps(reason.params)))
    return type(move)(**values)


def test_the_order_of_cards_and_seats_on_the_board_does_not_change_who_gets_what() -> None:
    board = a_full_board(3)
    turned = a_board(
        *reversed(board.cards),
        seats=tuple(reversed(board.seats)),
        mode=board.mode,
        judgements=board.judgements,
    )
    assert {(m.kind, m.subject) for m in plan(turned).moves} == {
        (m.kind, m.subject) for m in plan(board).moves
    }


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"room_id": "r", "now": "not a time"}',
        '{"room_id": "r", "now": "2026-11-20T12:00:00+00:00", "mode": "asleep"}',
        '{"room_id": "r", "now": "2026-11-20T12:00:00+00:00", "colour": "red"}',
    ],
)
def test_what_is_not_a_saved_board_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        board_from_json(text)


@pytest.mark.parametrize("text", ["[]", "{}", '{"move": "dance"}', '{"move": "assign"}'])
def test_what_is_not_a_saved_move_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        move_from_json(text)


def test_a_hand_off_keeps_everything_tried_when_saved() -> None:
    card = a_card(runs=(a_run("failed", failure="error"),), attempts=4)
    (move,) = plan(a_board(card)).moves
    again = move_from_json(move_to_json(move))
    assert isinstance(again, HandOff)
    assert again.tried[0].failure == "error"
