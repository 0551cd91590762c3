"""Small boards for the coordinator's tests: one place that knows how to fill in the fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.coordinator.board import Board, Card, Judgement, Run, Seat

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def a_run(state: str, agent_id: str | None = "agt_ada", **more: Any) -> Run:
    """A run of attempt 1, offered at noon, silent after 60 s, lost after 180 s."""
    fields: dict[str, Any] = {
        "id": "run_1",
        "worker": "agent",
        "agent_id": agent_id,
        "state": state,
        "attempt": 1,
        "round": 1,
        "silent_after": timedelta(seconds=60),
        "lease": timedelta(seconds=180),
        "offered_at": NOON,
    }
    return Run(**fields | more)


def a_card(number: int = 1, **more: Any) -> Card:
    """A ready card that needs the skill `testing`."""
    fields: dict[str, Any] = {
        "id": f"card_{number}",
        "number": number,
        "title": f"Card {number}",
        "status": "ready",
        "created_at": after(number - 1000),
        "skills": ("testing",),
    }
    return Card(**fields | more)


def a_seat(name: str, *skills: str, **more: Any) -> Seat:
    """A usable agent with room for two runs."""
    fields: dict[str, Any] = {
        "agent_id": f"agt_{name}",
        "name": name.title(),
        "skills": skills or ("testing",),
        "capacity": 2,
    }
    return Seat(**fields | more)


def a_judgement(state: str, **more: Any) -> Judgement:
    """A plan judgement of the board's revision 1, asked of `kimi`."""
    fields: dict[str, Any] = {
        "id": "jdg_1",
        "kind": "plan",
        "subject_id": "room_1",
        "revision": 1,
        "state": state,
        "judge": "kimi",
    }
    return Judgement(**fields | more)


def a_board(*cards: Card, seats: tuple[Seat, ...] = (), **more: Any) -> Board:
    """A planned room at noon."""
    board = Board(room_id="room_1", now=NOON, goal="Ship it.", planned=True)
    return replace(board, cards=cards, seats=seats, **more)


def with_run(run: Run, **more: Any) -> Card:
    return a_card(status="working", runs=(run,), attempts=run.attempt, rounds=run.round, **more)
