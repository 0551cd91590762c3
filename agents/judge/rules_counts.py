"""Criteria that name a number: at least five links, no more than 300 words, exactly three rows."""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.judge.proposals import CheckVerdict
from agents.judge.rules_items import Found, Seen

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "ein": 1, "eine": 1, "einen": 1, "zwei": 2,
    "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10,
    "elf": 11, "zwölf": 12,
}  # fmt: skip
NUMBER = rf"(?P<{{}}>\d[\d,.]*|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
LEAST = "at least|no fewer than|not fewer than|a minimum of|mindestens"
MOST = (
    "at most|no more than|not more than|no longer than|not longer than|up to|a maximum of"
    "|höchstens|maximal|nicht mehr als|nicht länger als"
)
BELOW = "fewer than|less than|under|shorter than|weniger als|unter"
ABOVE = "more than|over|longer than|mehr als|über"
EXACTLY = "exactly|precisely|genau"
NOUN = r"(?:\s+(?P<which>[^\W\d]+))??\s+(?P<noun>[^\W\d]+(?:\s+points)?)\b"
BOUND = re.compile(
    rf"\b(?P<how>{LEAST}|{MOST}|{BELOW}|(?<!no )(?<!not )(?:{ABOVE})|{EXACTLY})\s+"
    rf"{NUMBER.format('n')}{NOUN}",
    re.IGNORECASE,
)
BETWEEN = re.compile(
    rf"\b(?:between|zwischen)\s+{NUMBER.format('low')}\s+(?:and|und|to)\s+{NUMBER.format('high')}"
    rf"{NOUN}",
    re.IGNORECASE,
)
WORDS = frozenset({"word", "words", "wort", "wörter", "worte", "wörtern", "worten"})
ROWS = frozenset({"row", "rows", "zeile", "zeilen"})
ENTRIES = frozenset(
    {"items", "bullets", "bullet points", "points", "entries", "einträge", "punkte"}
)
LINKS = frozenset({"link", "links", "url", "urls"})
FILES = frozenset({"file", "files", "datei", "dateien"})
HEADINGS = frozenset({"section", "sections", "heading", "headings", "chapters", "abschnitte"})
NEARLY = 0.03  # words are counted a little differently by everyone
ENDLESS = 10**9

Range = tuple[int, int]


def count(criterion: str, files: list[Seen]) -> Found | None:
    """What counting says about a criterion with a number; None where there is nothing to count."""
    match = BETWEEN.search(criterion) or BOUND.search(criterion)
    if match is None:
        return None
    wanted = wanted_range(match)
    counted = counted_in(match["noun"].lower(), files)
    if wanted is None or counted is None:
        return None
    number, evidence, file, is_rough = counted
    if is_rough and any(
        number != edge and abs(number - edge) <= edge * NEARLY for edge in wanted if edge < ENDLESS
    ):
        return None
    if match["noun"].lower() in FILES and not (wanted[0] <= number and wanted[1] == ENDLESS):
        return None  # only files that can be read are seen here; there may be more
    verdict: CheckVerdict = "met" if wanted[0] <= number <= wanted[1] else "not_met"
    return Found(verdict, evidence, file, match.span(), has_more=match["which"] is not None)


def wanted_range(match: re.Match[str]) -> Range | None:
    """The lowest and the highest number that will do."""
    groups = match.groupdict()
    if "low" in groups:
        low, high = number_in(groups["low"]), number_in(groups["high"])
        return (low, high) if low is not None and high is not None and low <= high else None
    number, how = number_in(groups["n"]), groups["how"]
    if number is None:
        return None
    if re.fullmatch(LEAST, how, re.I):
        return (number, ENDLESS)
    if re.fullmatch(MOST, how, re.I):
        return (0, number)
    if re.fullmatch(BELOW, how, re.I):
        return (0, number - 1)
    return (number, number) if re.fullmatch(EXACTLY, how, re.I) else (number + 1, ENDLESS)


def number_in(text: str) -> int | None:
    """A whole number, in a word or in digits that may be grouped; None for anything else."""
    if text.lower() in NUMBERS:
        return NUMBERS[text.lower()]
    text = text.rstrip(".,")
    if re.fullmatch(r"\d{1,9}", text):
        return int(text)
    grouped = re.fullmatch(r"\d{1,3}(?:([,.])\d{3})(?:\1\d{3})*", text)
    return int(re.sub(r"\D", "", text)) if grouped else None


def counted_in(noun: str, files: list[Seen]) -> tuple[int, str, str, bool] | None:
    """How many, a quote, its file, and whether the number is rough.

    None where no single file, or no file at all, is surely the one that is meant.
    """
    if noun in FILES:
        return len(files), files[0].beginning, files[0].name, False
    if noun in WORDS:
        prose = [file for file in files if file.is_prose]
        only = prose[0] if len(files) == len(prose) == 1 else None
        return (only.words, only.beginning, only.name, True) if only else None
    kinds: tuple[tuple[frozenset[str], Callable[[Seen], list[str]]], ...] = (
        (ROWS, lambda file: [row.quote for row in file.rows]),
        (ENTRIES, lambda file: [entry.quote for entry in file.entries]),
        (LINKS, lambda file: file.links),
        (HEADINGS, lambda file: file.headings),
    )
    for nouns, find in kinds:
        if noun in nouns:
            having = [(file, things) for file in files if (things := find(file))]
            if len(having) != 1:
                return None
            (file, things) = having[0]
            return len(things), things[0], file.name, False
    return None
