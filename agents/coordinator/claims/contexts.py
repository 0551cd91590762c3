"""What a claim's text says besides its subject and its value: "for adults", "on the free plan".

A number that differs is only a contradiction if both are about the same case. Nobody can list all
the words that name a case; so every word that is not surely neutral is taken for one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from agents.coordinator.claims.neutral import CALENDAR, LEADING, NEUTRAL, PASSING, POLAR, stem
from agents.coordinator.claims.nouns import SYNONYMS
from agents.coordinator.claims.numbers import in_digits, read_digits
from agents.coordinator.claims.quantities import Quantity, read_quantity
from agents.coordinator.claims.scopes import FILES, without
from agents.coordinator.claims.subjects import words_of
from agents.coordinator.claims.units import known, one_of

LONGEST = 2_000
TOKENS = re.compile(
    r"(?!v\d)[^\W\d_]+\d[^\W_]*|\d(?:[\d.,'_]*\d)?|[^\W\d_]+|[%‰°]|[;:()!?]|[.,](?!\d)|—"
)
ENDS = frozenset(".;:!?,)—")
ABOUT = re.compile(
    r"(?:~|≈|±|\b(?:about|approx\.?|approximately|around|roughly|circa|ca\.|some|nearly|almost|"
    r"close to|just (?:over|under)|rounded(?: (?:up|down))?(?: to)?))\s*(?:[A-Z]{3}\s|[€$£]\s?)?\d",
    re.I,
)
EXACT = re.compile(r"\b(?:exact|exactly|precisely|to the (?:cent|penny|digit|unit))\b", re.I)
# "Version 2" is told by its number; a "release build" is a case.
NUMBERED_ONLY = frozenset({"edition", "release", "version"})
NUMBERED_SOURCES = frozenset({"footnote", "line", "lines", "page", "paragraph", "section"})
POWERS = tuple(Fraction(10) ** power for power in (0, 2, 3, 6, 9, -2, -3, -6, -9))


@dataclass(frozen=True, slots=True)
class Context:
    """`words` of the text's own; `cases` are those that a preposition or a bracket leads to.

    `rough`: the text says "about". `exact`: it says "exactly". `spelt`: it gives the same amount
    once more in another unit, so its unit means what it says.
    """

    words: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    rough: bool = False
    exact: bool = False
    spelt: bool = False


NO_CONTEXT = Context()


@lru_cache(maxsize=16_384)
def context_of(
    text: str, subject: str, shown: str, amounts: tuple[Quantity, ...], is_date: bool
) -> Context:
    """The context of a claim, from its text."""
    if not text or len(text) > LONGEST:
        return NO_CONTEXT
    whole = in_digits(re.sub(r"\bone\b", "", unicodedata.normalize("NFKC", text)))
    plain = FILES.sub(" ", whole)
    for said in filter(None, (subject, shown)):
        plain = without(plain, said)
    reader = Reader(subject, shown, amounts, is_date)
    reader.read(plain)
    return Context(
        frozenset(reader.words),
        frozenset(reader.cases),
        bool(ABOUT.search(whole)),
        bool(EXACT.search(whole)),
        reader.spelt,
    )


class Reader:
    """Goes through a text once and keeps the words that neither subject nor value account for."""

    def __init__(
        self, subject: str, shown: str, amounts: tuple[Quantity, ...], is_date: bool
    ) -> None:
        self.subject = subject_stems(subject)
        self.numbers = numbers_in(shown) | numbers_in(subject)
        self.amounts = amounts
        self.is_date = is_date
        self.known = {*words_of(subject), *re.findall(r"\w+", shown.casefold())}
        self.words: set[str] = set()
        self.cases: set[str] = set()
        self.spelt = False
        self.leads = ""
        self.phrase: list[str] = []

    def read(self, text: str) -> None:
        tokens = TOKENS.findall(text)
        for place, token in enumerate(tokens):
            before = tokens[place - 1] if place else ""
            after = tokens[place + 1] if place + 1 < len(tokens) else ""
            if token[0].isdigit():
                if before.casefold() not in NUMBERED_SOURCES:
                    self.take_number(token, after)
            elif token.startswith("("):
                self.leads = token
            elif token in ENDS:
                self.leads = ""
                self.end_phrase(token)
            elif token.isalpha() and len(token) == 1:
                self.take_letter(token, before, after)
            elif token.isalpha():
                self.take_word(token, after)
            elif token[0].isalpha() and token.casefold() not in self.known:
                self.keep(token.casefold())

    def take_number(self, token: str, after: str) -> None:
        read = {number.value for number in read_digits(token)}
        if self.is_date or read & self.numbers:
            return
        if any(one * power in self.numbers for one in read for power in POWERS):
            self.spelt = self.spelt or self.says_again(token, after)
        elif self.says_again(token, after):
            self.spelt = True
        else:
            self.keep(token)

    def says_again(self, token: str, after: str) -> bool:
        lows = {(one.unit.dimension, one.low) for one in self.amounts}
        again = read_quantity(f"{token} {after}") if after.isalpha() else ()
        return any((one.unit.dimension, one.low) in lows for one in again)

    def take_letter(self, letter: str, before: str, after: str) -> None:
        """ "Plan B" names a case; "a plan" and the unit of a number do not."""
        if letter.isupper() and before.isalpha() and not (letter in "AI" and after.islower()):
            self.keep(letter.casefold())

    def take_word(self, token: str, after: str) -> None:
        word = SYNONYMS.get(token.casefold(), token.casefold())
        if word in LEADING:
            self.leads = word
        elif word in PASSING or self.is_measured_in(word) or (self.is_date and word in CALENDAR):
            pass
        elif word in NUMBERED_ONLY and after[:1].isdigit():
            self.pass_by(word)
        elif word in NEUTRAL or stem(word) in NEUTRAL or stem(word) in self.subject:
            self.pass_by(stem(word))
        else:
            self.keep(stem(word))

    def is_measured_in(self, word: str) -> bool:
        """Whether a word names what the claim is measured in; "a month" beside euros is a case."""
        unit = measures().get(word) or measures().get(one_of(word))
        return bool(unit) and any(unit in one.unit.dimension.split("/") for one in self.amounts)

    def pass_by(self, word: str) -> None:
        if self.leads in POLAR and word in self.subject:
            self.keep(f"{self.leads} {word}")
        self.leads = ""

    def end_phrase(self, sign: str) -> None:
        """ "Adults: 500 mg" names its case before the colon."""
        if sign == ":":
            self.cases.update(self.phrase)
        self.phrase.clear()

    def keep(self, word: str) -> None:
        self.words.add(word)
        self.phrase.append(word)
        if self.leads:
            self.cases.add(word)
        if self.leads in POLAR and " " not in word:
            self.keep(f"{self.leads} {word}")


@lru_cache(maxsize=16_384)
def subject_stems(subject: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of(subject))


@lru_cache(maxsize=16_384)
def numbers_in(text: str) -> frozenset[Fraction]:
    return frozenset(
        number.value
        for token in TOKENS.findall(in_digits(text))
        if token[0].isdigit()
        for number in read_digits(token)
    )


@cache
def measures() -> dict[str, str]:
    """What the units that are words measure, by their names in small letters."""
    named = known().items()
    return {name.casefold(): unit.dimension for name, unit in named if name.isalpha()}


def are_two_cases(one: Context, two: Context) -> bool:
    """Whether the texts may speak of two cases.

    They may if each has something the other lacks; or if one of them names a case outright.
    """
    first, second = one.words - two.words, two.words - one.words
    return bool((first and second) or (one.cases & first) or (two.cases & second))
