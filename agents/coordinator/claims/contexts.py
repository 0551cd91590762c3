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

from agents.coordinator.claims.neutral import (
    CALENDAR,
    DOERS,
    HOW_MUCH,
    LEADING,
    NEUTRAL,
    NOUN_OR_VERB,
    PASSING,
    POLAR,
    TELLING,
    stem,
)
from agents.coordinator.claims.nouns import SYNONYMS, listed
from agents.coordinator.claims.numbers import in_digits, read_digits
from agents.coordinator.claims.quantities import Quantity, read_quantity
from agents.coordinator.claims.scopes import FILES, USUAL, without
from agents.coordinator.claims.subjects import words_of
from agents.coordinator.claims.texts import FLAGS
from agents.coordinator.claims.units import known, one_of

LONGEST = 2_000
# Where the subject itself stood in a text.
NAMED = "§"
TOKENS = re.compile(
    r"§|(?!v\d)[^\W\d_]+\d[^\W_]*|\d(?:[\d.,'_]*\d)?|[^\W\d_]+|[%‰°]|[;:()!?]|[.,](?!\d)|—"
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
# Pages, ways of an API and files of settings: two of them are two things. A line of a document
# or of code is only where something stands.
THINGS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')\]]+|(?<![\w./\\])/[\w{}.~-]+(?:/[\w{}.~-]+)*/?(?![\w/]|:\d)"
    r"|[\w./-]*\w\.(?:cfg|conf|env|ini|json|toml|ya?ml)\b",
    re.I,
)
NEGATIONS = frozenset({"no", "non", "not", "never", "without"})
PARTICIPLE = re.compile(r"\w{2,}(?:ed|ing)")
MONEY = frozenset(listed("pound pounds buck bucks quid"))
POWERS = tuple(Fraction(10) ** power for power in (0, 2, 3, 6, 9, -2, -3, -6, -9))


@dataclass(frozen=True, slots=True)
class Context:
    """`words` of the text's own; `cases` are those that surely tell one from another.

    A preposition, a bracket or a colon leads to a case, or it stands right before the subject's
    name. `rough`: the text says "about". `exact`: it says "exactly". `spelt`: it gives the same
    amount once more in another unit, so its unit means what it says. `things`: the pages and the
    like that it names.
    """

    words: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    rough: bool = False
    exact: bool = False
    spelt: bool = False
    things: frozenset[str] = frozenset()


NO_CONTEXT = Context()


@lru_cache(maxsize=16_384)
def context_of(
    text: str, subject: str, shown: str, amounts: tuple[Quantity, ...], is_date: bool
) -> Context:
    """The context of a claim, from its text."""
    if not text or len(text) > LONGEST:
        return NO_CONTEXT
    whole = in_digits(re.sub(r"\bone\b", "", unicodedata.normalize("NFKC", text)))
    plain = without(whole, subject, f" {NAMED} ") if subject else whole
    plain = without(plain, shown) if shown else plain
    things = {one.casefold().rstrip("./,") for one in THINGS.findall(plain)}
    plain = FILES.sub(" ", plain)
    reader = Reader(subject, shown, amounts, is_date)
    reader.read(plain)
    return Context(
        frozenset(reader.words),
        frozenset(reader.cases),
        bool(ABOUT.search(whole)),
        bool(EXACT.search(whole)),
        reader.spelt,
        frozenset(things),
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
        # "It is not paged" says no more than a no.
        self.polar = POLAR - NEGATIONS if shown.casefold() in FLAGS else POLAR
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
            if token == NAMED:
                self.leads = ""
            elif token[0].isdigit():
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
                self.take_word(token, before, after)
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

    def take_word(self, token: str, before: str, after: str) -> None:
        word = SYNONYMS.get(token.casefold(), token.casefold())
        if word == "each" and after.isalpha():
            self.leads = "per"
        elif word in LEADING:
            self.leads = word
        elif word in PASSING or word in USUAL or self.is_of_the_value(word, before.casefold()):
            pass
        elif self.tells_which(word, before.casefold(), after):
            self.keep(stem(word), is_case=True)
        elif word in NUMBERED_ONLY and after[:1].isdigit():
            self.pass_by(word)
        elif word in NEUTRAL or stem(word) in NEUTRAL or stem(word) in self.subject:
            self.pass_by(stem(word))
        else:
            self.keep(stem(word))

    def tells_which(self, word: str, before: str, after: str) -> bool:
        """Whether a word says which one is meant: "line coverage", "working days", "fixed rate"."""
        if stem(word) in self.subject:
            return False
        if after.isalpha() and self.is_measured_in(after.casefold()):
            return bool(PARTICIPLE.fullmatch(word))
        # "The court awarded" is somebody who does it.
        is_next = stem(after.casefold()) in self.subject and not after.endswith("ed")
        if after != NAMED and not is_next:
            return False
        is_neutral = word in NEUTRAL or stem(word) in NEUTRAL
        is_done = before.endswith("s") or before in DOERS
        is_noun = word in TELLING or (word in NOUN_OR_VERB and not is_done)
        return not is_neutral or is_noun or bool(PARTICIPLE.fullmatch(word))

    def is_of_the_value(self, word: str, before: str) -> bool:
        if word in HOW_MUCH and before.isalpha() and self.is_measured_in(before):
            return True
        return self.is_measured_in(word) or (self.is_date and word in CALENDAR)

    def is_measured_in(self, word: str) -> bool:
        """Whether a word names what the claim is measured in; "a month" beside euros is a case."""
        dimensions = [one.unit.dimension for one in self.amounts]
        if word in MONEY:
            return any(one.startswith("money:") for one in dimensions)
        unit = measures().get(word) or measures().get(one_of(word))
        return bool(unit) and any(unit in (one, *one.split("/")) for one in dimensions)

    def pass_by(self, word: str) -> None:
        if self.leads == "per" and "per" not in self.subject:
            self.keep(f"per {word}")
        elif self.leads in self.polar and word in self.subject and self.leads not in self.subject:
            self.keep(f"{self.leads} {word}")
        self.leads = ""

    def end_phrase(self, sign: str) -> None:
        """ "Adults: 500 mg" names its case before the colon."""
        if sign == ":":
            self.cases.update(self.phrase)
        self.phrase.clear()

    def keep(self, word: str, *, is_case: bool = False) -> None:
        self.words.add(word)
        self.phrase.append(word)
        if self.leads or is_case:
            self.cases.add(word)
        if self.leads in self.polar and " " not in word:
            self.keep(f"{self.leads} {word}")


@lru_cache(maxsize=16_384)
def subject_stems(subject: str) -> frozenset[str]:
    words = words_of(subject)
    if "timeout" in words:
        words += ["time", "out"]
    return frozenset(stem(word) for word in words)


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


def are_two_cases(one: Context, two: Context, *, is_specific: bool) -> bool:
    """Whether the texts may speak of two cases.

    They may if one of them says anything that the other lacks. Where the subject by itself names
    one thing alone, a loose word on one side is only talk: then each must have something of its
    own, or one must name a case outright.
    """
    if one.things and two.things and not one.things & two.things:
        return True
    first, second = one.words - two.words, two.words - one.words
    if not is_specific:
        return bool(first or second)
    return bool((first and second) or (one.cases & first) or (two.cases & second))


def have_their_own(one: Context, two: Context) -> bool:
    """Whether each names a case outright that the other lacks: no word on what it says of it."""
    return bool((one.cases - two.words) and (two.cases - one.words))
