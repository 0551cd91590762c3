"""The package: every accepted part with who made it, from what, and who accepted it.

Its words around the parts may come from a judge; the parts themselves are copied as they were
accepted. It is a version like any other and waits for a person's verdict.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from workspace.actors import By
from workspace.commands.cards import CardFacts, add_card
from workspace.commands.judgements import ask, take
from workspace.commands.locks import authorise, lock_room
from workspace.commands.moving import move_card
from workspace.commands.starting import RunStart, start_run
from workspace.commands.submitting import keep_artifact, submit
from workspace.errors import Refused
from workspace.events import CardEdited
from workspace.models import Artifact, Card, Deliverable, Dependency, Judgement, Room, Run
from workspace.queries import cards_after
from workspace.record import record
from workspace.reports import Result, Uploaded

PACKAGE = "package"
UNDER_WAY = ("wanted", "asking", "answered")
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Part:
    """An accepted version and the words that introduce it."""

    version: Deliverable
    heading: str
    sentence: str

    @property
    def folder(self) -> str:
        name = re.sub(r"[^\w-]+", "-", self.version.card.title.lower()).strip("-")[:60]
        return f"parts/{self.version.card.number:02d}-{name or 'card'}"

    def place_of(self, name: str) -> str:
        """A file's name in the package; of one that is too long, the end."""
        left = LONGEST_NAME - len(self.folder) - 1
        return f"{self.folder}/{name[-left:]}"


@transaction.atomic
def ask_package(*, room_id: str, by: By, at: datetime) -> Judgement:
    """A person wants the accepted parts put together: a judge drafts the words around them.

    Refused while a conflict is open, and where nothing has been accepted.
    """
    room = lock_room(room_id)
    authorise(room, by, "room.plan")
    _require_ready(room)
    under_way = room.judgements.filter(kind="compose", state__in=UNDER_WAY)
    if under_way.filter(revision=room.revision).exists():
        raise Refused("already_composing")
    return ask(room, "compose", room.id, room.revision, None, by=by, at=at)


def _require_ready(room: Room) -> None:
    conflict = room.conflicts.filter(status="open").first()
    if conflict is not None:
        raise Refused("conflict_open", conflict=conflict.id)
    if not accepted_parts(room):
        raise Refused("nothing_accepted")


def accepted_parts(room: Room) -> list[Deliverable]:
    """The version in force of every done card, in the order of their numbers."""
    found = Deliverable.objects.filter(room=room, state="accepted", card__status="done")
    rows = found.select_related("card", "run", "run__agent", "run__person").order_by("card__number")
    return [row for row in rows if PACKAGE not in row.card.labels]


@transaction.atomic
def compose(
    *, room_id: str, judgement_id: str, title: str, overview: str,
    sections: list[tuple[str, str, str]], by: By, at: datetime,
) -> Deliverable:  # fmt: skip
    """Put the accepted parts together as a new version of the room's package card.

    `sections`: (card id, heading, sentence); parts they leave out follow in order.
    """
    room = lock_room(room_id)
    judgement = take(room, judgement_id, "composed", by=by, at=at)
    if judgement.revision != room.revision:
        raise Refused("stale_move", state="older_goal")
    _require_ready(room)
    parts = _in_order(accepted_parts(room), sections)
    card = _card(room, parts, title, by=by, at=at)
    start = RunStart(attempt=card.attempts + 1, by_coordinator=True)
    run = start_run(room, card, start, by=by, at=at)
    files = _copies(run, parts, at)
    written = {
        "PACKAGE.md": _words(room, parts, title, overview),
        "manifest.json": json.dumps(_manifest(room, parts), indent=2, ensure_ascii=False),
    }
    for name, text in written.items():
        kind = "text/markdown" if name.endswith(".md") else "application/json"
        made = keep_artifact(
            run, name=name, media_type=kind, role="deliverable", content=text.encode(),
            sha256="", late=False, at=at,
        )  # fmt: skip
        files.append(made)
    result = Result(
        summary_md=f"{len(parts)} accepted parts in one package.",
        artifacts=tuple(Uploaded(made.id) for made in files),
    )
    return submit(room, card, run, result, by=by, at=at)


def _in_order(versions: list[Deliverable], sections: list[tuple[str, str, str]]) -> list[Part]:
    by_card = {version.card_id: version for version in versions}
    said = [
        Part(by_card.pop(card_id), heading, sentence)
        for card_id, heading, sentence in sections
        if card_id in by_card
    ]
    return [*said, *(Part(version, version.card.title, "") for version in by_card.values())]


def _card(room: Room, parts: list[Part], title: str, *, by: By, at: datetime) -> Card:
    """The room's package card, free to be worked on; made at the first package."""
    card = next((one for one in room.cards.exclude(status="cancelled") if PACKAGE in one.labels),
                None)  # fmt: skip
    needs = [part.version.card for part in parts]
    if card is None:
        name = title or f"Package: {room.name}"
        facts = CardFacts(
            title=name[:200], brief=room.goal, kind="document",
            depends_on=[one.id for one in needs], labels=[PACKAGE],
        )  # fmt: skip
        return add_card(room, facts, by=by, at=at)
    if card.status in ("triage", "working", "waiting"):
        raise Refused("card_not_free", state=card.status)
    _build_on(room, card, needs, by=by, at=at)
    if card.status == "review":
        move_card(card, "request_changes", at=at, reason={"code": "composed_again", "params": {}})
    return card


def _build_on(room: Room, card: Card, needs: list[Card], *, by: By, at: datetime) -> None:
    """The package follows the parts it is made of now: no others, and no longer those before."""
    later = cards_after(room.id, [card.id])  # what builds on the package is no circle
    needed = [one for one in needs if one.id not in later]
    known = set(card.dependencies.values_list("needs_id", flat=True))
    if known == {one.id for one in needed}:
        return
    card.dependencies.exclude(needs__in=needed).delete()
    Dependency.objects.bulk_create(
        Dependency(workspace_id=room.workspace_id, card=card, needs=one)
        for one in needed
        if one.id not in known
    )
    card.revision += 1
    card.save(update_fields=["revision"])
    what = CardEdited(
        card_id=card.id, card_status=card.status, card_reason=card.reason, title=card.title,
        kind=card.kind, revision=card.revision, changed=["depends_on"],
        depends_on=[one.id for one in needed],
    )  # fmt: skip
    record(room, what, by=by, at=at)


def _copies(run: Run, parts: list[Part], at: datetime) -> list[Artifact]:
    return [
        Artifact.objects.create(
            workspace_id=run.workspace_id, run=run, blob_id=file.blob_id,
            name=part.place_of(file.name), media_type=file.media_type,
            role="deliverable", created_at=at,
        )
        for part in parts
        for file in part.version.files.filter(role="deliverable").order_by("id")
    ]  # fmt: skip


def _words(room: Room, parts: list[Part], title: str, overview: str) -> str:
    lines = [f"# {title or room.name}", "", overview or room.goal.strip(), ""]
    for part in parts:
        version = part.version
        lines += [f"## {part.heading}", ""]
        if part.sentence:
            lines += [part.sentence, ""]
        lines += [
            f"Card {version.card.number}, version {version.version}, made by {_maker(version)}, "
            f"accepted by {', '.join(_acceptors(version)) or 'nobody'}. Files in `{part.folder}`.",
            "",
        ]
    rulings = _rulings(room)
    if rulings:
        lines += ["## Rulings", ""]
        lines += [_ruled(one) for one in rulings]
    return "\n".join(lines).rstrip() + "\n"


def _ruled(one: dict[str, Any]) -> str:
    holds = f"{one['subject']}: {one['value']} {one['unit']}".rstrip()
    return f"- {holds} ({one['reason']})"


def _maker(version: Deliverable) -> str:
    run = version.run
    if run.agent is not None:
        return run.agent.name
    return run.person.name if run.person is not None else "the coordinator"


def _acceptors(version: Deliverable) -> list[str]:
    reviews = version.reviews.filter(verdict="accept", undone_at=None).select_related("person")
    return [review.person.name for review in reviews.order_by("at")]


def _rulings(room: Room) -> list[dict[str, Any]]:
    ruled = room.conflicts.filter(status="ruled").order_by("ruled_at")
    return [
        {"subject": one.subject, "value": one.ruling["value"], "unit": one.ruling["unit"],
         "reason": one.ruling["reason"], "conflict": one.id}
        for one in ruled
    ]  # fmt: skip


def _manifest(room: Room, parts: list[Part]) -> dict[str, Any]:
    """Who made what, from which inputs and sources, accepted by whom."""
    return {
        "room": room.id,
        "goal": room.goal,
        "parts": [
            {
                "card": part.version.card_id, "title": part.version.card.title,
                "deliverable": part.version.id, "version": part.version.version,
                "sha256": part.version.sha256, "made_by": _maker(part.version),
                "accepted_by": _acceptors(part.version), "folder": part.folder,
                "inputs": part.version.manifest.get("inputs", []),
                "sources": part.version.manifest.get("sources", []),
            }
            for part in parts
        ],
        "rulings": _rulings(room),
    }  # fmt: skip
