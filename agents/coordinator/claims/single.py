"""Names of a thing of which there is one: a capital, an author, a default.

Only where the subject is such a thing are two names a contradiction; a project may have any number
of sponsors. And only names that look like names: "quick" and "fast" may be one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from agents.coordinator.claims.nouns import listed
from agents.coordinator.claims.subjects import words_of

# Of each of these a thing has one; who has several says so with an s.
ONE_EACH = frozenset(
    listed("""
        algorithm arranger author backend birthplace branch builder captain capital ceo cfo chair
        chairman chairperson chairwoman chancellor coach commander composer conductor cto currency
        dean default designer director driver editor engine founder governor guarantor
        headquarters headteacher inventor judge landlord law leader lessor level manager mayor
        method minister mode mouth narrator opponent owner payer photographer predecessor president
        principal protocol publisher referee runtime sculptor seat secretary strategy successor
        supervisor timezone translator treasurer venue verdict victor winner writer who
    """)
)
# Of a thing in these there are as many as there are things named before it.
OF_MANY = frozenset(listed("co deputy former joint vice assistant candidate possible supported"))
# Where these are meant, small letters are names too.
IN_CODE = frozenset(
    listed("algorithm backend branch default driver engine level method mode protocol runtime")
)
# Each group is of words that exclude one another.
EXCLUDING = (
    "fixed variable floating", "buyer seller", "open closed", "active inactive", "public private",
    "internal external", "left right", "north south east west", "manual automatic",
    "synchronous asynchronous", "mandatory optional", "approved rejected", "accepted rejected",
    "won lost", "alive dead", "operating decommissioned", "landlord tenant", "ascending descending",
    "lessor lessee", "guilty acquitted", "granted denied", "upheld overturned", "full partial",
    "wet dry", "hot cold", "solid liquid gaseous", "odd even", "male female", "single married",
    "inclusive exclusive", "opt-in opt-out", "allow deny", "cash shares", "licensor licensee",
    "employer employee", "lender borrower", "supplier customer", "strict lax", "push pull",
    "monthly quarterly annually weekly daily hourly", "operating shut-down",
)  # fmt: skip
SETS = tuple(frozenset(group.split()) for group in EXCLUDING)
SMALL = frozenset(
    listed("a an and at by de der di for in la laws law of on republic the to van von")
)
Amount = Literal["", "many", "one", "one in code"]

MOST_WORDS = 4
LONGEST = 80
NAME = re.compile(r"[^\W\d_][\w.'’&-]*")
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+")


@lru_cache(maxsize=16_384)
def amount_of(name: str) -> Amount:
    """How many such things there are, as far as the subject's name says.

    "Capital" by itself does not: of which country?
    """
    words = set(words_of(name))
    if OF_MANY & words:
        return "many"
    if not ONE_EACH & words or len(words) == 1:
        return ""
    return "one in code" if IN_CODE & words else "one"


def exclude_each_other(one: str, two: str) -> bool:
    """ "Fixed" and "variable": whatever they are said of, it is not both."""
    first, second = (text.casefold().replace(" ", "-") for text in (one, two))
    return first != second and any(first in group and second in group for group in SETS)


def are_two_names(one: str, two: str, *, in_code: bool) -> bool:
    """Whether both are names, and neither may be another way to write the other."""
    if max(len(one), len(two)) > LONGEST:
        return False
    first, second = one.split(), two.split()
    own = [word for word in first if word not in second and word.casefold() not in SMALL]
    others = [word for word in second if word not in first and word.casefold() not in SMALL]
    if not own or not others or max(len(own), len(others)) > MOST_WORDS:
        return False
    if not all(is_name(word, in_code) for word in own + others):
        return False
    if CONSTANT.fullmatch(one) and CONSTANT.fullmatch(two):
        return not may_be_short_for(one, two) and not may_be_short_for(two, one)
    return not are_alike(own, others)


def is_name(word: str, in_code: bool) -> bool:
    return bool(NAME.fullmatch(word)) and (word[0].isupper() or in_code)


def are_alike(one: list[str], two: list[str]) -> bool:
    """ "A. Lind" and "Anna Lind", "EU" and "European Union", "Muller" and "Müller"."""
    if initials(one) == initials(two) and len(one) > 1:
        return True
    if any("." in word or CONSTANT.fullmatch(word) for word in one + two):
        # A short form: of what, its letters do not say.
        return initials(one)[:1] == initials(two)[:1]
    return any(
        may_be_short_for(first, second) or may_be_short_for(second, first)
        for first in one
        for second in two
    )


def initials(words: list[str]) -> str:
    return "".join(word[0].casefold() for word in words)


def may_be_short_for(short: str, long: str) -> bool:
    """Whether the names begin alike, so that one may be a form of the other."""
    return short.casefold()[:3] == long.casefold()[:3]
