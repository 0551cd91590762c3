"""Sheets: tables with a heading row, and what changed cell by cell."""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass

from workspace.previews import code
from workspace.previews.base import File, Preview

MOST_ROWS = 500
MOST_CELLS = 40
KINDS = {"text/csv": ",", "text/tab-separated-values": "\t"}


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    kind: str = ""  # added | removed


def accepts(file: File) -> bool:
    return file.media_type in KINDS or file.ending in ("csv", "tsv")


def show(file: File) -> Preview:
    rows = _rows(file)
    facts = {
        "head": [Cell(text) for text in rows[0]] if rows else [],
        "rows": [[Cell(text) for text in row] for row in rows[1 : MOST_ROWS + 1]],
        "is_cut": file.is_cut or len(rows) > MOST_ROWS + 1,
    }
    return Preview("previews/table.html", facts)


def compare(before: File | None, after: File | None) -> Preview:
    if before is None or after is None:
        return code.compare(before, after)
    was, now = _rows(before), _rows(after)
    if not was or not now or len(was) + len(now) > 2 * MOST_ROWS:
        return code.compare(before, after)
    matcher = difflib.SequenceMatcher(
        None, [tuple(row) for row in was], [tuple(row) for row in now]
    )
    rows: list[list[Cell]] = []
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if tag == "equal":
            rows += [[Cell(text) for text in row] for row in now[b1:b2]]
            continue
        rows += [
            _changed(row, _partner(now, b1, b2, n), "removed") for n, row in enumerate(was[a1:a2])
        ]
        rows += [
            _changed(row, _partner(was, a1, a2, n), "added") for n, row in enumerate(now[b1:b2])
        ]
    return Preview("previews/table.html", {"head": rows[0], "rows": rows[1:], "is_cut": False})


def _partner(rows: list[list[str]], start: int, end: int, n: int) -> list[str]:
    return rows[start + n] if start + n < end else []


def _changed(row: list[str], other: list[str], kind: str) -> list[Cell]:
    """A row with the cells marked that its partner says otherwise."""
    return [
        Cell(text, "" if n < len(other) and other[n] == text else kind)
        for n, text in enumerate(row)
    ]


def _rows(file: File) -> list[list[str]]:
    mark = KINDS.get(file.media_type) or ("\t" if file.ending == "tsv" else ",")
    reader = csv.reader(io.StringIO(file.text), delimiter=mark)
    try:
        return [row[:MOST_CELLS] for row in reader if row][: 2 * MOST_ROWS]
    except csv.Error:
        return [[line] for line in file.text.splitlines()[:MOST_ROWS]]
