"""Files as a judge sees them: as text, as a picture, or only that they are there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agents.judge.questions import Attachment, Excerpt, UnseenFile
from workspace import queries
from workspace.extraction import text_of
from workspace.files import read_bytes

LONGEST_FILE = 200_000  # bytes of a text file that a judge looks at
LARGEST_DOCUMENT = 10_000_000  # bytes of a document whose words are taken out of it
MOST_DOCUMENTS = 10  # each is read in a process of its own
READABLE = ("text/", "application/json", "application/xml", "application/yaml")

Rows = Any


def attachments_of(room: Rows, card: Rows | None) -> tuple[Attachment, ...]:
    """What people gave with a goal, or with a card."""
    return tuple(
        Attachment(
            row.name,
            row.media_type,
            text=row.text,
            image=read_bytes(row.blob) if row.media_type.startswith("image/") else None,
        )
        for row in queries.attachments_of(room.id, card.id if card else None)
    )


def bytes_of(row: Rows) -> bytes:
    """The whole of a file that is kept here."""
    return read_bytes(row.blob)


def files_of(rows: Iterable[Rows]) -> tuple[tuple[Excerpt, ...], tuple[UnseenFile, ...]]:
    """A version's files as far as their words can be read, and those nobody can look into.

    Of the latter only number, type and size are told: a name may say what is not in there.
    """
    seen: list[Excerpt] = []
    unseen: list[UnseenFile] = []
    documents = 0
    for n, row in enumerate(rows, start=1):
        is_text = row.media_type.startswith(READABLE)
        documents += not is_text and not row.media_type.startswith("image/")
        text = words_of(row, is_text) if is_text or documents <= MOST_DOCUMENTS else ""
        if text.strip():
            seen.append(Excerpt(row.name, text))
        else:
            unseen.append(UnseenFile(f"file {n}", row.media_type[:120], row.blob.size))
    return tuple(seen), tuple(unseen)


def words_of(row: Rows, is_text: bool) -> str:
    if is_text:
        whole = row.blob.size <= LONGEST_FILE
        return read_bytes(row.blob).decode("utf-8", "replace") if whole else ""
    if row.blob.size > LARGEST_DOCUMENT or row.media_type.startswith("image/"):
        return ""
    return text_of(row.media_type, read_bytes(row.blob))
