"""What the docs of a library promise, with file and line."""

import re
from collections.abc import Iterator

from agents.demo.facts import Fact, literal, result_of, unit_in
from agents.demo.findings import Result
from agents.demo.library import Library, Text
from agents.demo.run import Run

SETTING = re.compile(r"^`([a-z_]+\.[a-z_]+)`$")
PROMISE = re.compile(
    r"`(?P<name>[a-z_]+\.[a-z_]+)`[^`.]*?\b(?:is|defaults\s+to)\s+(?P<value>\d[\d_.]*)"
    r"(?:\s+(?P<unit>[a-z]+))?\s+by\s+default"
)
RELEASE = re.compile(r"^(\d+\.\d+(?:\.\d+)?)\b")


def table_facts(doc: Text) -> Iterator[Fact]:
    """Rows of tables that have a column named Default."""
    header: list[str] = []
    for number, line in enumerate(doc.lines, start=1):
        if not line.startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not header:
            header = [cell.lower() for cell in cells]
            continue
        row = dict(zip(header, cells, strict=False))
        named = SETTING.match(cells[0])
        value = literal(row.get("default", ""))
        if named and value is not None:
            unit = unit_in(row.get("unit", ""))
            yield Fact(f"{named[1]}.default", value, unit, doc.place(number))


def prose_facts(doc: Text) -> Iterator[Fact]:
    """Sentences such as "`cache.ttl`, which is 60 seconds by default"; they may wrap."""
    for match in PROMISE.finditer(doc.text):
        value = literal(match["value"])
        if value is not None:
            line = doc.text.count("\n", 0, match.start("value")) + 1
            subject = f"{match['name']}.default"
            yield Fact(subject, value, unit_in(match["unit"] or ""), doc.place(line))


def release_facts(doc: Text) -> Iterator[Fact]:
    """The newest release the list of changes names."""
    for number, line in enumerate(doc.lines, start=1):
        match = RELEASE.match(line)
        if match:
            yield Fact("package.version", match[1], "", doc.place(number))
            return


def facts_in(doc: Text) -> list[Fact]:
    if doc.name == "CHANGES":
        return list(release_facts(doc))
    return sorted([*table_facts(doc), *prose_facts(doc)], key=lambda fact: fact.place.line)


def doc_facts(library: Library) -> list[Fact]:
    return [fact for doc in library.docs() for fact in facts_in(doc)]


def extract_doc_facts(run: Run, library: Library) -> Result:
    """The facts of the docs as a card's result."""
    docs = library.docs()
    for number, doc in enumerate(docs, start=1):
        found = facts_in(doc)
        run.step(90 * number // len(docs), f"Reading {doc.name}", did=f"{len(found)} facts")
    return result_of(doc_facts(library), "docs-facts.csv", "promises")
