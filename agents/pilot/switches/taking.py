"""Rules of commands and doors that can be switched off: what happens instead.

Each is what a system without the rule would do; none writes what the database itself forbids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import transaction

from agents.pilot.switches.rooms import off_in
from workspace.reports import Inline, PermissionWanted, Result

NOTHING = Inline("nothing.md", "text/markdown", b"(nothing came)\n")
Any_ = Callable[..., Any]


def room_of(run_id: str) -> str:
    from workspace import queries

    run = queries.run_with_card(run_id)
    return "" if run is None else str(run.room_id)


def without_fencing(module: Any) -> Any_:
    """Results belong to the card, not to a run: whoever comes last has done it."""
    fenced: Any_ = module.with_lease

    @wraps(fenced)
    def taken(run_id: str, shown: Any, at: datetime, effect: Any_, *rest: Any, **more: Any) -> Any:
        known = module.know_run(run_id, shown)
        if off_in(known.room_id) == "fencing" and known.state not in module.LIVE_RUN:
            heir = known.card.runs.filter(state__in=module.LIVE_RUN).first()
            if heir is not None:
                with transaction.atomic():
                    room, card, run = module.lock_run(heir.id)
                    return effect(module.Here(room, card, run, module.By(known.agent_id), at))
        return fenced(run_id, shown, at, effect, *rest, **more)

    return taken


def without_once(module: Any) -> Any_:
    """Whatever comes is counted, however often it comes."""
    kept: Any_ = module._kept

    @wraps(kept)
    def taken(run: Any, events: Any, at: datetime) -> list[bool]:
        first: list[bool] = kept(run, events, at)
        return [True] * len(first) if off_in(run.room_id) == "once" else first

    return taken


def without_substance(module: Any) -> Any_:
    """ "Completed" is believed."""
    submit: Any_ = module.submit

    @wraps(submit)
    def taken(room: Any, card: Any, run: Any, result: Result, **more: Any) -> Any:
        if off_in(room.id) == "substance":
            known = set(run.artifacts.values_list("id", flat=True))
            real = tuple(
                one
                for one in result.artifacts
                if (one.content if isinstance(one, Inline) else one.artifact_id in known)
            )
            result = replace(result, artifacts=real or (NOTHING,))
        return submit(room, card, run, result, **more)

    return taken


def without_people(module: Any, asks: Any) -> Any_:
    """Commands that agents want to run are waved through."""
    ask: Any_ = module.take.dispatch(PermissionWanted)

    @wraps(ask)
    def taken(said: PermissionWanted, here: Any, ref: str) -> None:
        ask(said, here, ref)
        if off_in(here.room.id) != "people":
            return
        opened = here.run.asks.filter(kind="permission", state="open").first()
        if opened is not None:
            opened.answer = {"decision": "allow_once"}
            asks.close_ask(here.room, opened, "answer", by=here.by, at=here.at)
            asks._go_on(here.room, here.card, here.run, by=here.by, at=here.at)
            asks.tell(here.run, opened, decided_by=here.by.actor, at=here.at)

    return taken


def without_checkpoint(module: Any) -> Any_:
    """The next attempt begins at nothing."""
    checkpoint: Any_ = module._checkpoint

    @wraps(checkpoint)
    def given(run: Any) -> Any:
        return None if off_in(run.room_id) == "checkpoint" else checkpoint(run)

    return given


def without_feedback(module: Any) -> Any_:
    """ "Again", and nothing about what is to be different."""
    previous_runs: Any_ = module._previous_runs

    @wraps(previous_runs)
    def given(run: Any) -> Any:
        found = previous_runs(run)
        if off_in(run.room_id) != "feedback":
            return found
        return tuple(replace(one, feedback_md="") for one in found)

    return given


def without_patience(module: Any) -> Any_:
    """Nobody waits as long as an agent asks them to."""
    again: Any_ = module._again

    @wraps(again)
    def tried(delivery: Any, outcome: Any, at: datetime, chance: float) -> Any:
        verdict = again(delivery, outcome, at, chance)
        run = delivery.run
        if run is None or off_in(run.room_id) != "patience" or verdict.again_at is None:
            return verdict
        return replace(verdict, again_at=min(verdict.again_at, at + timedelta(seconds=1)))

    return tried


def without_sweep(module: Any) -> Any_:
    """Only hints wake anybody: what no hint tells of is never looked at."""
    due_work: Any_ = module.due_work

    @wraps(due_work)
    def due(at: datetime) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = due_work(at)
        awake = {one: mark for one, mark in found["tick"].items() if off_in(one) != "sweep"}
        return found | {"tick": awake}

    return due


def only_hinted(module: Any) -> Any_:
    """Deliveries of a room without the sweep are sent when they are made, or never."""
    due_ids: Any_ = module.due_ids

    @wraps(due_ids)
    def due(at: datetime, limit: int = 50) -> list[str]:
        found = list(due_ids(at, limit))
        again = module.Delivery.objects.filter(id__in=found, tries__gt=0, run__isnull=False)
        lost = {
            delivery_id
            for delivery_id, room_id in again.values_list("id", "run__room_id")
            if off_in(room_id) == "sweep"
        }
        return [one for one in found if one not in lost]

    return due
