"""A file as what can be counted in it: words, headings, links, and the rows or entries it lists."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from functools import cached_property

from agents.judge.lines import BULLET, NUMBER
from agents.judge.proposals import CheckVerdict
from agents.judge.questions import Excerpt
from agents.judge.quotes import MAX_QUOTE, one_line

TABLES = frozenset({"csv", "tsv"})
PROSE = frozenset({"md", "markdown", "txt", "rst", ""})
HEADING = re.compile(r"^#{1,6}\s+(.*\S)\s*#*$|^<h[1-6][^>]*>(.*?)</h[1-6]>", re.MULTILINE)
LINK = re.compile(r"https?://[^\s<>()\[\]|\"']+[^\s<>()\[\]|\"'.,;:!?]")
RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
WORD = re.compile(r"\S*\w\S*")


@dataclass(frozen=True, slots=True)
class Found:
    """What looking gave: a verdict, a literal quote and its file, and which words it answers.

    `has_more`: the words themselves say more than was looked at.
    """

    verdict: CheckVerdict
    evidence: str = ""
    file: str = ""
    span: tuple[int, int] = (0, 0)
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a table, with its cells by heading, or an entry of a list."""

    text: str
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def quote(self) -> str:
        """A piece that surely stands in the file as it is: the longest cell, else the text."""
        piece = max(self.cells.values(), key=len) if self.cells else self.text
        return one_line(piece)[:MAX_QUOTE].strip()


@dataclass(frozen=True)
class Seen:
    """One text file, read once."""

    name: str
    text: str

    @cached_property
    def ending(self) -> str:
        return self.name.rsplit(".", 1)[-1].lower() if "." in self.name else ""

    @cached_property
    def rows(self) -> list[Item]:
        """Rows below the heading of every table in it."""
        return csv_rows(self) if self.ending in TABLES else written_rows(self.text)

    @cached_property
    def entries(self) -> list[Item]:
        if self.ending not in PROSE:
            return []
        found = [BULLET.match(line) or NUMBER.match(line) for line in self.text.splitlines()]
        return [Item(one_line(match.group(2))) for match in found if match]

    @cached_property
    def headings(self) -> list[str]:
        return [one_line(first or second) for first, second in HEADING.findall(self.text)]

    @cached_property
    def links(self) -> list[str]:
        return list(dict.fromkeys(LINK.findall(self.text)))

    @cached_property
    def words(self) -> int:
        return len(WORD.findall(self.text))

    @property
    def is_prose(self) -> bool:
        return self.ending in PROSE

    @cached_property
    def beginning(self) -> str:
        """Literal words from its top, to quote where the whole of it is meant."""
        line = one_line(self.text)
        return line if len(line) <= 100 else line[:100].rsplit(" ", 1)[0]


def seen_in(files: tuple[Excerpt, ...]) -> list[Seen]:
    return [Seen(one.name, one.text) for one in files if one.text.strip()]


def csv_rows(file: Seen) -> list[Item]:
    """Rows with their cells; the first line names the columns."""
    head = file.text.lstrip().split("\n", 1)[0]
    mark = max("\t;,", key=head.count)
    try:
        records = list(csv.reader(io.StringIO(file.text), delimiter=mark))
    except csv.Error:
        return []
    records = [record for record in records if any(cell.strip() for cell in record)]
    return [item_of(records[0], record) for record in records[1:]] if records else []


def written_rows(text: str) -> list[Item]:
    """Rows of tables drawn with `|`, each below its line of dashes."""
    rows: list[Item] = []
    names: list[str] | None = None
    above = ""
    for line in text.splitlines():
        if "|" not in line:
            names = None
        elif RULE.match(line):
            names = cells_of(above)
        elif names is not None:
            rows.append(item_of(names, cells_of(line)))
        above = line
    return rows


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def item_of(names: list[str], cells: list[str]) -> Item:
    named = {name.strip().lower(): cell.strip() for name, cell in zip(names, cells, strict=False)}
    return Item(" ".join(" ".join(cells).split()), named)
