"""Whether a known program is used for what it plainly does."""

from __future__ import annotations

import re

from workspace.permits.programs import READ, WRITE, Known, names
from workspace.permits.words import BREAKS, SHELL_SIGNS

# Scripts of sed that print or replace and do nothing else: `e` and `w` run and write.
_ADDRESS = r"(?:\d+|\$|/[^/\\;{}]*/)"
_PRINTS = rf"(?:{_ADDRESS}(?:,{_ADDRESS})?)?[pdq=]"
_REPLACES = r"s(?P<by>[/|#,])(?:(?!(?P=by))[^\\\n]|\\[^\n])*(?P=by)(?:(?!(?P=by))[^\\\n]|\\[^\n])*"
_SED = re.compile(rf"(?:{_PRINTS}|(?:{_ADDRESS}(?:,{_ADDRESS})?)?{_REPLACES}(?P=by)[gIip0-9]*)")
_NO_NAMES = BREAKS | frozenset(" \\")  # hardly any file is named so
# What is replaced even inside quotes, by one shell or another.
_EXPANDS = re.compile(r"`|\$[({]|%\w+%")
_SED_IN_PLACE = names("-i --in-place")
_SED_FLAGS = _SED_IN_PLACE | names("-n -E -r -u --quiet --silent --regexp-extended --unbuffered")


def used_plainly(program: str, known: Known, rest: tuple[str, ...]) -> bool:
    """Whether nothing among its words makes it do more than reading, or writing what it names."""
    if any(is_flag_of(word, known.never, known.shorts) for word in rest):
        return False
    values = [word for word in rest if not word.startswith("-") and not word.isdigit()]
    if known.most is not None and len(values) > known.most:
        return False
    if not known.takes_patterns and any(SHELL_SIGNS & set(word) for word in rest):
        return False
    if known.takes_patterns and not _only_patterns_break(rest):
        return False
    if any(_EXPANDS.search(word) for word in rest):
        return False
    if program == "date":
        return all(word.startswith(("+", "-")) for word in rest)
    if program == "jq":
        return not any(re.search(r"\benv\b|\$ENV|\$__prog|import|include", word) for word in rest)
    return True


def _only_patterns_break(rest: tuple[str, ...]) -> bool:
    """Whether signs of a shell stand only where a pattern does: first, or after its flag."""
    first = next((n for n, word in enumerate(rest) if not word.startswith("-")), len(rest))
    for n, word in enumerate(rest):
        if n == first or not _NO_NAMES & set(word):
            continue
        flag = rest[n - 1] if n else ""
        # With `-e` every other word is a file, so none may stand before it.
        if not flag.startswith("-") or (flag in ("-e", "--regexp") and first < n):
            return False
    return True


def is_flag_of(word: str, never: tuple[str, ...], shorts: str) -> bool:
    """Whether a word is one of these flags, also abbreviated, bundled or with its value attached.

    Flags with one dash and a long name, as find has them, are only themselves.
    """
    if not word.startswith("-") or word in ("-", "--"):
        return False
    name = word.partition("=")[0]
    if word.startswith("--"):
        return any(flag.startswith(name) for flag in never if flag.startswith("--"))
    if name in never:
        return True
    return any(short in word[1:] for short in shorts)


def sed(rest: tuple[str, ...]) -> str:
    """The class of a plain use of sed: simple scripts and the files they are for; else empty."""
    scripts: list[str] = []
    files: list[str] = []
    klass, at = READ, 0
    while at < len(rest):
        word, at = rest[at], at + 1
        if word in ("-e", "--expression") and at < len(rest):
            scripts.append(rest[at])
            at += 1
        elif word.startswith("-"):
            if word not in _SED_FLAGS or files:
                return ""
            klass = WRITE if word in _SED_IN_PLACE else klass
        else:
            files.append(word)
    if not scripts:
        scripts, files = files[:1], files[1:]
    is_plain = bool(scripts) and all(_SED.fullmatch(script) for script in scripts)
    return klass if is_plain and not any(SHELL_SIGNS & set(file) for file in files) else ""
