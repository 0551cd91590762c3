"""Changes of single lines: what stood there, what stands there now, and why."""

import ast
import difflib
import io
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agents.demo.dependencies import Dependency
from agents.demo.facts import Disagreement, Fact
from agents.demo.library import Text


@dataclass(frozen=True)
class Edit:
    """`settles` names the problem this line was changed for; `note` is for the users."""

    file: str
    line: int
    before: str
    after: str
    settles: str
    note: str


def pin_edit(row: Dependency, metadata: Text) -> Edit:
    before = metadata.lines[row.place.line - 1]
    after = before.replace(f"=={row.pin}", f"=={row.latest}", 1)
    note = f"`{row.package}` is pinned to {row.latest}; it was {row.pin}."
    settles = f"dependency.{row.package}.pin"
    return Edit(row.place.file, row.place.line, before, after, settles, note)


def value_edits(matter: Disagreement, chosen: str, texts: dict[str, Text]) -> list[Edit]:
    """One edit for each line that says another value than the one a person chose."""
    wrong = [fact for fact in (*matter.promised, matter.used) if str(fact.value) != chosen]
    return [value_edit(fact, chosen, texts[fact.place.file]) for fact in wrong]


def value_edit(fact: Fact, chosen: str, text: Text) -> Edit:
    before = text.lines[fact.place.line - 1]
    written = rf"(?<![\w.]){re.escape(str(fact.value))}(?![\w.])"
    after = re.sub(written, lambda match: chosen, before, count=1)
    setting, unit = fact.subject.removesuffix(".default"), f" {fact.unit}" if fact.unit else ""
    if text.name.endswith(".py"):
        note = f"`{setting}` is {chosen}{unit} by default; it was {fact.value}{unit}."
    else:
        note = f"`{text.name}` says that `{setting}` is {chosen}{unit}; it said {fact.value}{unit}."
    return Edit(text.name, fact.place.line, before, after, fact.subject, note)


def apply_edits(edits: Iterable[Edit], root: Path) -> None:
    """Change the lines of the files below `root`."""
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file, []).append(edit)
    for file, changes in by_file.items():
        lines = (root / file).read_text("utf-8").split("\n")
        for edit in changes:
            lines[edit.line - 1] = edit.after
        (root / file).write_text("\n".join(lines), "utf-8")


def reformat(path: Path) -> None:
    """Write a Python file anew from its syntax tree, indented by two: comments are lost."""
    text = ast.unparse(ast.parse(path.read_text("utf-8"))) + "\n"
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    in_strings = {
        line
        for token in tokens
        if token.type == tokenize.STRING
        for line in range(token.start[0] + 1, token.end[0] + 1)
    }
    lines = [
        line if number in in_strings else narrower(line)
        for number, line in enumerate(text.split("\n"), start=1)
    ]
    path.write_text("\n".join(lines), "utf-8")


def narrower(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return line[indent // 2 :]


def diff_of(name: str, before: str, after: str) -> str:
    """A unified diff that `patch -p1` and `git apply` take."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
    unended = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + unended for line in lines)
