"""The name of a subject as a key: spelling does not matter, what narrows the subject does.

The order of its words does not either: `client.timeout.default`, "the default timeout of the
client" and "client timeout (default)" are one subject. Another side, limit, version, environment or
year is another one; and a word such as "from", "against" or "without" keeps what it stands before.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from agents.coordinator.claims.figures import in_figures
from agents.coordinator.claims.nouns import (
    COMPOUNDS,
    SYNONYMS,
    listed,
    plural_of_numbered,
    singular,
)
from agents.coordinator.claims.units import UNIT_WORDS

STATISTICS = frozenset({"avg", "max", "median", "min", "total"})
# They join the words of a name and say nothing themselves.
JOINING = frozenset(
    listed("""
        and are as at be been being by did do does during for in is its of on our that the their
        these this those under was were what whether which with within
    """)
)
# A loan from A to B is none from B to A: the word after one of these is not the same without it.
DIRECTING = frozenset(
    listed("above after against before below from into not over per since to until versus without")
)
ONE_OF_THEM = frozenset({"a", "an", "one"})
DONE = frozenset(
    listed("bought built done given held made paid run sent sold spent taken won written")
)
VERSUS = frozenset({"v", "vs"})
PERIODS = {
    "annum": "annual", "year": "annual", "day": "daily", "month": "monthly", "week": "weekly",
    "hour": "hourly", "quarter": "quarterly",
}  # fmt: skip
QUALIFIERS = STATISTICS | {"count", "current", "default", "final", "gross", "initial", "net"}
# Beside these stands a name that is written in one way only.
PACKAGES = frozenset({"dependency", "library", "module", "package"})
PLACES = frozenset({"development", "production", "qa", "sandbox", "staging"})
# What is measured, so that a unit after it is a unit and not part of the name.
MEASURED = frozenset(
    listed("""
        age cost delay distance duration height interval latency length limit memory period price
        size speed temperature time timeout ttl wait weight width
    """)
)
BRANDS = {
    name.casefold(): name
    for name in listed("""
        GitHub GitLab PostgreSQL MySQL JavaScript TypeScript OpenAI YouTube LinkedIn PyPI SQLite
        macOS iPhone iPad iOS eBay GraphQL MongoDB
    """)
}
SEPARATORS = re.compile(r"[\s._\-–—/\\:,;()\[\]{}\"'`’‘“”|!?]+")
VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+)(?![\w])", re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
YEAR = re.compile(r"(?:fy)?(?:1[5-9]|20|21)\d\d|[qh][1-4]")
# They only ask for a figure: the date of what?
NO_HEADS = frozenset(listed("amount count date day figure name number time value year"))
VERSION_WORD = re.compile(r"v\d+(?:\.\d+)*")
PERCENTILE = re.compile(r"p\d{1,3}")
ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")


@dataclass(frozen=True, slots=True)
class Subject:
    """`words` are those of the name; `unit` is one it says itself, as in `timeout_ms`."""

    key: str
    words: frozenset[str]
    unit: str = ""


@lru_cache(maxsize=65_536)
def subject_of(name: str) -> Subject:
    words, unit = without_unit(list(words_of(name)))
    said = periodic(counted(turned(without_fillers(words))))
    parts = directed(said)
    plain = sorted(part for part in parts if part not in STATISTICS)
    # The average of a maximum is not the maximum of an average: statistics keep their order.
    key = [*plain, *(part for part in parts if part in STATISTICS)]
    key = key or [" ".join(unicodedata.normalize("NFKC", name).casefold().split())]
    return Subject(" ".join(key), frozenset(said), unit)


@lru_cache(maxsize=65_536)
def key_of(name: str) -> str:
    return subject_of(name).key


@lru_cache(maxsize=16_384)
def words_of(name: str) -> tuple[str, ...]:
    """The words in their order, in small letters; a dotted version stays one word."""
    text = in_figures(POSSESSIVE.sub("", unicodedata.normalize("NFKC", name)))
    text = VERSION.sub(lambda found: "v" + found[1].replace(".", "·"), text)
    is_prose = len(text.split()) > 1
    words: list[str] = []
    for token in SEPARATORS.split(text):
        token = token.replace("·", ".")
        if token.casefold() in BRANDS or (is_prose and token[:1].isupper()):
            words.append(token.casefold())
        else:
            words += [part.casefold() for part in CAMEL.split(token) if part]
    return tuple(joined([SYNONYMS.get(word, word) for word in words if word]))


@lru_cache(maxsize=16_384)
def head_of(name: str) -> frozenset[str]:
    """What is told of the thing: "length" of "length of the course" and of "course length"."""
    words = words_of(name)
    for place, word in enumerate(words):
        if place and (word in JOINING or word in DIRECTING):
            head = frozenset(words[:place])
            return frozenset(words[place:]) if head <= NO_HEADS else head
    return frozenset(words[-1:])


def joined(words: list[str]) -> list[str]:
    """Pairs that are one word: "time out", "50th percentile", and "version 2" as `v2`."""
    found: list[str] = []
    for word in words:
        before = found[-1] if found else ""
        if (before, word) in COMPOUNDS:
            found[-1] = before + word
        elif word == "percentile" and (nth := ORDINAL.fullmatch(before)):
            found[-1] = SYNONYMS.get(f"p{nth[1]}", f"p{nth[1]}")
        elif before in ("version", "release") and re.fullmatch(r"v?\d+(?:\.\d+)*", word):
            found[-1] = "v" + word.removeprefix("v")
        else:
            found.append(word)
    return found


def without_unit(words: list[str]) -> tuple[list[str], str]:
    """Take off a unit at the end: `timeout_ms`, "size in bytes"."""
    if len(words) < 2 or words[-1] not in UNIT_WORDS:
        return words, ""
    if words[-2] == "in" and len(words) > 2:
        return words[:-2], words[-1]
    if MEASURED & set(words[:-1]) and words[-2] not in ("of", "per"):
        return words[:-1], words[-1]
    return words, ""


def without_fillers(words: list[str]) -> list[str]:
    """Without articles and an empty "value"; the small words that `turned` needs are left."""
    kept: list[str] = []
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        if word in ONE_OF_THEM and is_article(word, before, after):
            continue
        if word == "value" and is_empty_value(before, after, bool(kept)):
            continue
        kept.append(word)
    return kept


def is_article(word: str, before: str, after: str) -> bool:
    """ "Plan a" and "from A to B" are names; "of a client" and "of one client" are not."""
    if not after or after in JOINING or after in DIRECTING:
        return False
    return word == "an" or not before or before in JOINING or before in DIRECTING


def is_empty_value(before: str, after: str, is_later: bool) -> bool:
    """ "Value of x" and "default value" say no more than "x" and "default"; "market value" does."""
    if not is_later:
        return after in ("of", "for")
    return before in QUALIFIERS


def is_scope(word: str) -> bool:
    return bool(
        word in PLACES
        or YEAR.fullmatch(word)
        or VERSION_WORD.fullmatch(word)
        or PERCENTILE.fullmatch(word)
    )


def turned(words: list[str]) -> list[str]:
    """ "The size of the cache of the client" in the order of `client.cache.size`."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word in ("of", "for"):
            parts.append([])
        elif not is_counting(word, parts, words):
            parts[-1].append(word)
    return [word for part in reversed(parts) for word in part]


def is_counting(word: str, parts: list[list[str]], words: list[str]) -> bool:
    """ "Number of retries", "max number of retries" — but not "invoice number"."""
    if word not in ("number", "count") or "of" not in words:
        return False
    return len(parts) == 1 and all(one in QUALIFIERS | JOINING for one in parts[0])


def counted(words: list[str]) -> list[str]:
    """A count is the plural it counts: `user_count`, "number of users" and "users" are one."""
    if PACKAGES & set(words):
        return words
    if "count" not in words or len(words) < 2:
        return [singular(word) for word in words]
    at = words.index("count")
    rest = [singular(word) for word in words if word != "count"]
    for position in range(at - 1, -1, -1):
        if rest[position] not in QUALIFIERS and not is_scope(rest[position]):
            rest[position] = plural_of_numbered(rest[position])
            break
    return rest


def periodic(words: list[str]) -> list[str]:
    """A dose per day is a daily one."""
    found: list[str] = []
    for word in words:
        if found and found[-1] == "per" and word in PERIODS:
            found[-1] = PERIODS[word]
        else:
            found.append(PERIODS.get(word.removesuffix("ly"), word) if word == "yearly" else word)
    return found


def directed(words: list[str]) -> list[str]:
    """The words that say something; one that a small word points at is kept with it."""
    found: list[str] = []
    pointing = ""
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        is_doer = word == "by" and (before.endswith("ed") or before in DONE)
        if word in DIRECTING or is_doer:
            pointing = word
        elif word in VERSUS and before and after:
            pointing = "versus"
        elif word not in JOINING or (word == "on" and after in ("", "by")):
            found.append(f"{pointing}>{word}" if pointing else word)
            pointing = ""
    return [*found, pointing] if pointing else found
