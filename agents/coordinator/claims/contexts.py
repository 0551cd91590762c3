"""What a claim's text says besides its subject and its value: "for adults", "on the free plan".

A number that differs is only a contradiction if both are about the same case.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from agents.coordinator.claims.numbers import in_digits
from agents.coordinator.claims.quantities import Quantity
from agents.coordinator.claims.reading import Reader
from agents.coordinator.claims.scopes import FILES, in_periods, without
from agents.coordinator.claims.tokens import NAME, NAMED, Tokens

LONGEST = 2_000
ABOUT = re.compile(
    r"(?:~|≈|±|\b(?:about|approx\.?|approximately|around|roughly|circa|ca\.|some|nearly|almost|"
    r"close to|just (?:over|under)|rounded(?: (?:up|down))?(?: to)?))\s*(?:[A-Z]{3}\s|[€$£]\s?)?\d",
    re.I,
)
EXACT = re.compile(r"\b(?:exact|exactly|precisely|to the (?:cent|penny|digit|unit))\b", re.I)
FOREIGN = re.compile(
    r"\b(?:beträgt|das|dem|der|einer|eines|est|für|ist|lautet|les|los|und|una|une|wurde|zum|zur|über)"
    r"\b",
    re.I,
)
# Pages, ways of an API and files of settings: two of them are two things. A line of a document
# or of code is only where something stands.
THINGS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')\]]+|(?<![\w./\\])/[\w{}.~-]+(?:/[\w{}.~-]+)*/?(?![\w/]|:\d)"
    r"|[\w./-]*\w\.(?:cfg|conf|env|ini|json|toml|ya?ml)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Context:
    """`words` of the text's own; `cases` surely tell one case from another, `hints` may, and of
    those `led` follow a preposition.

    `rough`: the text says "about". `exact`: it says "exactly". `spelt`: it gives the same amount
    once more in another unit, so its unit means what it says. `things`: the pages and the like
    that it names. `together`: the words of a list. `loose`: verbs and the like. `says_what`: what
    the claim tells of its thing stands there by its name. `counted`: what its number is of.
    """

    words: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    hints: frozenset[str] = frozenset()
    led: frozenset[str] = frozenset()
    together: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    says_what: bool = False
    counted: frozenset[str] = frozenset()
    rough: bool = False
    exact: bool = False
    spelt: bool = False
    things: frozenset[str] = frozenset()


NO_CONTEXT = Context()


@lru_cache(maxsize=16_384)
def context_of(
    text: str, subject: str, shown: str, unit: str, amounts: tuple[Quantity, ...], is_date: bool
) -> Context:
    """The context of a claim, from its text."""
    if not text or len(text) > LONGEST:
        return NO_CONTEXT
    whole = in_digits(re.sub(r"\bone\b", "", unicodedata.normalize("NFKC", text)))
    plain = without(whole, subject, f" {NAMED} ") if subject else whole
    in_place = " 0 " if any(map(str.isdecimal, shown)) else f" {NAME} "
    plain = without(plain, shown, in_place) if shown else plain
    things = {one.casefold().rstrip("./,") for one in THINGS.findall(plain)}
    plain = in_periods(FILES.sub(" ", plain))
    tokens = Tokens(subject, f"{shown} 0 {unit}", amounts, is_date)
    found = Reader(tokens).read(plain)
    if not found.names_it:
        # "The reserve is 10 l" is not of the tank.
        found.cases |= found.topics
    if FOREIGN.search(plain):
        # What a sentence speaks of is only told in English.
        found.hints &= found.led
        found.counted.clear()
    return Context(
        frozenset(found.words),
        frozenset(found.cases),
        frozenset(found.hints),
        frozenset(found.led),
        frozenset(found.together),
        frozenset(found.loose),
        found.says_what,
        frozenset(found.counted),
        bool(ABOUT.search(whole)),
        bool(EXACT.search(whole)),
        tokens.spelt,
        frozenset(things),
    )


def are_two_cases(one: Context, two: Context) -> bool:
    """Whether the texts may speak of two cases.

    They may if one of them names a case outright, or in a phrase, that the other lacks; if each
    has something of its own; and, where neither says by its name what the claim tells of its
    thing, already if one speaks of something else, or each says something else of it.
    """
    if one.things and two.things and not one.things & two.things:
        return True
    if (one.cases - two.words) or (two.cases - one.words):
        return True
    if one.counted and two.counted and not one.counted & two.counted:
        return True
    if is_more_of_a_list(one, two) or is_more_of_a_list(two, one) or are_opposed(one, two):
        return True
    first, second = one.hints - two.words, two.hints - one.words
    if first and second:
        return True
    if not (one.says_what or two.says_what) and has_words(first | second):
        return True
    if not (one.says_what or two.says_what) and one.loose - two.words and two.loose - one.words:
        # "It draws 12 kW" and "it delivers 45 kW" are of two powers.
        return True
    return bool((first & one.led) or (second & two.led))


def has_words(hints: frozenset[str]) -> bool:
    return not all(hint.isdecimal() for hint in hints)


def is_more_of_a_list(one: Context, two: Context) -> bool:
    return bool(one.together & two.words) and bool(one.together - two.words)


def are_opposed(one: Context, two: Context) -> bool:
    """ "Laden" and "unladen"."""
    return any(f"un{word}" in two.words for word in one.words) or any(
        f"un{word}" in one.words for word in two.words
    )


def have_their_own(one: Context, two: Context, *, scoped: tuple[bool, bool]) -> bool:
    """Whether each speaks of a case that the other lacks: no word on what it says of it.

    `scoped`: whose words narrow it in a way that the other's do not.
    """
    if one.counted and two.counted and not one.counted & two.counted:
        return True
    first = has_words((one.cases | one.hints) - two.words) or scoped[0]
    second = has_words((two.cases | two.hints) - one.words) or scoped[1]
    return first and second
