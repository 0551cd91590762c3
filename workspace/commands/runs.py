"""Runs: offered, answered, watched, ended. How they begin is in `starting`; what agents report is
in `callbacks`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from workspace import standing
from workspace.actors import By
from workspace.commands.asks import close_asks
from workspace.commands.charging import charge_run
from workspace.commands.locks import lock_run
from workspace.commands.moving import move_card, move_run
from workspace.commands.owed import owe_run, withdraw_assignment
from workspace.commands.standings import note_outcome
from workspace.errors import Refused
from workspace.events import (
    RunAccepted,
    RunCancelled,
    RunFailed,
    RunOffered,
    RunRequeued,
    RunSilent,
    RunSuperseded,
)
from workspace.models import Card, Room, Run
from workspace.models.prepared import Prepared
from workspace.record import record
from workspace.transitions import FAILURES, LIVE_RUN

STATES = Prepared(
    lambda card_id: Run.objects.filter(card_id=card_id).values_list("id", "slot", "state")
)
# Failures after which the agent may still be at work and is told to stop.
TOLD_TO_STOP = ("stalled", "no_ack", "deadline", "over_budget", "looping", "stale_input")

# What an agent whose run was superseded is told, where it is not that somebody else goes on.
TOLD_AS = {"card_cancelled": "user", "nobody_answered": "question_expired"}


@transaction.atomic
def offer_run(*, run_id: str, by: By, at: datetime) -> Run:
    """Its assignment is on the wire: the time to answer begins."""
    room, card, run = lock_run(run_id)
    if run.state != "queued":
        return run
    run.offered_at = at
    run.ack_by = at + timedelta(seconds=run.timings["ack_within"])
    move_run(run, "offer", at=at)
    what = RunOffered(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return run


@transaction.atomic
def requeue_run(*, run_id: str, by: By, at: datetime) -> Run:
    """Its assignment did not get through and will be sent again: no answer is awaited yet."""
    room, card, run = lock_run(run_id)
    if run.state != "offered":
        return run
    run.ack_by = None
    move_run(run, "retry", at=at)
    what = RunRequeued(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return run


@transaction.atomic
def accept_run(*, run_id: str, external_url: str, by: By, at: datetime) -> Run:
    """The agent answered that it works on it. Said twice, it stays so."""
    room, card, run = lock_run(run_id)
    if run.state in LIVE_RUN and run.state != "cancelling":
        accept(room, card, run, by=by, at=at, external_url=external_url)
    return run


def accept(
    room: Room, card: Card, run: Run, *, by: By, at: datetime, external_url: str = ""
) -> None:
    """The part of accepting that every sign of life shares; room, card and run are locked."""
    is_new = run.accepted_at is None
    run.last_sign_at = at
    run.accepted_at = run.accepted_at or at
    if external_url.startswith(("https://", "http://")):
        run.external_url = external_url[:2000]
    move_run(run, "accept", at=at)
    if is_new:
        what = RunAccepted(
            run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
            card_reason=card.reason,
        )  # fmt: skip
        record(room, what, by=by, at=at)


@transaction.atomic
def mark_stale(*, run_id: str, by: By, at: datetime) -> Run:
    """No sign for `silent_after`: shown as looking stuck, still live; its agent is warned."""
    room, card, run = lock_run(run_id)
    silent = (at - (run.last_sign_at or run.offered_at or run.queued_at)).total_seconds()
    if silent < run.timings["silent_after"]:
        raise Refused("not_silent", seconds=round(silent, 1))
    move_run(run, "silence", at=at)
    what = RunSilent(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason, silent_s=round(silent, 1),
    )  # fmt: skip
    record(room, what, by=by, at=at)
    owe_run(run, "run.lease_expiring", {}, at=at)
    return run


@transaction.atomic
def fail_run(
    *, run_id: str, kind: str, evidence: dict[str, Any], by: By, at: datetime,
    if_state: str | None = None, if_no_sign_since: datetime | None = None,
) -> Run:  # fmt: skip
    """End a live run as failed and free its card. What it sends later is kept as late.

    A move planned on older facts names them: refused if the run gave a sign since.
    """
    room, card, run = lock_run(run_id)
    if if_state is not None and run.state != if_state:
        raise Refused("stale_move", state=run.state)
    if if_no_sign_since and run.last_sign_at and run.last_sign_at > if_no_sign_since:
        raise Refused("stale_move", state=run.state)
    fail(room, card, run, kind, evidence, by=by, at=at)
    return run


def spend_choice(card: Card, run: Run) -> None:
    """Who was chosen by a person has had the card: chosen again, it may have it again."""
    if card.given_to_agent_id and card.given_to_agent_id == run.agent_id:
        card.given_to_agent = None
        card.save(update_fields=["given_to_agent"])


def free_card(card: Card, run: Run, reason: dict[str, Any], *, at: datetime) -> None:
    """The card is nobody's any more; unless other independent runs are at work on it, or have
    handed in what there is to review."""
    if card.status not in ("working", "waiting"):
        return
    if leave_to_others(card, run, at=at):
        return
    if card.independent_runs > 1 and card.deliverables.filter(state="submitted").exists():
        move_card(card, "submit", at=at)
    else:
        move_card(card, "free", at=at, reason=reason)


def leave_to_others(card: Card, run: Run, *, at: datetime) -> bool:
    """Whether other independent runs go on without this one: the card is left to them.

    It waits for people only if one of those does.
    """
    if not any(state in LIVE_RUN and one != run.id for one, _, state in STATES.all(card.id)):
        return False
    asks = card.asks.filter(state="open", blocking=True).exclude(run=run)
    if card.status == "waiting" and not asks.exists():
        move_card(card, "answer", at=at)
    return True


def fail(
    room: Room, card: Card, run: Run, kind: str, evidence: dict[str, Any], *, by: By, at: datetime
) -> None:
    """The part of failing that callbacks share; room, card and run are locked."""
    if kind not in FAILURES:
        raise Refused("unknown_failure", status=422, kind=kind)
    if run.state not in LIVE_RUN:
        raise Refused("run_terminal", state=run.state)
    run.failure = kind
    move_run(run, "fail", at=at, reason={"code": kind, "params": evidence})
    close_asks(card, run=run, by=by, at=at)
    reason = {"code": kind, "params": {"worker": run.agent_id or run.person_id, **evidence}}
    if not (kind == "over_budget" and evidence.get("of")):
        spend_choice(card, run)  # one that a budget of ours cut off may go on
    free_card(card, run, reason, at=at)
    what = RunFailed(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason, failure=run.failure, evidence=evidence,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    withdraw_assignment(run, at=at)
    note_outcome(run, standing.outcome_of(kind, evidence), at=at)
    charge_run(run, at=at)
    if kind in TOLD_TO_STOP:
        owe_run(run, "card.cancelled", {"reason": "lease_lost"}, at=at)


@transaction.atomic
def cancel_run(*, run_id: str, code: str, by: By, at: datetime) -> Run:
    """Tell a worker to stop; the card is free once it has, or its time to do so is over."""
    room, card, run = lock_run(run_id)
    if run.state == "cancelling":
        end_cancelled(room, card, run, by=by, at=at)
        return run
    supersede(room, card, run, code=code, by=by, at=at)
    return run


def end_cancelled(room: Room, card: Card, run: Run, *, by: By, at: datetime) -> None:
    move_run(run, "cancelled", at=at, reason={"code": "cancelled", "params": {}})
    charge_run(run, at=at)
    free_card(card, run, {}, at=at)
    what = RunCancelled(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)


@transaction.atomic
def supersede_run(*, run_id: str, code: str, by: By, at: datetime) -> Run:
    room, card, run = lock_run(run_id)
    supersede(room, card, run, code=code, by=by, at=at)
    return run


def supersede(room: Room, card: Card, run: Run, *, code: str, by: By, at: datetime) -> None:
    """Fence a live run at once and free its card: someone else, or nobody, goes on.

    Its agent is told to stop; whether it does changes nothing here.
    """
    if run.state not in LIVE_RUN:
        raise Refused("run_terminal", state=run.state)
    move_run(run, "supersede", at=at, reason={"code": code, "params": {}})
    charge_run(run, at=at)
    close_asks(card, run=run, by=by, at=at)
    free_card(card, run, {"code": code, "params": {}}, at=at)
    what = RunSuperseded(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    withdraw_assignment(run, at=at)
    owe_run(run, "card.cancelled", {"reason": TOLD_AS.get(code, "reassigned")}, at=at)
