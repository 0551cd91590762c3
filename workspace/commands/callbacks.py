"""What agents report of their runs: each thing said has one effect, under the run's lease.

Whose run it is and whether its lease holds is told in `leases`, what steps do in `steps`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import singledispatch
from typing import Any

from django.db import transaction

from workspace.commands.asks import close_asks, open_ask
from workspace.commands.charging import charge_run
from workspace.commands.leases import Here, know_run, with_lease
from workspace.commands.moving import move_run
from workspace.commands.owed import withdraw_assignment
from workspace.commands.permits import ask_leave
from workspace.commands.runs import accept, end_cancelled, fail, free_card
from workspace.commands.steps import percent_after, report_steps
from workspace.commands.submitting import keep_artifact, submit
from workspace.errors import Refused
from workspace.events import RunDeclined
from workspace.models import Artifact, Delivery, Received, Run, Source
from workspace.models.many import add_rows
from workspace.models.prepared import Prepared
from workspace.record import record
from workspace.reports import (
    Accepted,
    Activity,
    ArtifactCreated,
    Beat,
    CheckpointKept,
    Credentials,
    Declined,
    Failure,
    InboundEvent,
    PermissionWanted,
    Progress,
    Question,
    Result,
    Said,
    SourceAdded,
    Stopped,
)
from workspace.transitions import LIVE_RUN

RECEIVED = Prepared(
    lambda run_id, event_id: Received.objects.filter(run_id=run_id, event_id=event_id).values_list(
        "event_id", flat=True
    )
)
# Failures an agent may name itself; whatever else it says is an error of its own.
AGENTS_MAY_NAME = ("rate_limited", "over_budget", "checks_failed", "contradicted", "misconfigured")


def receive(
    *, run_id: str, credentials: Credentials, events: list[InboundEvent], at: datetime
) -> dict[str, Any]:
    """Take a batch in the agent's order; each event's effect happens once (I4).

    Answers `{"accepted": n, "duplicates": n, "ignored": n}`. What comes after the event that
    ended the run is logged without effect.
    """
    ordered = sorted(events, key=lambda event: (event.seq is None, event.seq or 0))
    late = next((event.said for event in ordered if isinstance(event.said, Result)), None)

    def effect(here: Here) -> dict[str, Any]:
        counts = {"accepted": 0, "duplicates": 0, "ignored": 0}
        progress: list[Progress | Activity] = []
        for event, is_new in zip(ordered, _kept(here.run, ordered, at), strict=True):
            if not is_new:
                counts["duplicates"] += 1
            elif here.run.state not in LIVE_RUN:
                counts["ignored"] += 1
            else:
                counts["accepted"] += 1
                if isinstance(event.said, Progress | Activity):
                    progress.append(event.said)
                else:
                    take(event.said, here, event.id)
        report_steps(here, progress)
        return counts

    def repeated(run: Run) -> dict[str, Any] | None:
        """A repeated completion is answered like the first, also after the run is over."""
        ids = {event.id for event in ordered}
        if not ids or run.received.filter(event_id__in=ids).count() < len(ids):
            return None
        return {"accepted": 0, "duplicates": len(ordered), "ignored": 0}

    return with_lease(run_id, credentials, at, effect, late, repeated)


def _kept(run: Run, events: list[InboundEvent], at: datetime) -> list[bool]:
    """Note that these came; which of them for the first time. The run is locked, so what another
    call has noted by now is seen."""
    ids = {event.id for event in events}
    if len(ids) == 1:
        known = set(RECEIVED.all(run.id, *ids))
    else:
        known = set(run.received.filter(event_id__in=ids).values_list("event_id", flat=True))
    found = []
    for event in events:
        found.append(event.id not in known)
        known.add(event.id)
    add_rows([
        Received(workspace_id=run.workspace_id, run=run, event_id=event.id, type=event.type, at=at)
        for event, is_new in zip(events, found, strict=True)
        if is_new
    ])  # fmt: skip
    return found


@singledispatch
def take(said: Said, here: Here, ref: str) -> None:
    """The one effect of one thing said. Room, card and run are locked and the run is live."""
    raise TypeError(f"nothing takes {type(said).__name__}")


@take.register
def _(said: Accepted, here: Here, ref: str) -> None:
    accept(here.room, here.card, here.run, by=here.by, at=here.at, external_url=said.external_url)


@take.register
def _(said: ArtifactCreated, here: Here, ref: str) -> None:
    if not here.run.artifacts.filter(id=said.artifact_id).exists():
        raise Refused("unknown_artifact", status=422, id=said.artifact_id[:80])


@take.register
def _(said: SourceAdded, here: Here, ref: str) -> None:
    place, supports = said.source.place, list(said.source.supports)
    if not here.run.sources.filter(place=place).exists():
        Source.objects.create(
            workspace_id=here.run.workspace_id, run=here.run, place=place, supports=supports
        )


@take.register
def _(said: Question, here: Here, ref: str) -> None:
    body = {"message_md": said.message_md, "schema": said.schema, "url": said.url}
    open_ask(
        here.room, here.card, here.run, kind="question", body=body, blocking=said.blocking,
        ref=said.ref or ref, by=here.by, at=here.at,
    )  # fmt: skip


@take.register
def _(said: PermissionWanted, here: Here, ref: str) -> None:
    ask_leave(here.room, here.card, here.run, said, ref=said.ref or ref, by=here.by, at=here.at)


@take.register
def _(said: Result, here: Here, ref: str) -> None:
    try:
        with transaction.atomic():
            submit(here.room, here.card, here.run, said, by=here.by, at=here.at)
    except Refused as refused:
        if refused.code != "empty_completion":
            raise
        # Saying "completed" without a file is a failure of the run, not of the call.
        here.card.refresh_from_db()
        here.run.refresh_from_db()
        evidence = {"said": said.summary_md[:300], **refused.params}
        fail(here.room, here.card, here.run, "empty_completion", evidence, by=here.by, at=here.at)


@take.register
def _(said: Failure, here: Here, ref: str) -> None:
    kind = said.code if said.code in AGENTS_MAY_NAME else "error"
    evidence = {"said": said.message[:500], "code": said.code[:80], "retryable": said.retryable}
    fail(here.room, here.card, here.run, kind, evidence, by=here.by, at=here.at)


@take.register
def _(said: Declined, here: Here, ref: str) -> None:
    run, card = here.run, here.card
    params = {"worker": run.agent_id, "said": said.reason[:500]}
    move_run(run, "decline", at=here.at, reason={"code": "declined", "params": params})
    charge_run(run, at=here.at)
    free_card(card, run, {"code": "declined", "params": params}, at=here.at)
    what = RunDeclined(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        card_reason=card.reason, said=said.reason[:500],
    )  # fmt: skip
    record(here.room, what, by=here.by, at=here.at)
    close_asks(card, run=run, by=here.by, at=here.at)
    withdraw_assignment(run, at=here.at)


@take.register
def _(said: Stopped, here: Here, ref: str) -> None:
    if here.run.state == "cancelling":
        end_cancelled(here.room, here.card, here.run, by=here.by, at=here.at)


def beat(*, run_id: str, credentials: Credentials, said: Beat, after: int, at: datetime) -> Here:
    """A heartbeat renews the lease; the caller answers from the run and its inbox."""

    def effect(here: Here) -> Here:
        if said.percent is not None or said.note:
            here.run.percent = percent_after(said.percent, here.run)
            here.run.note = said.note[:500] or here.run.note
            here.run.save(update_fields=["percent", "note"])
        return here

    return with_lease(run_id, credentials, at, effect)


def keep_checkpoint(
    *, run_id: str, credentials: Credentials, said: CheckpointKept, at: datetime
) -> None:
    """Replaces the last one; handed to the next attempt if this one fails."""

    def effect(here: Here) -> None:
        here.run.checkpoint = {
            "note_md": said.note_md, "artifact_ids": list(said.artifact_ids),
            "at": at.isoformat(), "run_id": here.run.id,
        }  # fmt: skip
        here.run.save(update_fields=["checkpoint"])

    with_lease(run_id, credentials, at, effect)


def add_artifact(
    *, run_id: str, credentials: Credentials, name: str, media_type: str, role: str,
    content: bytes, sha256: str, at: datetime,
) -> tuple[Artifact, bool]:  # fmt: skip
    """Keep a file of this run. After its end it is kept as late: then (artifact, True)."""
    run = know_run(run_id, credentials)
    is_over = run.state not in LIVE_RUN
    if is_over:
        late_for = timedelta(seconds=run.timings["late_for"])
        if run.ended_at is None or at - run.ended_at > late_for:
            raise Refused("lease_lost", status=409, kept=False)
        with transaction.atomic():
            artifact = keep_artifact(
                run, name=name, media_type=media_type, role=role, content=content, sha256=sha256,
                late=True, at=at,
            )  # fmt: skip
        return artifact, True

    def effect(here: Here) -> tuple[Artifact, bool]:
        artifact = keep_artifact(
            here.run, name=name, media_type=media_type, role=role, content=content, sha256=sha256,
            late=False, at=at,
        )  # fmt: skip
        return artifact, False

    return with_lease(run_id, credentials, at, effect)


def inbox(run: Run, after: int) -> list[Delivery]:
    """What was sent to this run's agent since inbox number `after`, its assignment aside."""
    waiting = Delivery.objects.filter(run=run, inbox_seq__gt=after).exclude(type="card.assigned")
    return list(waiting.order_by("inbox_seq"))
