"""Criteria about every row or entry: each fact names its file and line, every row has a link."""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.judge.rules_items import LINK, Found, Item, Seen
from agents.judge.words import listed_words, words_of

EACH = re.compile(
    r"^(?:each|every|all|jede[rsn]?|alle)\s+(?P<noun>[^\W\d]+)\s+"
    r"(?:names?|has|have|gives?|cites?|shows?|states?|is linked to|are linked to|links? to|carries"
    r"|comes with|come with|nennt|nennen|hat|haben|zeigt)\s+(?P<what>.+?)[.!]?$",
    re.IGNORECASE,
)
ENDINGS = (
    "bat|c|cfg|cpp|cs|css|csv|diff|docx|env|go|h|hpp|html?|ini|java|jpe?g|jsx?|json|kt|lock|log|md"
    "|patch|pdf|php|png|pptx|ps1|py|pyi|rb|rs|rst|scss|sh|sql|svg|swift|tex|toml|tsv|tsx?|txt|vue"
    "|xlsx|xml|ya?ml"
)
FILE_NAME = re.compile(rf"(?<![\w@])(?:[\w.-]+/)*[\w.-]+\.(?:{ENDINGS})\b", re.IGNORECASE)
LINE = re.compile(r"(?:\.\w{1,8}:|#L|\blines?\s*|\bzeilen?\s*|\bL)\d+\b", re.IGNORECASE)
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\s?\d{1,2}[./]\s?\d{2,4}\b")
AROUND = listed_words(
    """the a an its their it and of from in comes come that which where is are to he name der die
    das ihre seine und aus er sie es kommt stammt eine einen ein"""
)
ROW_NOUNS = frozenset({"row", "rows", "zeile", "zeilen"})


def in_cell(item: Item, *headings: str) -> bool:
    """Whether the item has something under a column of such a name."""
    return any(
        cell for name, cell in item.cells.items() if any(one in words_of(name) for one in headings)
    )


def has_file(item: Item) -> bool:
    return in_cell(item, "file", "path", "datei") or FILE_NAME.search(item.text) is not None


def has_line(item: Item) -> bool:
    return in_cell(item, "line", "lines", "zeile") or LINE.search(item.text) is not None


def has_link(item: Item) -> bool:
    return LINK.search(item.text) is not None or "](" in item.text


def has_date(item: Item) -> bool:
    return in_cell(item, "date", "datum") or DATE.search(item.text) is not None


PARTS: dict[str, Callable[[Item], bool]] = {
    "file": has_file, "files": has_file, "datei": has_file,
    "line": has_line, "lines": has_line, "zeile": has_line,
    "link": has_link, "links": has_link, "url": has_link,
    "date": has_date, "datum": has_date,
}  # fmt: skip


def each(criterion: str, files: list[Seen]) -> Found | None:
    """Met where every item has what is named; not met, with the first that lacks it, otherwise."""
    match = EACH.match(criterion.strip())
    if match is None:
        return None
    wanted = words_of(match["what"])
    tests = {PARTS[word] for word in wanted if word in PARTS}
    having = [(file, items) for file in files if (items := items_of(file, match["noun"]))]
    if not tests or len(having) != 1:
        return None
    (file, items) = having[0]
    span = (0, len(criterion))
    for item in items:
        if not all(test(item) for test in tests):
            return Found("not_met", item.quote, file.name, span)
    has_more = any(word not in PARTS and word not in AROUND for word in wanted)
    return Found("met", items[0].quote, file.name, span, has_more)


def items_of(file: Seen, noun: str) -> list[Item]:
    """The rows, or else the entries; none where it is not plain which of them are meant."""
    if noun.lower() in ROW_NOUNS:
        return file.rows
    if file.rows and file.entries:
        return []
    return file.rows or file.entries
