"""Runs begun: who may be given a card, and what the run is given."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.charging import require_within
from workspace.commands.locks import lock_agent, lock_card, require_may_give
from workspace.commands.moving import move_card
from workspace.commands.owed import owe_run
from workspace.commands.runs import STATES
from workspace.errors import Refused
from workspace.events import RunQueued
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
from workspace.transitions import CARD, LIVE_RUN, is_legal

# The newest first; people have the first slot.
OF_SLOT = Prepared(lambda card_id: Run.objects.filter(card_id=card_id).order_by("-fence"))
SEATED = Prepared(
    lambda room_id, agent_id: Seat.objects.filter(room_id=room_id, agent_id=agent_id).values_list(
        "id", flat=True
    )
)
NEEDED = Prepared(
    lambda card_id: Dependency.objects.select_related("needs").filter(card_id=card_id)
)


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
