"""Whose run it is, and whether its lease still holds. Every call shows the run's token and lease.

A write with an old lease is refused and logged (I7); a completion that comes after the end of a
run is kept as a late result and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from workspace.actors import By
from workspace.commands.lates import keep_late
from workspace.commands.locks import lock_run
from workspace.commands.moving import move_run
from workspace.commands.runs import accept
from workspace.errors import NotFound, Refused
from workspace.events import RunRevived, WriteRefused
from workspace.keys import is_same, lease_token, run_token
from workspace.models import Agent, Card, Room, Run
from workspace.models.prepared import Prepared
from workspace.record import record
from workspace.reports import Credentials, Result
from workspace.transitions import LIVE_RUN

STATUS_OF_AGENT = Prepared(
    lambda agent_id: Agent.objects.filter(id=agent_id).values_list("status", flat=True)
)
OF_AN_AGENT = Prepared(
    lambda run_id: Run.objects.select_related("agent", "room").filter(
        id=run_id, agent__isnull=False
    )
)
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Here:
    """The locked rows a report is about, who reports, and when."""

    room: Room
    card: Card
    run: Run
    by: By
    at: datetime


def know_run(run_id: str, shown: Credentials) -> Run:
    """The run these credentials belong to; 404 or 401 otherwise. Reads only."""
    run: Run | None = OF_AN_AGENT.first(run_id)
    if run is None or run.agent is None:
        raise Refused("unknown_run", status=404)
    _require_own(run, shown, run.agent.status)
    return run


def _require_own(run: Run, shown: Credentials, agent_status: str) -> None:
    if not is_same(shown.run_token, run_token(run.id, run.fence)):
        raise Refused("wrong_token", status=401)
    if agent_status in ("", "revoked"):
        raise Refused("agent_revoked", status=401)


def _locked(run_id: str, shown: Credentials) -> tuple[Room, Card, Run]:
    """The rows under lock, of the run these credentials belong to now; refused as `know_run` does.

    Asked again under the lock: its agent may have been revoked while we waited for it.
    """
    try:
        room, card, run = lock_run(run_id)
    except NotFound:
        raise Refused("unknown_run", status=404) from None
    if run.agent_id is None:
        raise Refused("unknown_run", status=404)
    _require_own(run, shown, STATUS_OF_AGENT.first(run.agent_id) or "")
    return room, card, run


def with_lease(
    run_id: str, shown: Credentials, at: datetime, effect: Callable[[Here], Done],
    late: Result | None = None, repeated: Callable[[Run], Done | None] = lambda run: None,
) -> Done:  # fmt: skip
    """Run `effect` in one transaction under the run's lock, if the lease still holds.

    If it does not: what `repeated` answers is answered; else what `late` carries is kept, the
    refusal logged, and `lease_lost` raised.
    """
    with transaction.atomic():
        room, card, run = _locked(run_id, shown)
        by = By(run.agent_id or "")
        holds = run.state in LIVE_RUN and is_same(shown.lease_token, lease_token(run.id, run.fence))
        if holds:
            sign_of_life(room, card, run, by=by, at=at)
            return effect(Here(room, card, run, by, at))
        if run.state not in LIVE_RUN and (answer := repeated(run)) is not None:
            return answer
        kept = late is not None and keep_late(run, late, at=at)
        code = "lease_lost" if run.state in LIVE_RUN or run.state != "submitted" else "run_terminal"
        record(
            room, WriteRefused(run_id=run.id, card_id=card.id, code=code, kept=kept), by=by, at=at
        )
    # Raised outside the transaction, so that what was kept and logged stays.
    raise Refused(code, status=409, state=run.state, kept=kept)


def sign_of_life(room: Room, card: Card, run: Run, *, by: By, at: datetime) -> None:
    """Any call with the live token: a queued or offered run is taken, a stale one revived."""
    if run.state in ("queued", "offered"):
        accept(room, card, run, by=by, at=at)
        return
    run.last_sign_at = at
    if run.state != "stale":
        run.save(update_fields=["last_sign_at"])
        return
    move_run(run, "sign", at=at)
    what = RunRevived(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason,
    )  # fmt: skip
    record(room, what, by=by, at=at)
