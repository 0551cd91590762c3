"""Which inputs of live runs and finished cards are no longer what they should build on."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.coordinator.board import ChangedInput
from workspace import queries


@dataclass(frozen=True, slots=True)
class Changes:
    """Per run its changed inputs; `finished` are done cards whose accepted work has some."""

    by_run: dict[str, tuple[ChangedInput, ...]] = field(default_factory=dict)
    finished: tuple[str, ...] = ()

    def of_run(self, run_id: str) -> tuple[ChangedInput, ...]:
        return self.by_run.get(run_id, ())


def changed(room_id: str) -> Changes:
    runs = queries.runs_with_changed_inputs(room_id)
    found = queries.changed_inputs(runs) if runs else {}
    return Changes(
        by_run={
            run_id: tuple(
                ChangedInput(one.was.id, one.was.card_id, one.now.id if one.now else None)
                for one in several
            )
            for run_id, several in found.items()
        },
        finished=tuple(
            sorted({run.card_id for run in runs if run.card.status == "done" and run.id in found})
        ),
    )
