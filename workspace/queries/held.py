"""Where a file that a source names stands: in what the workspace holds, or outside of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workspace.extraction import LONGEST
from workspace.extraction.kinds import decoded
from workspace.files import read_bytes
from workspace.models import Attachment, Blob, Deliverable, DeliverableFile, Source
from workspace.queries.attached import attachments_given
from workspace.quoting import line_range, occurs

FOUND, MISSING, UNCHECKED = "found", "missing", "unchecked"


@dataclass(frozen=True, slots=True)
class Held:
    """A file that the workspace holds. `said`: its words, where its bytes are no text."""

    name: str
    blob: Blob
    said: str = ""

    @property
    def is_cut(self) -> bool:
        return len(self.said) >= LONGEST

    def text(self) -> str | None:
        return self.said or decoded(read_bytes(self.blob))


def state_of_file(source: Source) -> str:
    """`found`, `missing`, or `unchecked` where the workspace does not hold the file.

    Reads the file: never called inside a transaction.
    """
    place, version = source.place, source.deliverable
    assert version is not None
    if place.get("deliverable_id"):
        return _of_version(place, version)
    named = _named(_around(version), place)
    states = [_of_file(place, one) for one in named]
    return next((state for state in (FOUND, MISSING) if state in states), UNCHECKED)


def _of_version(place: dict[str, str], version: Deliverable) -> str:
    """A source that says in which deliverable it is; only this room's are looked into."""
    there = Deliverable.objects.filter(id=place["deliverable_id"], room_id=version.room_id).first()
    if there is None:
        return MISSING
    if not place.get("file"):
        return FOUND
    named = _named(_held(there.files.select_related("blob")), place)
    states = [_of_file(place, one) for one in named]
    return next((state for state in (FOUND, UNCHECKED) if state in states), MISSING)


def _around(version: Deliverable) -> Iterable[Held]:
    """What a run knows: its own files, its inputs, what people gave, the card's earlier versions.

    In this order, and only so far as somebody asks.
    """
    yield from _held(version.files.select_related("blob"))
    for given in version.run.inputs.select_related("deliverable").order_by("id"):
        yield from _held(given.deliverable.files.select_related("blob"))
    yield from _held(attachments_given(version.card))
    for earlier in version.card.deliverables.exclude(id=version.id).order_by("-version"):
        yield from _held(earlier.files.select_related("blob"))


def _held(rows: Iterable[DeliverableFile | Attachment]) -> list[Held]:
    return [
        Held(row.name, row.blob, row.text if isinstance(row, Attachment) else "") for row in rows
    ]


def _named(files: Iterable[Held], place: dict[str, str]) -> list[Held]:
    """The files that a place may mean: by its sha256 if it says one, else by name."""
    sha256 = place.get("sha256")
    if sha256:
        return [one for one in files if one.blob.sha256 == sha256]
    wanted = place["file"].replace("\\", "/").removeprefix("./")
    return [one for one in files if one.name == wanted or one.name.endswith(f"/{wanted}")]


def _of_file(place: dict[str, str], file: Held) -> str:
    """Whether its lines are there and it says what is quoted from it."""
    lines, quote = line_range(place.get("lines", "")), place.get("quote", "")
    if lines is None and not quote.strip():
        return FOUND
    text = file.text()
    if text is None:
        return UNCHECKED  # no words of it can be read
    if (
        lines is not None
        and not file.is_cut
        and not 1 <= lines[0] <= lines[1] <= len(text.splitlines())
    ):
        return MISSING
    if occurs(quote, text):
        return FOUND
    return UNCHECKED if file.is_cut else MISSING
