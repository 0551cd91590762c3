"""Steps: what agents report of work that goes on, put on the run in batches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workspace.commands.charging import take_steps
from workspace.commands.leases import Here
from workspace.events import RunProgressed
from workspace.models import Run, Step, Tick
from workspace.models.many import add_rows
from workspace.record import hint, record
from workspace.reports import Activity, Progress
from workspace.trail import StepSeen, follow, looks_odd

MOST_STEPS = 100_000


def report_steps(here: Here, steps: list[Progress | Activity]) -> None:
    """Append steps and record at most one `run.progressed`; wakes no coordinator."""
    if not steps:
        return
    run = here.run
    add_rows(add_steps(run, steps, at=here.at))
    run.save(update_fields=["percent", "note", "steps_count", "trail"])
    if looks_odd(run.trail):
        # Steps wake nobody; a room that may have a loop to look at has a timer that is due.
        Tick.objects.filter(room=here.room).update(due_at=here.at)
        hint("tick", here.room.id)
    record(here.room, progressed(run), by=here.by, at=here.at)


def add_steps(
    run: Run, steps: Sequence[Progress | Activity], *, at: datetime, limited: bool = True
) -> list[Step]:
    """Put steps on a locked run that the caller saves; the rows to be made of them.

    What a budget does not hold is not kept; the coordinator is woken and stops the run. Not
    `limited`: the caller knows that no budget counts this run's steps.
    """
    rows: list[Step] = []
    seen: list[StepSeen] = []
    for step in steps:
        if isinstance(step, Progress):
            run.percent = percent_after(step.percent, run)
            run.note = (step.note_md or step.step or run.note)[:500]
            if step.ephemeral:
                continue
        if run.steps_count + len(rows) < MOST_STEPS:
            row = _step_row(run, step, at, run.steps_count + len(rows) + 1)
            rows.append(row)
            seen.append(StepSeen(row.kind, row.title, row.input, row.output, run.percent))
    kept = take_steps(run, len(rows), at=at)[0] if limited else len(rows)
    run.steps_count += kept
    run.trail = follow(run.trail, seen[:kept])
    return rows[:kept]


def progressed(run: Run) -> RunProgressed:
    return RunProgressed(
        run_id=run.id, card_id=run.card_id, steps=run.steps_count, percent=run.percent,
        note=run.note,
    )  # fmt: skip


def percent_after(said: float | None, run: Run) -> float | None:
    # Adding zero takes the sign off -0.0, which PostgreSQL would not give back as it was hashed.
    return run.percent if said is None else said + 0.0


def _step_row(run: Run, step: Progress | Activity, at: datetime, n: int) -> Step:
    row = Step(workspace_id=run.workspace_id, run=run, n=n, at=at)
    if isinstance(step, Progress):
        row.kind, row.title = "progress", (step.step or step.note_md or "…")[:500]
        row.output = step.note_md if step.step else ""
    else:
        row.kind, row.title, row.status = step.kind[:32], step.title[:500], step.status[:16]
        row.input, row.output = step.input[:20_000], step.output[:20_000]
    return row
