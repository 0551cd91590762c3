"""The library of roles a model can work in: who it is there, what it can do, what it is told."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Template:
    """One role. `skills` are what cards are matched by, the first is what it is best at; `kinds`
    the kinds of deliverable it makes."""

    name: str
    title: str
    skills: tuple[str, ...]
    kinds: tuple[str, ...]
    tools: tuple[str, ...]
    prompt: str
    caps: Mapping[str, int] = field(default_factory=dict)


@cache
def templates() -> Mapping[str, Template]:
    """Every role there is, by name: one file of data each."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return {path.stem: _read(path) for path in files}


def _read(path: Path) -> Template:
    found = tomllib.loads(path.read_text("utf-8"))
    return Template(
        name=path.stem,
        title=found["title"],
        skills=tuple(found["skills"]),
        kinds=tuple(found["kinds"]),
        tools=tuple(found["tools"]),
        prompt=found["prompt"].strip(),
        caps=dict(found.get("caps", {})),
    )
