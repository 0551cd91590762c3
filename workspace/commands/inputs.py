"""Following changes through: what happens to work whose inputs are not what they were."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from workspace.actors import By
from workspace.commands.locks import lock_card, lock_run
from workspace.commands.owed import owe_revision
from workspace.commands.raising import raise_ask
from workspace.commands.reviews import take_acceptance_back
from workspace.errors import Refused
from workspace.events import InputsChanged, StandingConfirmed
from workspace.models import Ask, Card, Room, Run, RunInput
from workspace.queries import changed_inputs, room_policy
from workspace.record import record
from workspace.transitions import LIVE_RUN

INPUTS_CHANGED = "inputs_changed"


@transaction.atomic
def tell_inputs(*, run_id: str, by: By, at: datetime) -> Run:
    """Give a live run the versions that took the place of its inputs, and tell its agent.

    Refused if the run is over, or if there is nothing new to give.
    """
    room, card, run = lock_run(run_id)
    if run.state not in LIVE_RUN:
        raise Refused("run_terminal", state=run.state)
    told = {"how": "told", "by": by.actor, "at": at.isoformat()}
    now: list[str] = []
    for one in changed_inputs([run]).get(run.id, []):
        if one.now is None:
            continue
        RunInput.objects.filter(run=run, deliverable=one.was).update(settled=told)
        RunInput.objects.get_or_create(
            workspace_id=run.workspace_id, run=run, deliverable=one.now,
            defaults={"sha256": one.now.sha256},
        )  # fmt: skip
        now.append(one.now.id)
    if not now:
        raise Refused("stale_move", state="nothing_changed")
    record(room, InputsChanged(run_id=run.id, card_id=card.id, inputs=now), by=by, at=at)
    owe_revision(run, {"changed": ["inputs"], "reason": "input_changed"}, at=at)
    return run


@transaction.atomic
def ask_standing(*, card_id: str, run_id: str, by: By, at: datetime) -> Ask | None:
    """Ask people whether a finished card's work stands although its inputs have changed.

    Where the room's owners have said that such work is done again, it is: then None.
    """
    room, card = lock_card(card_id)
    run = Run.objects.get(id=run_id, card=card)
    changed = changed_inputs([run]).get(run.id, [])
    if card.status != "done" or not changed:
        raise Refused("stale_move", state=card.status)
    if card.asks.filter(state="open", kind="choice").exists():
        raise Refused("already_asked")
    if room_policy(room).redo_changed:
        redo(room, card, run, by=by, at=at)
        return None
    body = {
        "code": INPUTS_CHANGED,
        "params": {
            "run": run.id,
            "inputs": [
                {"card": one.was.card_id, "was": one.was.id, "was_version": one.was.version,
                 "state": one.was.state, "now": one.now.id if one.now else None}
                for one in changed
            ],
        },
        "options": ["stands", "redo"],
    }  # fmt: skip
    return raise_ask(room, kind="choice", body=body, card=card, by=by, at=at)


def confirm_standing(room: Room, card: Card, ask: Ask, *, by: By, at: datetime) -> None:
    """A person said it stands: the inputs they were told of do not count as changed any more."""
    params = ask.body["params"]
    run = Run.objects.get(id=params["run"], card=card)
    settle(run, "confirmed", [one["was"] for one in params["inputs"]], by=by, at=at)
    record(room, StandingConfirmed(card_id=card.id, run_id=run.id), by=by, at=at)


def redo(room: Room, card: Card, run: Run, *, by: By, at: datetime) -> None:
    """Finished work is to be done again from what its inputs are now; room and card are locked."""
    changed = [one.was.id for one in changed_inputs([run]).get(run.id, [])]
    settle(run, "redone", changed, by=by, at=at)
    version = card.deliverables.filter(state="accepted").order_by("-version").first()
    if version is not None:
        take_acceptance_back(room, card, version, "inputs_changed", by=by, at=at)


def settle(run: Run, how: str, deliverable_ids: list[str], *, by: By, at: datetime) -> None:
    done = {"how": how, "by": by.actor, "at": at.isoformat()}
    RunInput.objects.filter(run=run, deliverable__in=deliverable_ids).update(settled=done)
