"""Conversations with a model that the workspace holds for its agents, kept as they go on.

Many runs live in one process: what has gathered of a room is kept together, each run by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from workspace.actors import By
from workspace.commands.charging import reserve, settle, subjects_of
from workspace.commands.leases import sign_of_life
from workspace.commands.locks import lock_room
from workspace.commands.runs import fail
from workspace.commands.steps import add_steps, progressed
from workspace.commands.submitting import keep_artifact
from workspace.errors import Refused
from workspace.events import Happened, WriteRefused
from workspace.models import Budget, Card, Exchange, Room, Run, Step, Talk, Tick
from workspace.models.many import add_rows, change_rows
from workspace.record import hint, record_all
from workspace.reports import Exchanged, Turn
from workspace.trail import looks_odd
from workspace.transitions import LIVE_RUN

COUNTED = ("usd", "tokens", "steps")
CHANGES = [
    "state", "asked", "said", "prompt_tokens", "completion_tokens", "cached_tokens", "cost_usd",
    "tries", "due_at", "trouble", "begun_at", "done_at",
]  # fmt: skip
CHANGES_OF_RUN = ("last_sign_at", "cost_usd", "percent", "note", "steps_count", "trail")
# Read where they are needed, which no turn does.
NOT_READ = ("why", "asked", "checkpoint", "feedback", "reason")
MOST_USD = Decimal(100_000)


@transaction.atomic
def keep_turns(*, room_id: str, turns: Sequence[Turn], at: datetime) -> dict[str, Refused]:
    """Keep what has happened in these runs of a room, all as one write; per run why not.

    `talk_taken`: somebody else holds its conversation now. `lease_lost`: the run is over or was
    given anew, and the try is on the record. `over_budget`: what happened is kept, the call that
    was to begin is not made, and the run has failed.
    """
    room = lock_room(room_id)
    runs = _locked([turn.run_id for turn in turns])
    holders = dict(Talk.objects.filter(run_id__in=runs).values_list("run_id", "holder"))
    counted = _counted_subjects(room, runs.values())
    refused: dict[str, Refused] = {}
    happened: list[tuple[Happened, By]] = []
    kept: list[Turn] = []
    for turn in turns:
        run = runs.get(turn.run_id)
        if run is None or holders.get(turn.run_id) != turn.holder:
            refused[turn.run_id] = Refused("talk_taken")
        elif run.state not in LIVE_RUN or run.fence != turn.fence:
            refused[turn.run_id] = Refused("lease_lost", state=run.state)
            lost = WriteRefused(run_id=run.id, card_id=run.card_id, code="lease_lost", kept=False)
            happened.append((lost, By(run.agent_id or "")))
        else:
            _revive(room, run, at)
            kept.append(turn)
    happened += _keep_all(room, runs, kept, counted, at)
    if happened:
        record_all(room, happened, at=at)
    for turn in kept:
        run = runs[turn.run_id]
        if counted.intersection(subjects_of(run)) and (why := _pay(room, run, turn, at)):
            refused[turn.run_id] = why
    return refused


def _locked(run_ids: Collection[str]) -> dict[str, Run]:
    rows = Run.objects.select_for_update(no_key=True).filter(id__in=run_ids).order_by("id")
    return {run.id: run for run in rows.defer(*NOT_READ)}


def _counted_subjects(room: Room, runs: Collection[Run]) -> set[str]:
    """Whose money, tokens or steps are limited, of all these runs count against."""
    subjects = {subject for run in runs for subject in subjects_of(run)}
    found = Budget.objects.filter(
        workspace_id=room.workspace_id, subject_id__in=subjects, what__in=COUNTED
    )
    return set(found.values_list("subject_id", flat=True))


def _revive(room: Room, run: Run, at: datetime) -> None:
    """What happens in a run is a sign of life, as any agent's call is."""
    if run.state in ("queued", "offered", "stale"):
        card = Card.objects.select_for_update(no_key=True).get(id=run.card_id)
        run.card, run.room = card, room
        sign_of_life(room, card, run, by=By(run.agent_id or ""), at=at)
    run.last_sign_at = at


def _keep_all(
    room: Room, runs: Mapping[str, Run], turns: Sequence[Turn], counted: set[str], at: datetime
) -> list[tuple[Happened, By]]:
    """Rows of all these turns in a few writes; what is to be recorded of them."""
    exchanges = [_row(runs[turn.run_id], one) for turn in turns for one in turn.exchanges]
    add_rows(exchanges, known_by=("workspace", "run", "n"), changes=CHANGES)
    steps: list[Step] = []
    happened: list[tuple[Happened, By]] = []
    is_odd = False
    for turn in turns:
        run = runs[turn.run_id]
        limited = bool(counted.intersection(subjects_of(run)))
        run.cost_usd = min(Decimal(str(round(turn.cost_usd, 6))), MOST_USD)
        if turn.steps:
            steps += add_steps(run, turn.steps, at=at, limited=limited)
            happened.append((progressed(run), By(run.agent_id or "")))
            is_odd = is_odd or looks_odd(run.trail)
        for part in turn.files:
            keep_artifact(
                run, name=part.name, media_type=part.media_type, role=part.role,
                content=part.content, sha256="", late=False, at=at,
            )  # fmt: skip
    add_rows(steps)
    change_rows([runs[turn.run_id] for turn in turns], CHANGES_OF_RUN)
    if is_odd:
        Tick.objects.filter(room=room).update(due_at=at)
        hint("tick", room.id)
    return happened


def _row(run: Run, one: Exchanged) -> Exchange:
    return Exchange(
        workspace_id=run.workspace_id, run=run, n=one.n, kind=one.kind, state=one.state, of=one.of,
        asked=one.asked, said=one.said, prompt_tokens=one.prompt_tokens,
        completion_tokens=one.completion_tokens, cached_tokens=one.cached_tokens,
        cost_usd=min(Decimal(str(round(one.cost_usd, 6))), MOST_USD), tries=one.tries,
        due_at=one.due_at, trouble=one.trouble, begun_at=one.begun_at, done_at=one.done_at,
    )  # fmt: skip


def _pay(room: Room, run: Run, turn: Turn, at: datetime) -> Refused | None:
    """Settle the call that ended and speak for the next, in the transaction that keeps both."""
    if turn.settled is not None:
        settle(ref=run.id, actual=turn.settled, at=at)
    if turn.wanted is None:
        return None
    try:
        reserve(room=room, subjects=subjects_of(run), wanted=turn.wanted, ref=run.id, at=at)
    except Refused as why:
        card = Card.objects.select_for_update(no_key=True).get(id=run.card_id)
        run.card, run.room, card.room = card, room, room
        fail(room, card, run, "over_budget", why.params, by=By(run.agent_id or ""), at=at)
        return why
    return None


@transaction.atomic
def close_exchange(*, run_id: str, n: int, at: datetime) -> None:
    """The call that ended its run has been made, in the transaction in which it did."""
    Exchange.objects.filter(run_id=run_id, n=n).update(
        state="done", said={"text": "Done."}, done_at=at
    )


def exchanged(row: Exchange) -> Exchanged:
    """A row as its holder has it."""
    return Exchanged(
        n=row.n, kind=row.kind, state=row.state, of=row.of, asked=row.asked, said=row.said,
        prompt_tokens=row.prompt_tokens, completion_tokens=row.completion_tokens,
        cached_tokens=row.cached_tokens, cost_usd=float(row.cost_usd), tries=row.tries,
        due_at=row.due_at, trouble=row.trouble, begun_at=row.begun_at, done_at=row.done_at,
    )  # fmt: skip
