"""Where each switch goes. Rooms that nothing is switched off for are as everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from agents.coordinator.board import Board
from agents.coordinator.moves import Plan
from agents.pilot.switches import taking
from agents.pilot.switches.baselines import BASELINES
from agents.pilot.switches.looking import NOT_MADE, NOT_SEEN, board_without, moves_without
from agents.pilot.switches.rooms import off_in
from workspace.reports import PermissionWanted

TAKEN = ("fencing", "once", "substance", "people", "checkpoint", "feedback", "patience", "sweep")
# Rules that are a room's own policy: the pilot sets this instead.
POLICIES = {"coverage": {"coverage_needed": 0.0}}
RULES = frozenset({*NOT_MADE, *NOT_SEEN, *TAKEN, *POLICIES})


def install() -> None:
    callbacks = import_module("workspace.commands.callbacks")
    leases = import_module("workspace.commands.leases")
    asks = import_module("workspace.commands.asks")
    ticks = import_module("workspace.commands.ticks")
    outbox = import_module("workspace.outbox")
    orders = import_module("agents.doors.orders")
    outcomes = import_module("agents.doors.effects")
    tick = import_module("agents.tick")
    tick.plan = switched(tick.plan)  # type: ignore[attr-defined]
    callbacks.with_lease = taking.without_fencing(leases)  # type: ignore[attr-defined]
    callbacks._kept = taking.without_once(callbacks)  # type: ignore[attr-defined]
    callbacks.submit = taking.without_substance(callbacks)  # type: ignore[attr-defined]
    waved = taking.without_people(callbacks, asks)
    callbacks.take.register(PermissionWanted, waved)
    orders._checkpoint = taking.without_checkpoint(orders)  # type: ignore[attr-defined]
    orders._previous_runs = taking.without_feedback(orders)  # type: ignore[attr-defined]
    outcomes._again = taking.without_patience(outcomes)  # type: ignore[attr-defined]
    ticks.due_work = taking.without_sweep(ticks)  # type: ignore[attr-defined]
    outbox.due_ids = taking.only_hinted(outbox)  # type: ignore[attr-defined]


def switched(plan: Callable[[Board], Plan]) -> Callable[[Board], Plan]:
    """The coordinator's decision, by whoever decides in that room."""

    def decided(board: Board) -> Plan:
        off = off_in(board.room_id)
        if off in BASELINES:
            return BASELINES[off](board)
        made = plan(board_without(off, board))
        return replace(made, moves=moves_without(off, made.moves))

    return decided
