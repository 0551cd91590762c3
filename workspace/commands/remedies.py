"""How a card goes on after a run that did not succeed, and what that changes about the card."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.asks import hand_over
from workspace.commands.cards import (
    CardFacts,
    add_card,
    still_due,
    tidy_brief,
    tidy_criteria,
)
from workspace.commands.judgements import take
from workspace.commands.locks import lock_run
from workspace.commands.repositories import named_by
from workspace.errors import Refused
from workspace.events import CardEdited, CardSplit, RemedyChosen
from workspace.models import Card, Dependency, Remedy, Room, Run
from workspace.queries import room_policy
from workspace.record import record
from workspace.transitions import LIVE_RUN, REMEDIES

MOST_PARTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What was decided. `brief` and `criteria` for a rewrite, `parts` for a split (their
    `depends_on` are positions among them), `packet` for people who are asked."""

    remedy: str
    cause: str = ""
    note: str = ""
    brief: str = ""
    criteria: list[str] = field(default_factory=list)
    parts: list[CardFacts] = field(default_factory=list)
    packet: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def choose_remedy(
    *, run_id: str, chosen: Chosen, by: By, at: datetime, judgement_id: str | None = None
) -> Remedy:
    """Keep what was decided after a run, and change the card accordingly; once a run.

    Refused if the card has moved on: another run has begun, or a person has taken it; or, what a
    judge said, if the card has been edited since.
    """
    if chosen.remedy not in REMEDIES:
        raise Refused("unknown_remedy", status=422, remedy=chosen.remedy)
    room, card, run = lock_run(run_id)
    _require_open(card, run)
    if judgement_id is not None:
        judgement = take(room, judgement_id, chosen.remedy, by=by, at=at)
        if judgement.revision != room.revision:
            raise Refused("stale_move", state="older_goal")
        if judgement.asked_about.get("card_revision", card.revision) != card.revision:
            raise Refused("card_was_edited")
    changed: dict[str, Any] = {}
    if chosen.remedy == "rewrite":
        changed = _rewrite(room, card, chosen, by=by, at=at)
    elif chosen.remedy == "split":
        changed = _split(room, card, chosen.parts, by=by, at=at)
    made = Remedy.objects.create(
        workspace_id=room.workspace_id, run=run, remedy=chosen.remedy, cause=chosen.cause[:64],
        note=chosen.note[:4_000], changed=changed, judgement_id=judgement_id, at=at,
    )  # fmt: skip
    what = RemedyChosen(
        run_id=run.id, card_id=card.id, remedy=made.remedy, cause=made.cause,
        changed=sorted(changed),
    )  # fmt: skip
    record(room, what, by=by, at=at)
    if chosen.remedy == "ask":
        hand_over(card_id=card.id, packet=chosen.packet, by=by, at=at)
    return made


def _require_open(card: Card, run: Run) -> None:
    newest = card.runs.order_by("-fence").values_list("id", flat=True).first()
    if card.status != "ready" or newest != run.id or run.state in LIVE_RUN:
        raise Refused("stale_move", state=card.status)
    if Remedy.objects.filter(run=run).exists():
        raise Refused("already_chosen")


def _rewrite(room: Room, card: Card, chosen: Chosen, *, by: By, at: datetime) -> dict[str, Any]:
    """Give the card a new brief or criteria. The old ones stay with the runs they were given."""
    before = {"brief": card.brief, "criteria": card.criteria}
    if chosen.brief.strip():
        card.brief = tidy_brief(chosen.brief)
    card.criteria = tidy_criteria(chosen.criteria) or card.criteria
    after = {"brief": card.brief, "criteria": card.criteria}
    names = [name for name in before if before[name] != after[name]]
    if not names:
        raise Refused("nothing_changed", status=422)
    card.revision += 1
    card.save(update_fields=["brief", "criteria", "revision"])
    what = CardEdited(
        card_id=card.id, card_status=card.status, card_reason=card.reason, title=card.title,
        kind=card.kind, revision=card.revision, changed=names,
        depends_on=list(card.dependencies.values_list("needs_id", flat=True)),
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return {name: {"before": before[name], "after": after[name]} for name in names}


def _split(
    room: Room, card: Card, parts: list[CardFacts], *, by: By, at: datetime
) -> dict[str, Any]:
    """Smaller cards that the card then builds on; each is given what the card was to be given."""
    if not 2 <= len(parts) <= MOST_PARTS:
        raise Refused("bad_split", status=422, parts=len(parts), most=MOST_PARTS)
    if card.depth + 1 > room_policy(room).depth:
        raise Refused("too_deep", status=422, most=room_policy(room).depth)
    inherited = dict(card.dependencies.values_list("needs_id", "met_when"))
    early = [needed for needed, met_when in inherited.items() if met_when == "submitted"]
    made: list[Card] = []
    for facts in parts:
        positions = [int(position) for position in facts.depends_on]
        if any(position >= len(made) or position < 0 for position in positions):
            raise Refused("forward_dependency", status=422, title=facts.title[:80])
        values = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
        values["depends_on"] = [*inherited, *(made[position].id for position in positions)]
        values["parent"], values["priority"] = card, card.priority
        values["due_at"] = still_due(card, at)
        values["repository"] = named_by(card)
        made.append(add_card(room, CardFacts(**values), by=by, at=at))
    Dependency.objects.filter(card__in=made, needs__in=early).update(met_when="submitted")
    Dependency.objects.bulk_create(
        Dependency(workspace_id=room.workspace_id, card=card, needs=child) for child in made
    )
    card.revision += 1
    card.save(update_fields=["revision"])
    what = CardSplit(
        card_id=card.id, card_status=card.status, card_reason=card.reason,
        children=[child.id for child in made], revision=card.revision,
        depends_on=[*inherited, *(child.id for child in made)],
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return {"children": [child.id for child in made]}
