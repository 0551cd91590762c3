"""The files a run may read, each under one name, and its pictures. Reads rows: never in a loop."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agents.doors.model.opening import LARGEST_PICTURES, MOST_PICTURES, PICTURE
from agents.files_seen import READABLE, bytes_of, words_of
from workspace import queries

Rows = Any
LONGEST_READ = 30_000
MOST_SEARCHED = 200
MOST_FOUND = 8
AROUND = 160


@dataclass(frozen=True, slots=True)
class Named:
    """A file and the name it is read by. `said`: its words, where they were taken out before."""

    name: str
    row: Rows
    said: str = ""

    def words(self) -> str:
        is_text = self.row.media_type.startswith(READABLE)
        return self.said or words_of(self.row, is_text)


def files_of(run: Rows) -> Iterator[Named]:
    """Attachments, inputs, and what the round before handed in; as the opening names them."""
    for attached in queries.attachments_given(run.card):
        yield Named(attached.name, attached, attached.text)
    for one in queries.inputs_given(run.id):
        if one.settled and one.settled.get("how") != "told":
            continue
        for row in queries.files_in(one.deliverable_id):
            yield Named(f"inputs/{one.deliverable.card.number}/{row.name}", row)
    if run.previous is not None:
        version = queries.version_of_run(run.previous)
        for row in queries.files_in(version.id) if version else ():
            yield Named(f"previous/{row.name}", row)


def numbers_of(run: Rows) -> dict[str, int]:
    """Per card that an input came from, its number: names of inputs begin with it."""
    cards = (one.deliverable.card for one in queries.inputs_given(run.id))
    return {card.id: card.number for card in cards}


def find_file(run: Rows, name: str) -> Named | None:
    """The file of that name; also by its last part, where no other ends in it."""
    wanted = name.strip().lstrip("/")
    files = list(files_of(run))
    exact = [file for file in files if file.name == wanted]
    ending = [file for file in files if file.name.rpartition("/")[2] == wanted]
    return exact[0] if exact else ending[0] if len(ending) == 1 else None


def names_of(run: Rows) -> list[str]:
    return [file.name for file in files_of(run)]


def pictures_of(run: Rows) -> list[tuple[str, str]]:
    """The pictures among them as data URIs, as many as a request may hold."""
    found: list[tuple[str, str]] = []
    size = 0
    for file in files_of(run):
        size += file.row.blob.size if PICTURE.fullmatch(file.row.media_type) else 0
        if not PICTURE.fullmatch(file.row.media_type) or size > LARGEST_PICTURES:
            continue
        encoded = base64.b64encode(bytes_of(file.row)).decode()
        found.append((file.name, f"data:{file.row.media_type};base64,{encoded}"))
        if len(found) == MOST_PICTURES:
            break
    return found


def excerpts(run: Rows, query: str) -> list[tuple[str, str]]:
    """Where the words of `query` stand in this room's files: name, and the text around them."""
    words = [word for word in query.casefold().split() if word][:8]
    found: list[tuple[str, str]] = []
    for file in _searched(run):
        text = file.words()
        place = _place(text.casefold(), words)
        if place is not None:
            start, end = max(0, place - AROUND), place + 2 * AROUND
            found.append((file.name, " ".join(text[start:end].split())))
        if len(found) == MOST_FOUND:
            break
    return found


def _searched(run: Rows) -> Iterator[Named]:
    yield from files_of(run)
    for row in queries.accepted_files(run.room_id, MOST_SEARCHED):
        yield Named(f"card {row.deliverable.card.number}: {row.name}", row)


def _place(text: str, words: list[str]) -> int | None:
    """Where the rarest of the words stands, if every one of them does."""
    if not words or not all(word in text for word in words):
        return None
    return text.index(min(words, key=text.count))
