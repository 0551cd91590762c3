"""The facts a plan is made from: one room at one moment, copied out of the database.

One module a noun. Nothing here reads a clock; `Board.now` is the only time there is.
"""

from agents.coordinator.board.budget import BudgetLine
from agents.coordinator.board.card import Card, CardStatus, Dependency
from agents.coordinator.board.claim import Claim, Conflict, Heard
from agents.coordinator.board.judgement import Json, Judgement, JudgementState, Rest
from agents.coordinator.board.room import Board, Call, Limits, Mode
from agents.coordinator.board.run import (
    LIVE_STATES,
    ChangedInput,
    DeliverableState,
    Run,
    RunState,
    Trail,
)
from agents.coordinator.board.seat import Record, Role, Seat

__all__ = [
    "LIVE_STATES",
    "Board",
    "BudgetLine",
    "Call",
    "Card",
    "CardStatus",
    "ChangedInput",
    "Claim",
    "Conflict",
    "DeliverableState",
    "Dependency",
    "Heard",
    "Json",
    "Judgement",
    "JudgementState",
    "Limits",
    "Mode",
    "Record",
    "Rest",
    "Role",
    "Run",
    "RunState",
    "Seat",
    "Trail",
]
