"""What a revision left alone, and what it changed that nobody asked it to.

Prose is compared by words, code by lines. A hunk is the formatter's alone if the program says
the same with it: the same syntax tree and the same comments.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\S+")
_NAME = re.compile(r"\w+")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
REQUIREMENTS = ("requirements.txt", "requirements.in", "requirements-dev.txt")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines `first` to `last` of the text before (none, if it only adds) became `after`."""

    first: int
    last: int
    after: tuple[str, ...]

    @property
    def only_adds(self) -> bool:
        return self.last < self.first

    @property
    def lines(self) -> range:
        """The lines before that it touches; what only adds touches the line it stands at."""
        return range(self.first, max(self.last, self.first) + 1)

    def outside(self, allowed: set[int]) -> list[int]:
        """Those of its lines that it should have left alone; adding beside an allowed line is
        within it."""
        if self.only_adds and {self.first - 1, self.first} & allowed:
            return []
        return [line for line in self.lines if line not in allowed]


def hunks(before: str, after: str) -> list[Hunk]:
    old, new = before.splitlines(), after.splitlines()
    return [
        Hunk(i + 1, j, tuple(new[k:m]))
        for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]


def kept_words(before: str, after: str) -> tuple[int, int]:
    """(words of the text before that are still there in their order, words before)."""
    old, new = before.splitlines(), after.splitlines()
    kept = 0
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            kept += sum(len(_WORD.findall(line)) for line in old[i:j])
        elif tag == "replace":
            kept += _common(_WORD.findall("\n".join(old[i:j])), _WORD.findall("\n".join(new[k:m])))
    return kept, len(_WORD.findall(before))


def _common(old: list[str], new: list[str]) -> int:
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def formatter_only(name: str, before: str, after: str) -> tuple[int, int]:
    """(hunks that change nothing but looks, hunks), each judged by itself."""
    found = hunks(before, after)
    program = _program if name.endswith(".py") else _letters
    if not found or (old := program(before)) is None:
        return 0, len(found)
    if old == program(after):
        return len(found), len(found)
    lines = before.splitlines()
    alike = [hunk for hunk in found if _has_the_same_words(lines, hunk)]
    return sum(program(_with(lines, hunk)) == old for hunk in alike), len(found)


def _has_the_same_words(lines: list[str], hunk: Hunk) -> bool:
    """Without them it says something else; this is cheap to ask, a syntax tree is not."""
    old, new = "\n".join(lines[hunk.first - 1 : hunk.last]), "\n".join(hunk.after)
    return _NAME.findall(old) == _NAME.findall(new)


def _with(lines: list[str], hunk: Hunk) -> str:
    return "\n".join([*lines[: hunk.first - 1], *hunk.after, *lines[hunk.last :]]) + "\n"


def _letters(text: str) -> str:
    return "".join(text.split())


def _program(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The syntax tree and the comments; None if it is no program."""
    try:
        return ast.dump(ast.parse(text)), tuple(_comments(text))
    except (SyntaxError, ValueError, tokenize.TokenError):
        return None


def _comments(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def new_dependencies(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What the files after need and those before did not, the standard library aside."""
    return sorted(_needs(after) - _needs(before))


def _needs(files: Mapping[str, str]) -> set[str]:
    own = {part for name in files for part in (name.split("/")[0].removesuffix(".py"),)}
    own |= {name.rpartition("/")[2].removesuffix(".py") for name in files}
    found: set[str] = set()
    for name, text in files.items():
        if name.endswith(".py"):
            found |= set(_imported(text)) - own - sys.stdlib_module_names
        elif name.rpartition("/")[2] in REQUIREMENTS:
            found |= set(_required(text.splitlines()))
        elif name.rpartition("/")[2] == "pyproject.toml":
            found |= set(_declared(text))
    return found


def _imported(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _required(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if (found := _REQUIREMENT.match(line.strip())) and not line.lstrip().startswith("-"):
            yield normalised(found.group())


def _declared(text: str) -> Iterator[str]:
    try:
        project = tomllib.loads(text).get("project") or {}
    except tomllib.TOMLDecodeError:
        return
    optional = project.get("optional-dependencies") or {}
    lists = [project.get("dependencies") or [], *optional.values()]
    yield from _required([str(one) for found in lists for one in found])


def normalised(name: str) -> str:
    """A distribution's name as package indexes compare it, and as it is imported."""
    return re.sub(r"[-_.]+", "_", name).lower()
