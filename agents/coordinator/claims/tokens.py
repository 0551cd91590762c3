"""The words of a claim's text, each with what accounts for it: subject, value, talk, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from agents.coordinator.claims.neutral import (
    CALENDAR,
    CASE_NOUNS,
    CONDITIONS,
    DOERS,
    EVENTS,
    HOW_MUCH,
    LEADING,
    NEUTRAL,
    NOUN_OR_VERB,
    PASSING,
    POLAR,
    PRONOUNS,
    TELLING,
    stem,
)
from agents.coordinator.claims.nouns import SYNONYMS, listed, singular
from agents.coordinator.claims.numbers import in_digits, read_digits
from agents.coordinator.claims.quantities import Quantity, read_quantity
from agents.coordinator.claims.scopes import SCOPES, USUAL
from agents.coordinator.claims.subjects import JOINING, head_of, words_of
from agents.coordinator.claims.texts import FLAGS
from agents.coordinator.claims.units import SCALES, known, one_of

# Where the subject itself stood in a text.
NAMED = "§"
# Where a value stood that is a name; a number stands there as 0.
NAME = "¤"
TOKENS = re.compile(
    r"[§¤]|(?!v\d)[^\W\d_]+\d[^\W_]*|\d(?:[\d.,'_]*\d)?|[^\W\d_]+|[%‰°]|[;:()!?]|[.,](?!\d)|—"
)
ENDS = frozenset(".;:!?,)—")
# "Version 2" is told by its number; a "release build" is a case.
NUMBERED_ONLY = frozenset({"edition", "release", "version"})
NUMBERED_SOURCES = frozenset(
    listed("article chapter clause footnote line lines page paragraph section")
)
NEGATIONS = frozenset({"no", "non", "not", "never", "without"})
ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
PARTICIPLE = re.compile(r"\w{2,}(?:ed|ing)")
MONEY = frozenset(listed("pound pounds buck bucks quid"))
POWERS = tuple(Fraction(10) ** power for power in (0, 2, 3, 6, 9, -2, -3, -6, -9))


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: subject, number, unit, neutral, article, lead, scope, end, if, or word, which is
    what nothing accounts for. `is_noun`: a subject's word stands as it does in the name."""

    kind: str
    word: str = ""
    is_noun: bool = True


class Tokens:
    """Tells what the words of a text are beside one subject and one value."""

    def __init__(
        self, subject: str, shown: str, amounts: tuple[Quantity, ...], is_date: bool
    ) -> None:
        self.subject = subject_stems(subject)
        self.head = {stem(word) for word in head_of(subject)}
        self.nouns = subject_nouns(subject)
        self.named = numbers_in(subject) - numbers_in(shown)
        self.numbers = numbers_in(shown)
        self.amounts = amounts
        self.is_date = is_date
        # "It is not paged" says no more than a no.
        self.polar = POLAR - NEGATIONS if shown.split(" ", 1)[0].casefold() in FLAGS else POLAR
        self.value = {stem(word) for word in re.findall(r"[^\W\d_]+", shown.casefold())}
        self.known = {*words_of(subject), *re.findall(r"\w+", shown.casefold())}
        # A number of things, or of nothing that has a name.
        self.is_count = bool(amounts) and all(one.unit.counts for one in amounts)
        self.spelt = False

    def read(self, text: str) -> Iterator[Token]:
        texts = TOKENS.findall(text)
        for before, text, after in zip(["", *texts], texts, [*texts[1:], ""], strict=False):
            if text == "s" and before.isalpha():
                # "The drone's dry weight" is one of the drone; "director's cut" is one name.
                if self.is_subject(before):
                    yield Token("article")
            elif text in (NAMED, NAME):
                yield Token("subject", NAMED, is_noun=text == NAMED)
            elif text[0].isdigit():
                yield self.number(text, before, after)
            elif text == "(":
                yield Token("end", text)
                yield Token("lead", text)
            elif text in ENDS:
                yield Token("end", text)
            elif text.isalpha() and len(text) == 1:
                yield self.letter(text, before, after)
            elif text.isalpha():
                yield self.word(text, before, after)
            elif text[0].isalpha():
                is_known = text.casefold() in self.known
                yield Token("neutral" if is_known else "word", text.casefold())

    def stands_as_named(self, word: str) -> bool:
        """ "The court awarded it" is no court of the damages awarded."""
        return singular(word) in self.nouns and not word.endswith("ed")

    def is_subject(self, text: str) -> bool:
        return text == NAMED or stem(text.casefold()) in self.subject

    def number(self, token: str, before: str, after: str) -> Token:
        read = {number.value for number in read_digits(token)}
        if read & self.named:
            return Token("subject", NAMED, is_noun=False)
        if self.is_date or read & self.numbers or before.casefold() in NUMBERED_SOURCES:
            return Token("number")
        if any(one * power in self.numbers for one in read for power in POWERS):
            self.spelt = self.spelt or self.says_again(token, after)
        elif self.says_again(token, after):
            self.spelt = True
        else:
            return Token("number", token)
        return Token("number")

    def says_again(self, token: str, after: str) -> bool:
        lows = {(one.unit.dimension, one.low) for one in self.amounts}
        again = read_quantity(f"{token} {after}") if after.isalpha() else ()
        return any((one.unit.dimension, one.low) in lows for one in again)

    def letter(self, letter: str, before: str, after: str) -> Token:
        """ "Plan B" names a case; "a plan" and the unit of a number do not."""
        if letter.isupper() and before.isalpha() and not (letter in "AI" and after.islower()):
            is_known = letter.casefold() in self.known
            return Token("subject", NAMED) if is_known else Token("case", letter.casefold())
        if letter.casefold() in self.value and letter not in "aA":
            return Token("unit", letter)
        if letter == "a" and after.isalpha() and self.ends_an_amount(before):
            return Token("lead", "per")
        return Token("article" if letter in "aA" else "neutral")

    def ends_an_amount(self, token: str) -> bool:
        if not self.amounts or not token:
            return False
        word = token.casefold()
        return token[0].isdigit() or stem(word) in self.value or self.is_measured_in(word)

    def word(self, text: str, before: str, after: str) -> Token:
        word = SYNONYMS.get(text.casefold(), text.casefold())
        root = stem(word)
        if word in ("each", "every", "apiece"):
            return Token("lead", "per") if self.amounts else Token("article", word)
        if word in CONDITIONS:
            return Token("if", word)
        if word in SCALES:
            return Token("number")
        if word in NEGATIONS and word not in self.polar:
            return Token("neutral", word)
        if word in LEADING:
            return Token("lead", word)
        if text == "may" or word in PRONOUNS or word in ORDINAL_ENDINGS:
            return Token("neutral", word)
        if word in PASSING:
            return Token("article", word)
        if word in USUAL or word in SCOPES:
            return Token("scope", word)
        if root in self.subject:
            return Token("subject", root, self.stands_as_named(word))
        if self.is_date and word in EVENTS:
            return Token("event", word)
        if word.endswith("est") and self.subject & {"max", "min"}:
            return Token("neutral", word)
        if root in self.value or self.is_of_the_value(word, before.casefold()):
            return Token("unit", word)
        if word in NUMBERED_ONLY and after[:1].isdigit():
            return Token("neutral", root)
        is_neutral = word in NEUTRAL or root in NEUTRAL
        if is_neutral and not self.tells_which(word, before.casefold(), after):
            return Token("neutral", root)
        return Token("word", text if before.isalpha() else word)

    def tells_which(self, word: str, before: str, after: str) -> bool:
        """Whether a common word says which one is meant: "page size", "launch price"."""
        if stem(after.casefold()) in CASE_NOUNS and PARTICIPLE.fullmatch(word):
            return not before.isalpha() or before in PASSING or before in LEADING
        # "The court awarded" is somebody who does it.
        is_next = stem(after.casefold()) in self.subject and not after.endswith("ed")
        if after.isalpha() and self.is_measured_in(after.casefold()):
            return bool(PARTICIPLE.fullmatch(word))
        if after != NAMED and not is_next:
            return False
        is_done = before.endswith("s") or before in DOERS
        is_noun = word in TELLING or (word in NOUN_OR_VERB and not is_done)
        is_doer_or_tool = word not in NEUTRAL and word.endswith(("er", "or"))
        return is_noun or is_doer_or_tool or bool(PARTICIPLE.fullmatch(word))

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


@lru_cache(maxsize=16_384)
def subject_stems(subject: str) -> frozenset[str]:
    words = tuple(word for word in words_of(subject) if word not in JOINING)
    if "timeout" in words:
        words += ("time", "out")
    return frozenset(stem(word) for word in words)


@lru_cache(maxsize=16_384)
def subject_nouns(subject: str) -> frozenset[str]:
    return frozenset(singular(word) for word in words_of(subject))


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
