"""From a command line to its words, or not at all.

Only what every shell reads alike is read: plain words, and words that stand in quotes as a whole.
Anything a shell would do something with is refused, and so is text that looks like other text.
"""

from __future__ import annotations

import shlex
import string
import unicodedata

LONGEST = 8_192
MOST_WORDS = 200
PLAIN = frozenset(string.ascii_letters + string.digits + "_./:=,@+-")
# Inside double quotes a shell still looks at these.
ACTIVE = frozenset('$`\\!"')
# What a shell would act on, should somebody hand these words to one after all.
SHELL_SIGNS = frozenset(";&|<>`$*?{}()!'\"\n\r")
# Those that begin another command, wherever they stand.
BREAKS = frozenset(";&|<>`\n\r")


class Unreadable(ValueError):
    """A command that is not plainly readable; `code` says what is in the way."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_command(text: str) -> tuple[str, ...]:
    """The words of a command line. Raises Unreadable for anything but plain and quoted words."""
    check_text(text)
    words = tuple(_words(text.strip(" ")))
    if not words:
        raise Unreadable("empty")
    # A second reader that knows nothing of the first must see the same.
    try:
        other = tuple(shlex.split(text, comments=False, posix=True))
    except ValueError:
        raise Unreadable("quotes") from None
    if other != words:
        raise Unreadable("quotes")
    return words


def _words(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        word, at = _word(text, at, is_first=not found)
        found.append(word)
        if len(found) > MOST_WORDS:
            raise Unreadable("too_long")
    return found


def _word(text: str, at: int, *, is_first: bool) -> tuple[str, int]:
    """One word: plain, in quotes as a whole, or a flag whose value is: `--name="a value"`."""
    start = at
    while at < len(text) and (text[at] in PLAIN or _is_literal(text, start, at)):
        at += 1
    plain = text[start:at]
    if at == len(text) or text[at] == " ":
        return plain, at
    if text[at] not in "'\"":
        raise Unreadable("shell")
    is_value = plain.startswith("-") and plain.endswith("=")
    if is_first or (plain and not is_value):
        raise Unreadable("quotes")
    quoted, at = _quoted(text, at)
    if at < len(text) and text[at] != " ":
        raise Unreadable("quotes")
    return plain + quoted, at


def _is_literal(text: str, start: int, at: int) -> bool:
    """`HEAD~1`, where a tilde is no home, and `+%Y`, where a per cent is no variable."""
    if text[at] == "~":
        return at > start and text[at - 1].isalnum()
    return text[at] == "%" and text[start] == "+"


def _quoted(text: str, at: int) -> tuple[str, int]:
    quote = text[at]
    end = text.find(quote, at + 1)
    if end < 0:
        raise Unreadable("quotes")
    inside = text[at + 1 : end]
    if quote == '"' and ACTIVE & set(inside):
        raise Unreadable("shell")
    return inside, end + 1


def check_words(words: tuple[str, ...]) -> None:
    """The same measure for words that came as a list. Raises Unreadable."""
    if not words or not words[0]:
        raise Unreadable("empty")
    if len(words) > MOST_WORDS or sum(map(len, words)) > LONGEST:
        raise Unreadable("too_long")
    for word in words:
        check_text(word)


def check_text(text: str) -> None:
    """Nothing unseen, nothing that looks like something else. Raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable("too_long")
    if text.isascii():
        if not text.isprintable():
            raise Unreadable("unseen_characters")
        return
    if unicodedata.normalize("NFKC", text) != text:
        raise Unreadable("look_alikes")
    for character in text:
        if not character.isascii() and unicodedata.category(character)[0] not in "LN":
            raise Unreadable("look_alikes")
    if any(_mixes_scripts(part) for part in text.replace("/", " ").split()):
        raise Unreadable("look_alikes")


def _mixes_scripts(word: str) -> bool:
    """Latin letters among those of another alphabet: the usual disguise of a name."""
    scripts = {
        unicodedata.name(character, "?").split()[0] for character in word if character.isalpha()
    }
    return len(scripts) > 1 and "LATIN" in scripts
