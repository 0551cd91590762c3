"""Documents and workbooks of office programs: their words, and nothing else of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from workspace.extraction.archives import Archive, NotTaken
from workspace.extraction.reading import LONGEST

MOST_COLUMNS = 200
REFERENCE = re.compile(r"([A-Z]{1,3})\d+")
Attributes = dict[str, str]


class Enough(Exception):
    """More words than are kept: the rest need not be read."""


def read_xml(
    stream: IO[bytes], *, start: Callable[[str, Attributes], None], end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:  # fmt: skip
    """Walk through XML by local names. A document type is refused, and entities with it."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, given: start(_local(name), _locals(given))
    parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise NotTaken("not XML") from error


def _refuse(*_: object) -> None:
    raise NotTaken("it has a document type")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _locals(given: Attributes) -> Attributes:
    """By local names; of two that are alike, such as `id` and `r:id`, the one of a namespace."""
    in_order = sorted(given.items(), key=lambda one: " " in one[0])
    return {_local(name): value for name, value in in_order}


class Words:
    """Text as it comes, until there is enough."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._size = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self._size += len(text)
        if self._size > LONGEST:
            raise Enough

    def __str__(self) -> str:
        return "".join(self.parts)


# -- documents -----------------------------------------------------------------------------------


class Paragraphs:
    """The paragraphs of a part of a document; cells of a table are set apart by tabs."""

    BREAKS = {"tab": "\t", "br": "\n", "cr": "\n"}

    def __init__(self, words: Words) -> None:
        self._words = words
        self._in_text = 0
        self._left_out = 0  # what is said twice, for programs that cannot show the first

    def start(self, name: str, given: Attributes) -> None:
        self._left_out += name == "Fallback"
        self._in_text += name == "t"
        if name in self.BREAKS and not self._left_out:
            self._words.add(self.BREAKS[name])

    def end(self, name: str) -> None:
        self._in_text -= name == "t"
        if not self._left_out and name in ("p", "tc"):
            self._words.add("\n" if name == "p" else "\t")
        self._left_out -= name == "Fallback"

    def text(self, found: str) -> None:
        if self._in_text and not self._left_out:
            self._words.add(found)


def document_text(content: bytes) -> str:
    """The words of a DOCX with its notes."""
    archive, words = Archive(content), Words()
    reader = Paragraphs(words)
    try:
        for name in ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml"):
            if name in archive or name == "word/document.xml":
                with archive.open(name) as part:
                    read_xml(part, start=reader.start, end=reader.end, text=reader.text)
    except Enough:
        pass
    return str(words)


# -- workbooks -----------------------------------------------------------------------------------


class Strings:
    """The strings that cells share, in order."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._in_text = self._aside = False
        self._parts: list[str] = []

    def start(self, name: str, given: Attributes) -> None:
        if name == "si":
            self._parts = []
        self._aside = self._aside or name == "rPh"  # how it is pronounced
        self._in_text = name == "t" and not self._aside

    def end(self, name: str) -> None:
        self._in_text = False
        if name == "rPh":
            self._aside = False
        if name == "si":
            self.found.append("".join(self._parts))

    def text(self, found: str) -> None:
        if self._in_text:
            self._parts.append(found)


class Rows:
    """The rows of a sheet, their cells set apart by tabs."""

    def __init__(self, words: Words, strings: list[str]) -> None:
        self._words, self._strings = words, strings
        self._row: list[str] = []
        self._column, self._type = 0, ""
        self._value: list[str] = []
        self._in_value = False

    def start(self, name: str, given: Attributes) -> None:
        if name == "row":
            self._row = []
        elif name == "c":
            self._column = column_of(given.get("r", ""), len(self._row))
            self._type, self._value = given.get("t", ""), []
        self._in_value = name in ("v", "t")

    def end(self, name: str) -> None:
        self._in_value = False
        if name == "c" and self._column < MOST_COLUMNS:
            self._row += [""] * (self._column + 1 - len(self._row))
            self._row[self._column] = self._said()
        elif name == "row" and any(self._row):
            self._words.add("\t".join(self._row).rstrip("\t") + "\n")

    def text(self, found: str) -> None:
        if self._in_value:
            self._value.append(found)

    def _said(self) -> str:
        value = "".join(self._value)
        if self._type == "s":
            known = value.isdigit() and int(value) < len(self._strings)
            return self._strings[int(value)] if known else ""
        if self._type == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        return " ".join(value.split())


def column_of(reference: str, otherwise: int) -> int:
    """`C7` is column 2."""
    found = REFERENCE.fullmatch(reference)
    if found is None:
        return otherwise
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def workbook_text(content: bytes) -> str:
    """The cells of every sheet of an XLSX, each sheet under its name. Formulas show their value."""
    archive, words, strings = Archive(content), Words(), Strings()
    if "xl/sharedStrings.xml" in archive:
        with archive.open("xl/sharedStrings.xml") as part:
            read_xml(part, start=strings.start, end=strings.end, text=strings.text)
    try:
        for title, name in _sheets(archive):
            rows = Rows(words, strings.found)
            words.add(f"## {title}\n")
            with archive.open(name) as part:
                read_xml(part, start=rows.start, end=rows.end, text=rows.text)
            words.add("\n")
    except Enough:
        pass
    return str(words)


def _sheets(archive: Archive) -> list[tuple[str, str]]:
    """Titles of the sheets and the parts that hold them, in the order of the book."""
    targets = {
        given.get("Id", ""): posixpath.normpath(posixpath.join("xl", given.get("Target", "")))
        for given in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    }
    found = [
        (given.get("name", ""), targets.get(given.get("id", ""), "").lstrip("/"))
        for given in _elements(archive, "xl/workbook.xml", "sheet")
    ]
    return [(title, name) for title, name in found if name in archive]


def _elements(archive: Archive, part: str, wanted: str) -> list[Attributes]:
    found: list[Attributes] = []

    def start(name: str, given: Attributes) -> None:
        if name == wanted:
            found.append(given)

    with archive.open(part) as stream:
        read_xml(stream, start=start, end=lambda name: None, text=lambda text: None)
    return found


# -- slides --------------------------------------------------------------------------------------


def slides_text(content: bytes) -> str:
    """The words of a PPTX slide by slide, each under its number, with what is noted below it."""
    archive, words = Archive(content), Words()
    try:
        for n, name in enumerate(_slides(archive), start=1):
            words.add(f"## {n}\n")
            for part in (name, *_notes_of(archive, name)):
                reader = Paragraphs(words)
                with archive.open(part) as stream:
                    read_xml(stream, start=reader.start, end=reader.end, text=reader.text)
            words.add("\n")
    except Enough:
        pass
    return str(words)


def _slides(archive: Archive) -> list[str]:
    """The parts that hold the slides, in the order in which they are shown."""
    known = _targets(archive, "ppt/_rels/presentation.xml.rels", "ppt")
    shown = _elements(archive, "ppt/presentation.xml", "sldId")
    return [known[one["id"]] for one in shown if known.get(one.get("id", ""), "") in archive]


def _notes_of(archive: Archive, slide: str) -> list[str]:
    folder, _, base = slide.rpartition("/")
    rels = f"{folder}/_rels/{base}.rels"
    found = _targets(archive, rels, folder).values() if rels in archive else ()
    return [part for part in found if "/notesSlides/" in f"/{part}" and part in archive]


def _targets(archive: Archive, part: str, folder: str) -> dict[str, str]:
    """Which part each relation of a part leads to."""
    return {
        given.get("Id", ""): posixpath.normpath(
            posixpath.join("/", folder, given.get("Target", ""))
        ).lstrip("/")
        for given in _elements(archive, part, "Relationship")
    }
