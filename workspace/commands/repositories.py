"""What a card may say of a repository: which one, from where, and what has to hold of the result.

Checks are commands as lists of words. Nothing here runs them: whoever works on the card has the
clone, and hands in what came of them.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

from workspace.errors import Refused
from workspace.models import Card

LONGEST_NAME = 500
MOST_CHECKS, MOST_WORDS, LONGEST_WORD = 20, 100, 1_000
# A full or short name of a commit, a tag or a branch; nothing a program takes for an option.
COMMIT = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_./-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryNamed:
    """A repository by the name that connectors know it by, a commit to begin from, and checks."""

    url: str
    commit: str = ""
    checks: tuple[tuple[str, ...], ...] = ()


def read_checks(text: str) -> tuple[tuple[str, ...], ...]:
    """One command a line, split into words as a shell would, and never given to one."""
    found = []
    for line in text.splitlines():
        try:
            words = tuple(shlex.split(line))
        except ValueError:
            raise Refused("not_a_command", status=422, line=line.strip()[:80]) from None
        if words:
            found.append(words)
    return tuple(found)


def repository_fields(named: RepositoryNamed | None) -> dict[str, Any]:
    """The fields of a card that say so; all empty for none. Refused for what cannot be one."""
    if named is None or not named.url.strip():
        return {"repository": "", "base_commit": "", "checks": []}
    url, commit = named.url.strip(), named.commit.strip()
    if len(url) > LONGEST_NAME or not url.isprintable() or url.startswith("-"):
        raise Refused("not_a_repository", status=422)
    if commit and (not COMMIT.fullmatch(commit) or ".." in commit):
        raise Refused("not_a_commit", status=422, commit=commit[:80])
    if len(named.checks) > MOST_CHECKS:
        raise Refused("too_many_checks", status=422, most=MOST_CHECKS)
    checks = [_command(words) for words in named.checks]
    return {"repository": url, "base_commit": commit, "checks": checks}


def named_by(card: Card) -> RepositoryNamed | None:
    """What a card says of its repository, for those that take its place."""
    if not card.repository:
        return None
    checks = tuple(tuple(words) for words in card.checks)
    return RepositoryNamed(url=card.repository, commit=card.base_commit, checks=checks)


def _command(words: tuple[str, ...]) -> list[str]:
    is_command = bool(words) and bool(words[0].strip()) and len(words) <= MOST_WORDS
    if not is_command or any(len(word) > LONGEST_WORD or "\x00" in word for word in words):
        raise Refused("not_a_command", status=422, line=" ".join(words)[:80])
    return list(words)
