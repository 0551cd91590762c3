"""Values that are words: flags, names written exactly (versions, paths, addresses), or prose.

Only names of one sort can differ here. "Fast" and "quick", or "Lyon" and "Paris", cannot be told
apart by spelling.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from agents.coordinator.claims.nouns import listed

Sort = Literal["", "address", "hash", "mail", "path", "token", "version"]

FLAGS = {
    "true": ("truth", True), "yes": ("truth", True), "y": ("truth", True),
    "false": ("truth", False), "no": ("truth", False), "n": ("truth", False),
    "on": ("state", True), "enabled": ("state", True),
    "off": ("state", False), "disabled": ("state", False),
}  # fmt: skip
NOTHING = frozenset(
    listed("""? - n/a na none null nil unknown unclear undefined tbd unspecified undetermined
    ... …""")
) | {"", "not known", "not specified", "not available", "not stated", "not applicable"}
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.I)
MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
HASH = re.compile(r"(?=.*\d)[0-9a-f]{7,128}", re.I)
VERSION = re.compile(r"v?\d+(?:\.\d+)+(?:[-+.]?[a-z][a-z0-9.+-]*)?|v\d+", re.I)
PATH = re.compile(
    r"(?:~|\.{1,2})?(?:[/\\][\w.@+-]+)+[/\\]?"  # from a root
    r"|[\w.@+-]+(?:[/\\][\w.@+-]+)*\.[a-z]\w{0,4}"  # to a file with an ending
    r"|[\w.@+-]+(?:[/\\][\w.@+-]+){2,}",
    re.I,
)
TOKEN = re.compile(r"(?=\S*[\d_])[\w.+-]{2,80}")
QUOTES = "\"'`“”‘’«» "


@dataclass(frozen=True, slots=True)
class Words:
    """`plain` is how it is compared; `sort` says what sort of exact name it is, if one."""

    plain: str
    exact: str
    sort: Sort = ""

    @property
    def flag(self) -> tuple[str, bool] | None:
        return FLAGS.get(self.plain)

    @property
    def is_nothing(self) -> bool:
        return self.plain in NOTHING


@lru_cache(maxsize=16_384)
def words_of(text: str) -> Words:
    exact = " ".join(unicodedata.normalize("NFKC", text).split()).strip(QUOTES)
    plain = exact.casefold()
    if plain not in NOTHING:
        plain = plain.rstrip(".!").strip(QUOTES)
    return Words(plain, exact, sort_of(exact))


def sort_of(text: str) -> Sort:
    if " " in text or len(text) > 400 or text.casefold() in FLAGS:
        return ""
    if ADDRESS.fullmatch(text):
        return "address"
    if MAIL.fullmatch(text):
        return "mail"
    if VERSION.fullmatch(text):
        return "version"
    if HASH.fullmatch(text) and not text.isdecimal():
        return "hash"
    if PATH.fullmatch(text):
        return "path"
    return "token" if TOKEN.fullmatch(text) else ""


def same_name(one: Words, two: Words) -> bool | None:
    """Whether two names of one sort are the same; None where only a person can say."""
    if one.sort != two.sort or not one.sort:
        return None
    if one.exact == two.exact:
        return True
    if one.sort == "version":
        return same_version(one.plain, two.plain)
    if one.sort in ("hash", "mail") and one.plain == two.plain:
        return True
    first, second = bare(one), bare(two)
    if first == second or is_part(first, second, one.sort) or is_part(second, first, one.sort):
        return None
    return False


def same_version(one: str, two: str) -> bool | None:
    """1.4 may be 1.4.0 or all of its series; 1.4 and 1.5.0 are two."""
    first, second = one.removeprefix("v"), two.removeprefix("v")
    if first == second:
        return True
    shorter, longer = sorted((first, second), key=len)
    if longer.startswith((shorter + ".", shorter + "+")):
        return None
    return False


def bare(words: Words) -> str:
    """The name without what may be written or left out."""
    if words.sort == "address":
        text = re.sub(r"^[a-z0-9+.-]+://(?:www\.)?", "", words.plain)
        return text.split("#")[0].rstrip("/")
    if words.sort == "path":
        return words.plain.replace("\\", "/").removeprefix("./").strip("/")
    return re.sub(r"[._+-]", "", words.plain)


def is_part(shorter: str, longer: str, sort: Sort) -> bool:
    """Whether one may be a shorter way to write the other."""
    if sort == "path":
        return longer.endswith("/" + shorter) or longer.startswith(shorter + "/")
    if sort == "address":
        return longer.startswith((shorter + "?", shorter + "/"))
    return sort in ("hash", "token") and (longer.startswith(shorter) or longer.endswith(shorter))
