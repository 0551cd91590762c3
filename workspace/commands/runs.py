"""Runs: started, offered, watched, ended. What agents report is in `callbacks`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from workspace import standing
from workspace.actors import By
from workspace.commands.asks import close_asks
from workspace.commands.charging import charge_run, require_within
from workspace.commands.locks import lock_agent, lock_card, lock_run, require_may_give
from workspace.commands.moving import move_card, move_run
from workspace.commands.owed import owe_run, withdraw_assignment
from workspace.commands.standings import note_outcome
from workspace.errors import Refused
from workspace.events import (
    RunAccepted,
    RunCancelled,
    RunFailed,
    RunOffered,
    RunQueued,
    RunRequeued,
    RunSilent,
    RunSuperseded,
)
from workspace.models import (
    Agent,
    Card,
    Deliverable,
    Dependency,
    Person,
    Room,
    Run,
    RunInput,
    Seat,
)
from workspace.models.many import add_rows
from workspace.models.prepared import Prepared
from workspace.queries import conflicts_before, live_runs, may_work_in, met_by, timings
from workspace.record import record
from workspace.transitions import CARD, FAILURES, LIVE_RUN, is_legal

# The newest first; people have the first slot.
OF_SLOT = Prepared(lambda card_id: Run.objects.filter(card_id=card_id).order_by("-fence"))
STATES = Prepared(
    lambda card_id: Run.objects.filter(card_id=card_id).values_list("id", "slot", "state")
)
SEATED = Prepared(
    lambda room_id, agent_id: Seat.objects.filter(room_id=room_id, agent_id=agent_id).values_list(
        "id", flat=True
    )
)
NEEDED = Prepared(
    lambda card_id: Dependency.objects.select_related("needs").filter(card_id=card_id)
)
# Failures after which the agent may still be at work and is told to stop.
TOLD_TO_STOP = ("stalled", "no_ack", "deadline", "over_budget", "looping", "stale_input")

# What an agent whose run was superseded is told, where it is not that somebody else goes on.
TOLD_AS = {"card_cancelled": "user", "nobody_answered": "question_expired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStart:
    """Who does it: an agent or a person; as which attempt and round, and why."""

    attempt: int
    round: int = 1
    agent: Agent | None = None
    person: Person | None = None
    why: dict[str, Any] = field(default_factory=dict)
    feedback: str = ""
    previous: Run | None = None
    slot: int = 1
    by_coordinator: bool = False
    # What it is given; None is what the card builds on now.
    inputs: list[Deliverable] | None = None


@transaction.atomic
def assign_card(
    *, card_id: str, agent_id: str, attempt: int, round: int, why: dict[str, Any], by: By,
    at: datetime, slot: int = 1,
) -> Run:  # fmt: skip
    """Give a ready card to an agent. Capacity is checked again here, under the agent's lock.

    Refused if the card is not ready, waits for others, or the agent cannot take it now; and as
    stale if it was planned before changes were asked for: they are the next round, and its worker
    is told of them.
    """
    room, card = lock_card(card_id)
    _require_free(card, slot)
    if agent_id in card.not_for:
        raise Refused("has_a_side")
    if room.paused and not room.is_scratch:  # there only the audition gives work
        raise Refused("room_paused")
    if blocking := conflicts_before(card):
        raise Refused("conflict_open", conflict=blocking[0])
    previous = last_run(card, slot)
    if previous is not None and round <= previous.round and _is_sent_back(previous):
        raise Refused("stale_move", state="changes_requested")
    feedback = _feedback(previous) if round > 1 else ""
    agent = lock_agent(agent_id)
    require_may_give(agent, by)
    _require_able(room, agent, at)
    require_within(room, card, agent, at=at)
    start = RunStart(
        agent=agent, attempt=attempt, round=round, why=why, feedback=feedback, previous=previous,
        slot=slot,
    )  # fmt: skip
    return start_run(room, card, start, by=by, at=at)


def last_run(card: Card, slot: int = 1) -> Run | None:
    """What the next run of this slot goes on from, checkpoint included; people have the first."""
    runs: list[Run] = OF_SLOT.all(card.id)
    return next((run for run in runs if run.slot == slot), None)


def _is_sent_back(run: Run) -> bool:
    """Whether changes were asked for of what it handed in."""
    if run.state != "submitted":
        return False
    newest = run.deliverables.order_by("-version").values_list("state", flat=True)[:1]
    return list(newest) == ["changes_requested"]


def _require_free(card: Card, slot: int) -> None:
    """Ready; or at work, with this one of its independent runs still to be given."""
    if card.given_to_person_id or not 1 <= slot <= card.independent_runs:
        raise Refused("card_not_free", state=card.status)
    is_shared = card.status == "working" and card.independent_runs > 1
    taken = any(of == slot and state in LIVE_RUN for _, of, state in STATES.all(card.id))
    if taken or (card.status != "ready" and not is_shared):
        raise Refused("card_not_free", state=card.status)


def _feedback(previous: Run | None) -> str:
    """What the last review of the version before asked for."""
    if previous is None:
        return ""
    version = previous.deliverables.order_by("-version").first()
    if version is None:
        return previous.feedback  # it ended without a version: still to be done
    review = version.reviews.filter(undone_at=None).order_by("-at", "-id").first()
    return review.reason if review else ""


def _require_able(room: Room, agent: Agent, at: datetime) -> None:
    if agent.status not in ("verified", "verified_insecure") or agent.paused:
        raise Refused("agent_not_usable", status_of_agent=agent.status, paused=agent.paused)
    if agent.is_away(at):
        raise Refused("agent_offline", agent=agent.name)
    if agent.degraded_until is not None and agent.degraded_until > at:
        raise Refused("agent_not_usable", status_of_agent="degraded", paused=False)
    if SEATED.first(room.id, agent.id) is None:
        raise Refused("agent_not_in_room")
    if not may_work_in(room, agent):
        raise Refused("needs_audition")
    if live_runs(agent) >= agent.max_concurrency:
        raise Refused("agent_busy", most=agent.max_concurrency)


def start_run(room: Room, card: Card, start: RunStart, *, by: By, at: datetime) -> Run:
    """The part of giving work that agents and people share; room, card and agent are locked."""
    inputs = _inputs(card) if start.inputs is None else start.inputs
    limits = timings(room.workspace, room, start.agent)
    card.fence += 1
    card.attempts = max(card.attempts, start.attempt)
    card.rounds = start.round
    run = Run.objects.create(
        workspace_id=room.workspace_id, room=room, card=card, agent=start.agent,
        person=start.person, attempt=start.attempt, round=start.round, fence=card.fence,
        slot=start.slot, asked=_asked(card), by_coordinator=start.by_coordinator,
        why=start.why, feedback=start.feedback, previous=start.previous, queued_at=at,
        state="queued" if start.agent else "working", last_sign_at=None if start.agent else at,
        accepted_at=None if start.agent else at, timings=asdict(limits),
        # A time that is over limits nothing: people knew it when they let the card go on.
        deadline_at=card.due_at if card.due_at and card.due_at > at else None,
        checkpoint=start.previous.checkpoint if start.previous else None,
    )  # fmt: skip
    add_rows([
        RunInput(
            workspace_id=room.workspace_id, run=run, deliverable=version, sha256=version.sha256
        )
        for version in inputs
    ])  # fmt: skip
    if is_legal(CARD, card.status, "start"):
        move_card(card, "start", at=at)
    else:
        card.save(update_fields=["attempts", "rounds", "fence"])  # an independent run is at work
    what = RunQueued(
        run_id=run.id, run_state=run.state, card_id=card.id, card_status=card.status,
        worker=run.worker_id, attempt=run.attempt, round=run.round,
        fence=run.fence, inputs=[version.id for version in inputs], why=start.why,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    owe_run(run, "card.assigned", {}, at=at)
    return run


def _asked(card: Card) -> dict[str, Any]:
    """The card's words as this run was given them: later attempts are compared with these."""
    return {
        "title": card.title, "brief": card.brief, "criteria": card.criteria, "kind": card.kind,
        "skills": card.skills, "revision": card.revision,
    }  # fmt: skip


def _inputs(card: Card) -> list[Deliverable]:
    """The versions this card builds on; `Refused("blocked")` while one is missing."""
    found = []
    for dependency in NEEDED.all(card.id):
        version = met_by(dependency.needs, dependency.met_when)
        if version is None:
            raise Refused("blocked", by=dependency.needs.number)
        found.append(version)
    return found


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
