"""What people and agents were told: the other side of every row.

Whatever was acknowledged is there exactly once; what broke off before an answer is there once or
not at all. Whoever compares asks only for what a person of the room may see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Rows = Any


@dataclass(slots=True)
class Ledger:
    """By what is written down: results and late results by run, cards and messages by their words,
    acceptances by version and person."""

    results: dict[str, str] = field(default_factory=dict)  # the text that was taken, by run
    lates: set[tuple[str, str]] = field(default_factory=set)  # run, summary
    steps: dict[str, set[str]] = field(default_factory=dict)  # acknowledged, by run
    unsure_steps: dict[str, set[str]] = field(default_factory=dict)
    cards: dict[str, bool] = field(default_factory=dict)  # by title: whether it was acknowledged
    messages: dict[str, bool] = field(default_factory=dict)  # by body, likewise
    acceptances: set[tuple[str, str, str]] = field(default_factory=set)  # version, person, sha256

    def differences(self, room: Rows) -> Iterator[str]:
        """What of this room is not as somebody was told."""
        yield from self._results(room)
        yield from self._steps(room)
        yield from _counted("card", self.cards, room.cards.values_list("title", flat=True))
        said = room.messages.exclude(person=None).values_list("body", flat=True)
        yield from _counted("message", self.messages, said)
        kept = set(
            room.deliverables.filter(reviews__verdict="accept").values_list(
                "id", "reviews__person_id", "reviews__sha256"
            )
        )
        mine = set(room.deliverables.values_list("id", flat=True))
        for version, person, sha256 in self.acceptances:
            if version in mine and (version, person, sha256) not in kept:
                yield f"the acceptance of {version} by {person} is lost"

    def _results(self, room: Rows) -> Iterator[str]:
        texts: dict[str, list[str]] = {}
        found = room.deliverables.exclude(run__agent=None).exclude(run__why__has_key="run")
        for version in found.prefetch_related("files"):
            names = [file.name for file in version.files.all()]
            texts.setdefault(version.run_id, []).extend(names)
        mine = set(room.runs.values_list("id", flat=True))
        for run_id, name in self.results.items():
            if run_id in mine and texts.get(run_id) != [name]:
                yield f"the result of {run_id} is there as {texts.get(run_id)}, not as {name}"
        kept = Counter(
            room.runs.exclude(late_results=None).values_list("id", "late_results__summary")
        )
        for run_id, summary in self.lates:
            if run_id in mine and kept[run_id, summary] != 1:
                yield f"the late result of {run_id} is kept {kept[run_id, summary]} times"

    def _steps(self, room: Rows) -> Iterator[str]:
        for run_id, count in room.runs.exclude(agent=None).values_list("id", "steps_count"):
            sure = self.steps.get(run_id, set())
            possible = sure | self.unsure_steps.get(run_id, set())
            if not len(sure) <= count <= len(possible):
                yield f"{run_id} has {count} steps, and {len(sure)} to {len(possible)} were taken"


def _counted(what: str, told: dict[str, bool], kept: Iterable[str]) -> Iterator[str]:
    """Everything here is of one world: what belongs to another room is in `told` but not here."""
    for words, n in Counter(kept).items():
        if words in told and n != 1:
            yield f"{what} {words!r} is there {n} times"


def lost(what: str, told: dict[str, bool], kept: set[str]) -> Iterator[str]:
    """What was acknowledged and is in no room."""
    for words, is_sure in told.items():
        if is_sure and words not in kept:
            yield f"{what} {words!r} is lost"
