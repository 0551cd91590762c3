"""The review queue: what waits, one version opened, and the evidence beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspace import previews, queries, sentences
from workspace.commands.reviews import conflicts_holding
from workspace.files import read_bytes
from workspace.models import (
    Card,
    Claim,
    Conflict,
    Deliverable,
    DeliverableFile,
    Dependency,
    Message,
    Opening,
    Person,
    Review,
    RunInput,
    Step,
)
from workspace.previews.base import File, Preview
from workspace.shown.checks import Checked, checked_version
from workspace.shown.conflicts import ShownConflict, conflicts_shown, of_claims
from workspace.shown.inputs import ShownInput, inputs_shown
from workspace.shown.sources import SourcesShown, sources_shown
from workspace.shown.who import People, Who, person_shown

SECONDS_A_KILOBYTE = 20  # of reading: about 250 words a minute
MOST_SHOWN_FILES = 40


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A version that waits for a verdict."""

    id: str
    card_id: str
    number: int
    title: str
    kind: str
    room_id: str
    room: str
    version: int
    round: int
    who: Who
    at: datetime
    blocks: int
    minutes: int
    is_new: bool  # a newer version than the one this person opened
    beside: int = 0  # further versions of the card, made independently


@dataclass(frozen=True, slots=True)
class Queue:
    rows: tuple[ReviewRow, ...]
    blocked: int  # distinct cards
    minutes: int

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def line(self) -> str:
        return reviews_block(self.count, self.blocked)


def reviews_block(reviews: int, cards: int) -> str:
    """`3 reviews block 11 cards`, each counted rightly."""
    if not cards:
        return ngettext("%(n)s review waits", "%(n)s reviews wait", reviews) % {"n": reviews}
    blocked = ngettext("%(n)s card", "%(n)s cards", cards) % {"n": cards}
    line = ngettext("%(n)s review blocks %(cards)s", "%(n)s reviews block %(cards)s", reviews)
    return line % {"n": reviews, "cards": blocked}


def queue_of(person: Person, opened: str = "") -> Queue:
    """What waits for this person, what frees most first; a constant number of queries.

    A card comes once, whatever number of versions was made independently: by the one `opened`.
    """
    rows, beside = _by_card(list(queries.reviews_waiting(person)), opened)
    ids = [row.id for row in rows]
    card_ids = [row.card_id for row in rows]
    waiting = Dependency.objects.filter(needs_id__in=card_ids).exclude(
        card__status__in=["done", "cancelled"]
    )
    blocks: dict[str, set[str]] = {}
    for card_id, needs_id in waiting.values_list("card_id", "needs_id"):
        blocks.setdefault(needs_id, set()).add(card_id)
    sizes: dict[str, int] = {}
    files = DeliverableFile.objects.filter(deliverable_id__in=ids, role="deliverable")
    for deliverable_id, size in files.values_list("deliverable_id", "blob__size"):
        sizes[deliverable_id] = sizes.get(deliverable_id, 0) + size
    began = Deliverable.objects.filter(card_id__in=card_ids).values_list("card_id")
    first = dict(began.annotate(at=Min("submitted_at")))
    looked_at = Opening.objects.filter(person=person, deliverable__card_id__in=card_ids)
    seen = set(looked_at.values_list("deliverable__card_id", "deliverable_id"))
    shown = [
        _row(row, len(blocks.get(row.card_id, ())), sizes.get(row.id, 0), seen, beside[row.card_id])
        for row in rows
    ]
    # By the card's first version, so that a changed one comes back to the same place.
    shown.sort(key=lambda row: (-row.blocks, first[row.card_id], row.number))
    distinct = set().union(*blocks.values()) if blocks else set()
    return Queue(tuple(shown), len(distinct), sum(row.minutes for row in shown))


def _by_card(rows: list[Deliverable], opened: str) -> tuple[list[Deliverable], dict[str, int]]:
    """One version a card, and how many more of it there are."""
    chosen: dict[str, Deliverable] = {}
    count: dict[str, int] = {}
    for row in rows:
        count[row.card_id] = count.get(row.card_id, -1) + 1
        if row.card_id not in chosen or row.id == opened:
            chosen[row.card_id] = row
    return list(chosen.values()), count


def _row(
    row: Deliverable, blocks: int, size: int, seen: set[tuple[str, str]], beside: int
) -> ReviewRow:
    is_new = (row.card_id, row.id) not in seen and any(card == row.card_id for card, _v in seen)
    return ReviewRow(
        id=row.id, card_id=row.card_id, number=row.card.number, title=row.card.title,
        kind=row.kind, room_id=row.room_id, room=row.room.name, version=row.version,
        round=row.run.round, who=_maker(row), at=row.submitted_at, blocks=blocks,
        minutes=max(1, round(size / 1000 * SECONDS_A_KILOBYTE / 60)), is_new=is_new,
        beside=beside,
    )  # fmt: skip


def _maker(row: Deliverable) -> Who:
    people = People(
        [row.run.person] if row.run.person else [], [row.run.agent] if row.run.agent else []
    )
    return people.actor(row.run.agent_id or row.run.person_id or "")


@dataclass(frozen=True, slots=True)
class ShownFile:
    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    role: str
    preview: Preview


@dataclass(frozen=True, slots=True)
class LineageStep:
    glyph: str
    title: str
    text: str
    at: datetime
    id: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """A version of the same card that was made independently of this one."""

    id: str
    version: int
    who: Who
    summary: str
    files: tuple[ShownFile, ...]


@dataclass(frozen=True, slots=True)
class OpenedVersion:
    """One version with everything a verdict rests on."""

    row: Deliverable
    card: Card
    who: Who
    view: str
    files: tuple[ShownFile, ...]
    versions: tuple[tuple[str, int], ...]
    compared_to: int | None
    sources: SourcesShown
    commands: tuple[Step, ...]
    criteria: tuple[str, ...]
    lineage: tuple[LineageStep, ...]
    frees: tuple[int, ...]
    inputs: tuple[ShownInput, ...]
    talk: tuple[tuple[Who, Message], ...]
    reviews: tuple[tuple[Who, Review], ...]
    checked: Checked
    conflicts: tuple[ShownConflict, ...]
    held_by: tuple[ShownConflict, ...]  # until people have ruled it cannot be accepted
    beside: tuple[Beside, ...]

    @property
    def came_late(self) -> str:
        """That it came after its run's time, and from which; empty for what came in time."""
        reason = self.row.run.reason
        return sentences.sentence(reason) if reason.get("code") == "came_late" else ""


def opened_version(row: Deliverable, view: str, against: str = "") -> OpenedVersion:
    """The version as `rendered`, `source` or `diff` to another version of its card."""
    versions = list(
        Deliverable.objects.filter(card=row.card).select_related("run").order_by("version")
    )
    held_by = _holding(row)
    other = _other(row, versions, against)
    people = People.of(row.room)
    claims = list(Claim.objects.filter(deliverable=row).select_related("conflict"))
    messages = Message.objects.filter(card=row.card).order_by("at")
    reviews = Review.objects.filter(deliverable__card=row.card, undone_at=None)
    waiting = Dependency.objects.filter(needs=row.card).exclude(
        card__status__in=["done", "cancelled"]
    )
    return OpenedVersion(
        row=row, card=row.card, who=people.actor(row.run.agent_id or row.run.person_id or ""),
        view=view if other or view != "diff" else "rendered", files=_files(row, other, view),
        versions=tuple((one.id, one.version) for one in versions),
        compared_to=other.version if other else None, sources=sources_shown(row, claims),
        commands=tuple(Step.objects.filter(run=row.run, kind="action").order_by("n")[:12]),
        criteria=tuple(row.card.criteria), lineage=_lineage(row, versions, people),
        frees=tuple(waiting.order_by("card__number").values_list("card__number", flat=True)),
        inputs=inputs_shown(row.run),
        talk=tuple(
            (people.actor(one.person_id or one.agent_id or "coordinator"), one) for one in messages
        ),
        reviews=tuple(
            (person_shown(one.person), one)
            for one in reviews.select_related("person", "deliverable").order_by("at")
        ),
        checked=checked_version(row), held_by=held_by,
        conflicts=_each_once((*held_by, *of_claims(claims, row.room))),
        beside=_beside(row, versions, people, view),
    )  # fmt: skip


def _holding(row: Deliverable) -> tuple[ShownConflict, ...]:
    if row.state != "submitted":
        return ()
    rows = Conflict.objects.filter(id__in=conflicts_holding(row.card)).order_by("opened_at", "id")
    return conflicts_shown(list(rows), row.room)


def _each_once(conflicts: tuple[ShownConflict, ...]) -> tuple[ShownConflict, ...]:
    return tuple({one.id: one for one in conflicts}.values())


def _beside(
    row: Deliverable, versions: list[Deliverable], people: People, view: str
) -> tuple[Beside, ...]:
    """The versions of the card's other independent runs; their files where both are looked at."""
    others = [one for one in versions if one.state == "submitted" and one.run.slot != row.run.slot]
    if row.state != "submitted":
        return ()
    return tuple(
        Beside(
            one.id, one.version, people.actor(one.run.worker_id), one.summary,
            _files(one, None, "rendered") if view == "beside" else (),
        )
        for one in others
    )  # fmt: skip


def _other(row: Deliverable, versions: list[Deliverable], against: str) -> Deliverable | None:
    """The version to compare with: the one asked for, else the one before."""
    if against:
        return next((one for one in versions if one.id == against and one.id != row.id), None)
    return next((one for one in reversed(versions) if one.version < row.version), None)


def _files(row: Deliverable, other: Deliverable | None, view: str) -> tuple[ShownFile, ...]:
    kept = list(row.files.select_related("blob").order_by("role", "id")[:MOST_SHOWN_FILES])
    before = {one.name: one for one in other.files.select_related("blob")} if other else {}
    found = []
    for one in kept:
        file = file_of(one)
        if view == "source":
            preview = previews.source(file)
        elif view == "diff" and other is not None:
            was = before.pop(one.name, None)
            preview = previews.compare(file_of(was) if was else None, file)
        else:
            preview = previews.show(file)
        found.append(_shown_file(one, preview))
    if view == "diff":
        gone = [(one, previews.compare(file_of(one), None)) for one in before.values()]
        found += [_shown_file(one, preview) for one, preview in gone]
    return tuple(found)


def file_of(row: DeliverableFile) -> File:
    return File(row.id, row.name, row.media_type, row.blob.size, read_bytes(row.blob))


def _shown_file(row: DeliverableFile, preview: Preview) -> ShownFile:
    return ShownFile(
        row.id, row.name, row.media_type, row.blob.size, row.blob.sha256, row.role, preview
    )


def _lineage(
    row: Deliverable, versions: list[Deliverable], people: People
) -> tuple[LineageStep, ...]:
    """How this version came about, newest first: versions, verdicts, inputs."""
    steps = []
    for review in Review.objects.filter(deliverable__in=versions, undone_at=None).select_related(
        "person"
    ):
        glyph = {"accept": "accepted", "reject": "rejected"}.get(
            review.verdict, "changes_requested"
        )
        title = {
            "accept": _("%(who)s accepted"),
            "reject": _("%(who)s rejected"),
        }.get(review.verdict, _("%(who)s asked for changes")) % {"who": review.person.name}
        steps.append(LineageStep(glyph, title, review.reason, review.at))
    steps += [
        LineageStep(
            one.state, f"v{one.version}", _("round %(n)s") % {"n": one.run.round}, one.submitted_at,
            one.id if one.id != row.id else "",
        )
        for one in versions
    ]  # fmt: skip
    for given in RunInput.objects.filter(run=row.run).select_related("deliverable__card"):
        card = given.deliverable.card
        title = _("from #%(number)s %(title)s") % {"number": card.number, "title": card.title}
        text = _("v%(n)s, pinned") % {"n": given.deliverable.version}
        steps.append(LineageStep("accepted", title, text, given.deliverable.submitted_at))
    return tuple(sorted(steps, key=lambda step: step.at, reverse=True))
