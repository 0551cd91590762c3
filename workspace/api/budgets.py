"""Budgets over the people's API: what is used, and caps set, raised and taken away by owners."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.responses import Status

from workspace.api.calling import caller
from workspace.api.wall import Given
from workspace.commands.budgets import remove_budget, set_budget
from workspace.errors import NotFound
from workspace.policy import needs
from workspace.spending import DAY, EVER, WARN_AT, Line, kind_of, lines

router = Router(tags=["budgets"])


class BudgetShape(Schema):
    """`used` is what is spent, reserved by calls under way, and run up by live runs (`running`);
    a budget per day says which `day` (UTC) that is."""

    id: str
    subject_id: str
    of: Literal["room", "card", "agent"]
    what: Literal["usd", "tokens", "steps", "seconds"]
    period: Literal["ever", "day"]
    day: str | None
    cap: float
    spent: float
    reserved: float
    running: float
    used: float
    state: Literal["fine", "near", "used_up"]


class BudgetList(Schema):
    items: list[BudgetShape]
    next: None = None


class Cap(Given):
    """`subject_id` is the room, one of its cards or an agent in it; the room if left out."""

    subject_id: str | None = Field(None, max_length=60)
    what: str = Field(max_length=40)
    period: str = Field("ever", max_length=40)
    cap: float = Field(strict=True)


def budget_shape(line: Line) -> BudgetShape:
    near = "near" if line.used >= line.cap * WARN_AT else "fine"
    facts: dict[str, Any] = {
        "id": line.kept_id, "subject_id": line.subject_id, "what": line.what,
        "of": kind_of(line.subject_id),
        "period": EVER if line.period == EVER else DAY,
        "day": None if line.period == EVER else line.period,
        "state": "used_up" if line.used >= line.cap else near,
    }  # fmt: skip
    for name in ("cap", "spent", "reserved", "running", "used"):
        facts[name] = float(getattr(line, name))
    return BudgetShape(**facts)


@router.get("/rooms/{row_id:room_id}/budgets", response=BudgetList)
@needs("room.read")
def list_budgets(request: HttpRequest, room_id: str) -> BudgetList:
    """The budgets of the room, its open cards and its agents, as they stand now."""
    who = caller(request)
    room = who.room(room_id)
    return BudgetList(items=[budget_shape(line) for line in lines(room, who.at)])


@router.put("/rooms/{row_id:room_id}/budgets", response=BudgetShape)
@needs("budget.set")
def put_budget(request: HttpRequest, room_id: str, body: Cap) -> BudgetShape:
    """Set or change one cap; there is one for each subject, measure and period."""
    who = caller(request)
    room = who.room(room_id)
    kept = set_budget(
        room_id=room.id, subject_id=body.subject_id or room.id, what=body.what,
        period=body.period, cap=body.cap, by=who.by, at=who.at,
    )  # fmt: skip
    found = lines(room, who.at, with_closed=True)
    line = next((one for one in found if one.kept_id == kept.id), None)
    if line is None:
        raise NotFound("budget", kept.id)
    return budget_shape(line)


@router.delete("/rooms/{row_id:room_id}/budgets/{row_id:budget_id}", response={204: None})
@needs("budget.set")
def delete_budget(request: HttpRequest, room_id: str, budget_id: str) -> Status[None]:
    """Take a cap away, with what was counted against it."""
    who = caller(request)
    room = who.room(room_id)
    remove_budget(room_id=room.id, budget_id=budget_id, by=who.by, at=who.at)
    return Status(204, None)
