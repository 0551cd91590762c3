"""A claim read once: its subject's key and everything its value may mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from agents.coordinator.board import Claim
from agents.coordinator.claims.contexts import NO_CONTEXT, Context, context_of
from agents.coordinator.claims.dates import Moment, read_moments
from agents.coordinator.claims.nouns import listed, singular
from agents.coordinator.claims.numbers import in_digits
from agents.coordinator.claims.quantities import WHOLE_THINGS, Quantity, plus_unit, quantities_of
from agents.coordinator.claims.scopes import PERIODS, is_denied, is_hedged, scope_of
from agents.coordinator.claims.single import Amount, amount_of
from agents.coordinator.claims.subjects import Subject, subject_of
from agents.coordinator.claims.texts import Words, words_of
from agents.coordinator.claims.units import unit_of
from agents.coordinator.claims.versions import Wanted, named_version, wanted_of

Scalar = str | int | float | bool | None

LONGEST_SHOWN = 80
LONGEST_SENTENCE = 300
IDENTIFIERS = frozenset(
    listed("""
        checksum commit digest hash id isbn pin postcode release revision serial sha sha1 sha256
        sku tag uuid version zip
    """)
)
# "Release date" and "id length" are amounts and dates although a release and an id are names.
NOT_IDENTIFIERS = frozenset(listed("age date day duration length size time week year"))
PERIODIC = frozenset(PERIODS.values())
DATE_UNITS = frozenset({"", "date", "day", "time", "year", "utc"})
SAYS = re.compile(
    r"(?P<about>.*?)(?:\b(?:is|are|equals|defaults to|is set to|amounts to|costs|takes|lasts|runs|"
    r"weighs|measures|totals|stands at|comes to)\b|[:=])\s*(?P<value>[^=]+)",
    re.I,
)

# A rate, a share or a mean of people may well be a broken number.
NO_COUNTS = frozenset(
    listed("""
        age average avg cost density factor fee height income index mean median pay per price rate
        ratio salary score share size time wage weight
    """)
)
DOZEN = re.compile(r"\ba dozen\b", re.I)
NUMBERS = re.compile(r"(?:([^\W\d_]+)\s+)?(\d(?:[\d.,]*\d)?)(?:\s+([^\W\d_]+))?")
# Numbers that are names: nobody rounds them.
LABELS = frozenset(listed("channel code exit extension gate platform port status"))
NOT_THE_COUNT = frozenset(
    listed("""
        about additional another around every extra first half last least most nearly next of over
        page plus section some step than to under version
    """)
)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """What a claim says. Two of them are equal only if they are one: that keeps lookups cheap."""

    subject: Subject
    shown: str
    words: Words
    quantities: tuple[Quantity, ...] = ()
    moments: tuple[Moment, ...] = ()
    unit: str = ""
    flag: tuple[str, bool] | None = None
    is_prose: bool = False
    scopes: frozenset[str] = frozenset()
    denied: bool = False
    context: Context = NO_CONTEXT
    wanted: Wanted | None = None
    named: tuple[str, str] | None = None
    amount: Amount = ""

    @property
    def says_nothing(self) -> bool:
        return not self.quantities and not self.moments and self.words.is_nothing


def statement_of(claim: Claim) -> Statement:
    return read(claim.subject, claim.value, claim.unit, claim.text)


# Typed: 1, 1.0 and True are equal, and yet three values.
@lru_cache(maxsize=65_536, typed=True)
def read(name: str, value: Scalar, unit: str, text: str) -> Statement:
    """Claims that say the same in other sentences come to one statement."""
    if value is None:
        value = value_in(text) or counted_in(text, name)
    if value is None:
        return prose(name, shorten(text), words_of(text))
    written, plain = plainly(value), bare(name, value, unit)
    is_date = bool(plain.moments) and not unit
    scopes = scope_of(text, name, written)
    told = Told(
        scopes - PERIODIC if any("/" in one.unit.dimension for one in plain.quantities) else scopes,
        is_denied(text, written),
        context_of(text, name, written, unit, plain.quantities, is_date),
    )
    return valued(name, value, unit, told)


@dataclass(frozen=True, slots=True)
class Told:
    """What the text of a claim adds to its value."""

    scopes: frozenset[str]
    denied: bool
    context: Context


@lru_cache(maxsize=16_384)
def prose(name: str, shown: str, words: Words) -> Statement:
    return Statement(subject_of(name), shown, words, is_prose=True)


@lru_cache(maxsize=32_768, typed=True)
def valued(name: str, value: str | int | float | bool, unit: str, told: Told) -> Statement:
    plain = bare(name, value, unit)
    amounts = tuple(as_told(one, told.context) for one in plain.quantities)
    return replace(
        plain, quantities=amounts, scopes=told.scopes, denied=told.denied, context=told.context
    )


def as_told(one: Quantity, context: Context) -> Quantity:
    """The amount as its text means it: about so much, exactly so much, in bytes it spells out."""
    if context.rough and one.form == "exact":
        one = replace(one, form="about")
    if context.spelt and one.unit.level:
        one = replace(one, unit=replace(one.unit, level=0))
    return replace(one, precise=one.precise or context.exact)


@lru_cache(maxsize=32_768, typed=True)
def bare(name: str, value: str | int | float | bool, unit: str) -> Statement:
    """The statement as it would be without a text."""
    subject, shown, words = subject_of(name), shown_as(value, unit), words_of(plainly(value))
    if isinstance(value, bool):
        return Statement(subject, shown, words, flag=words.flag)
    is_text = isinstance(value, str)
    if is_identifier(subject, unit):
        # JSON has no 1.10: a version that was stored as a number may have lost its zeros.
        wanted = wanted_of(words.plain) if is_text else None
        return Statement(
            subject, shown, words if is_text else replace(words, is_number=True),
            wanted=wanted, named=named_version(words.exact),
        )  # fmt: skip
    moments = read_moments(words.exact) if unit.casefold() in DATE_UNITS else ()
    is_date_only = bool(moments) and is_text and not words.exact.isdecimal()
    amounts = () if is_date_only else quantities_of(value, unit)
    if len(amounts) > 1 and not unit and counts_whole(subject):
        amounts = tuple(one for one in amounts if one.low and one.low.denominator == 1)
    if subject.words & LABELS:
        amounts = tuple(replace(one, precise=True) for one in amounts)
    if subject.unit:
        amounts = tuple(plus_unit(one, unit_of(subject.unit)) for one in amounts)
    return Statement(
        subject, shown, words, amounts, moments, " ".join(unit.split()),
        flag_of(words, subject) if is_text and not unit else words.flag,
        wanted=wanted_of(words.plain) if is_text and not unit else None,
        named=named_version(words.exact) if not amounts and not unit else None,
        amount=amount_of(name) if is_text else "",
    )  # fmt: skip


def counts_whole(subject: Subject) -> bool:
    """Whether the subject is how many there are of what has no halves."""
    return bool(subject.words & WHOLE_THINGS and not subject.words & NO_COUNTS)


def flag_of(words: Words, subject: Subject) -> tuple[str, bool] | None:
    """On or off; "not thread-safe" is a no to "thread-safe"."""
    if words.flag or not subject.key:
        return words.flag
    rest = words.plain.removeprefix("not ")
    return ("truth", rest == words.plain) if subject_of(rest).key == subject.key else None


def is_identifier(subject: Subject, unit: str) -> bool:
    return bool(not unit and subject.words & IDENTIFIERS and not subject.words & NOT_IDENTIFIERS)


def value_in(text: str) -> str | None:
    """The value a short plain sentence gives, if it surely gives one: "The limit is 10 seconds"."""
    sentence = " ".join(text.split()).rstrip(".")
    if not sentence or len(sentence) > LONGEST_SENTENCE or is_hedged(sentence):
        return None
    if is_value(sentence):
        return sentence
    found = SAYS.fullmatch(sentence)
    if not found or re.search(r"\d", found["about"]):
        return None
    value = found["value"].strip()
    return value if is_value(value) else None


def counted_in(text: str, name: str) -> str | None:
    """The one number of a sentence, if it counts what the subject is about."""
    sentence = in_digits(DOZEN.sub("12", text))
    found = NUMBERS.findall(sentence)
    if len(sentence) > LONGEST_SENTENCE or len(found) != 1 or is_hedged(sentence):
        return None
    before, amount, thing = found[0]
    if (
        before.casefold() in NOT_THE_COUNT
        or singular(thing.casefold()) not in subject_of(name).words
    ):
        return None
    return f"{amount} {thing}"


def is_value(text: str) -> bool:
    return bool(quantities_of(text, "") or read_moments(text) or words_of(text).flag)


def plainly(value: str | int | float | bool) -> str:
    """The value as a text; empty where there is none to write."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Python refuses to write very long numbers.
        return str(value) if abs(value) < 10**60 else ""
    if value != value:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def shown_as(value: str | int | float | bool, unit: str) -> str:
    """The value with its unit, as a reason shows it."""
    plain = " ".join(plainly(value).split())
    known = plain.casefold().endswith(unit.casefold()) if isinstance(value, str) else False
    return shorten(plain if known or not unit else f"{plain} {unit}")


def shorten(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_SHOWN else plain[: LONGEST_SHOWN - 1] + "…"
