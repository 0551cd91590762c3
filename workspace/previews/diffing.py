"""Differences of texts as lines and words, and patches read into the same shape."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

CONTEXT = 3
MOST_LINES = 3_000
HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$")
WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(slots=True)
class Line:
    kind: str  # same | added | removed
    old: int | None
    new: int | None
    text: str
    html: str = ""

    @property
    def sign(self) -> str:
        return {"added": "+", "removed": "-"}.get(self.kind, "")


@dataclass(slots=True)
class Hunk:
    title: str
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class FileDiff:
    name: str
    hunks: list[Hunk] = field(default_factory=list)
    is_cut: bool = False

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for hunk in self.hunks for line in hunk.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "removed" for hunk in self.hunks for line in hunk.lines)


def text_diff(name: str, before: str, after: str) -> FileDiff:
    """What changed between two texts."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=CONTEXT, lineterm="")
    found = FileDiff(name)
    _read_hunks(found, list(lines)[2:])
    return found


def read_patch(text: str) -> list[FileDiff]:
    """The files of a unified diff; what is not one is left out."""
    files: list[FileDiff] = []
    body: list[str] = []
    for line in text.splitlines():
        if line.startswith(("--- ", "diff ", "index ", "new file", "deleted file")):
            _flush(files, body)
        elif line.startswith("+++ "):
            _flush(files, body)
            files.append(FileDiff(_name(line)))
        else:
            body.append(line)
    _flush(files, body)
    return [file for file in files if file.hunks]


def _flush(files: list[FileDiff], body: list[str]) -> None:
    if files and not files[-1].hunks:
        _read_hunks(files[-1], body)
    body.clear()


def _name(line: str) -> str:
    name = line[4:].split("\t")[0].strip()
    return name[2:] if name.startswith(("a/", "b/")) else name


def _read_hunks(file: FileDiff, lines: Iterable[str]) -> None:
    old = new = 0
    shown = 0
    for text in lines:
        if found := HUNK.match(text):
            old, new = int(found[1]), int(found[2])
            file.hunks.append(Hunk(found[3].strip()))
            continue
        if not file.hunks or text.startswith("\\"):
            continue
        shown += 1
        if shown > MOST_LINES:
            file.is_cut = True
            break
        sign, rest = text[:1], text[1:]
        if sign == "+":
            file.hunks[-1].lines.append(Line("added", None, new, rest))
        elif sign == "-":
            file.hunks[-1].lines.append(Line("removed", old, None, rest))
        else:
            file.hunks[-1].lines.append(Line("same", old, new, rest))
        old += sign != "+"
        new += sign != "-"
    for hunk in file.hunks:
        _mark_words(hunk)


def _mark_words(hunk: Hunk) -> None:
    """Within a removed line and the added one that stands for it, the words that differ."""
    for line in hunk.lines:
        line.html = SafeString(escape(line.text))
    for removed, added in _blocks(hunk.lines):
        for was, now in zip(removed, added, strict=False):
            was.html, now.html = _words(was.text, now.text)


def _blocks(lines: list[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    removed: list[Line] = []
    added: list[Line] = []
    for line in [*lines, Line("same", None, None, "")]:
        if line.kind == "removed" and not added:
            removed.append(line)
        elif line.kind == "added":
            added.append(line)
        else:
            if removed and added:
                yield removed, added
            removed, added = ([line] if line.kind == "removed" else []), []


def _words(was: str, now: str) -> tuple[SafeString, SafeString]:
    """Both lines with their differing words marked, unless hardly anything is alike."""
    a, b = WORDS.findall(was), WORDS.findall(now)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    if len(a) + len(b) > 400 or matcher.ratio() < 0.4:
        return SafeString(escape(was)), SafeString(escape(now))
    left, right = [], []
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        one, two = "".join(a[a1:a2]), "".join(b[b1:b2])
        if tag == "equal":
            left.append(escape(one))
            right.append(escape(two))
        else:
            left.append(format_html("<del>{}</del>", one) if one else SafeString(""))
            right.append(format_html("<ins>{}</ins>", two) if two else SafeString(""))
    # Every part was escaped when it was made.
    return SafeString("".join(left)), SafeString("".join(right))
