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
    "passed": ("outcome", True), "failed": ("outcome", False),
    "pass": ("outcome", True), "fail": ("outcome", False),
    "supported": ("support", True), "unsupported": ("support", False),
    "not supported": ("support", False), "allowed": ("leave", True),
    "not allowed": ("leave", False), "forbidden": ("leave", False),
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
UNLIMITED = re.compile(r"^(?:no limits?|without (?:a )?limits?|limitless|not limited)$")
QUOTES = "\"'`“”‘’«» "


@dataclass(frozen=True, slots=True)
class Words:
    """`plain` is how it is compared; `sort` says what sort of exact name it is, if one.

    `is_number`: the name was stored as a number, so zeros at its end may be lost.
    """

    plain: str
    exact: str
    sort: Sort = ""
    is_number: bool = False

    @property
    def flag(self) -> tuple[str, bool] | None:
        return FLAGS.get(self.plain)

    @property
    def is_nothing(self) -> bool:
        return self.plain in NOTHING


@lru_cache(maxsize=16_384)
def words_of(text: str) -> Words:
    exact = " ".join(unicodedata.normalize("NFKC", text).split()).strip(QUOTES)
    plain = UNLIMITED.sub("unlimited", exact.casefold())
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
        same = same_version(one.plain, two.plain)
        may_lack_zeros = one.is_number != two.is_number
        return None if same is False and may_lack_zeros and same_but_zeros(one, two) else same
    if one.sort in ("hash", "mail") and one.plain == two.plain:
        return True
    first, second = bare(one), bare(two)
    if first == second or is_part(first, second, one.sort) or is_part(second, first, one.sort):
        return None
    return False if one.sort != "token" or are_of_one_kind(one.plain, two.plain) else None


def are_of_one_kind(one: str, two: str) -> bool:
    """us-east-1 and eu-west-1 are two of a kind; Latin-1 and ISO-8859-1 may be two names of one."""
    first, second = (re.split(r"[._+-]", text) for text in (one, two))
    if first[0] == second[0] or (first[-1] == second[-1] and not first[-1].isdecimal()):
        return True
    shapes = [[re.sub(r"[^\W\d_]+", "a", part) for part in parts] for parts in (first, second)]
    shapes = [[re.sub(r"\d+", "9", part) for part in parts] for parts in shapes]
    return shapes[0] == shapes[1] and (len(first) > 2 or first[0].isdecimal())


def same_version(one: str, two: str) -> bool | None:
    """1.4 may be 1.4.0 or all of its series; 1.4 and 1.5.0 are two."""
    first, second = one.removeprefix("v"), two.removeprefix("v")
    if first.partition("+")[0] == second.partition("+")[0]:
        # What follows the plus only tells builds apart.
        return True if first == second or ("+" in first) != ("+" in second) else None
    shorter, longer = sorted((first, second), key=len)
    if longer.startswith((shorter + ".", shorter + "+")) or longer == "20" + shorter:
        # 1.4 is a series, and 26.1 is how some write 2026.1.
        return None
    return False


def same_but_zeros(one: Words, two: Words) -> bool:
    return one.plain.removeprefix("v").rstrip("0") == two.plain.removeprefix("v").rstrip("0")


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
