"""What a run was given to build on, and which of it is no longer what it should build on."""

from __future__ import annotations

from dataclasses import dataclass

from workspace.models import Deliverable, Run, RunInput

STANDS = ("accepted", "submitted")


@dataclass(frozen=True, slots=True)
class InputCard:
    id: str
    number: int
    title: str
    status: str  # of the version that was given


@dataclass(frozen=True, slots=True)
class ShownInput:
    """A pinned version; `now` is what has taken its place, `settled` what was done about it."""

    near: InputCard
    version: int
    sha256: str
    deliverable_id: str
    now_id: str = ""
    now_version: int = 0
    settled: str = ""  # told | confirmed | redone

    @property
    def has_changed(self) -> bool:
        return self.near.status not in STANDS


def inputs_shown(run: Run) -> tuple[ShownInput, ...]:
    """The inputs in the order they were given; two queries."""
    rows = list(RunInput.objects.filter(run=run).select_related("deliverable__card").order_by("id"))
    changed = [row.deliverable.card_id for row in rows if row.deliverable.state not in STANDS]
    newest = {
        version.card_id: version
        for version in Deliverable.objects.filter(card_id__in=changed, state__in=STANDS)
        .defer("manifest")
        .order_by("version")
    }
    return tuple(_shown(row, newest.get(row.deliverable.card_id)) for row in rows)


def _shown(row: RunInput, newest: Deliverable | None) -> ShownInput:
    version = row.deliverable
    card = InputCard(version.card_id, version.card.number, version.card.title, version.state)
    return ShownInput(
        card, version.version, row.sha256, version.id,
        now_id=newest.id if newest else "", now_version=newest.version if newest else 0,
        settled=str(row.settled.get("how") or ""),
    )  # fmt: skip
