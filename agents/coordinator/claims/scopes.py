"""What a claim's own words narrow it to: "in staging", "since 1.5", "the planned".

Two claims with one subject whose texts narrow it in two ways are about two things.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from agents.coordinator.claims.nouns import SYNONYMS, listed
from agents.coordinator.claims.subjects import words_of

NARROWING = frozenset(
    listed("""
    actual android avg benchmark best beta budgeted daily default deprecated desktop development
    enterprise estimated excl excluded excludes excluding expected fastest fiscal forecast
    former formerly gross highest historical hourly incl included includes including ios
    increased largest legacy linux longest lowered lowest macos max median might min mobile
    monthly net nightly nominal obsolete old only percentile perhaps possibly probably raised
    reduced optional original peak planned premium previous previously production projected
    proposed qa recommended sandbox seasonal shortest slowest smallest staging suggested target
    temporarily typical weekly windows worst yearly
""")
)
# What holds where nothing else is said: beside a claim that says nothing it narrows nothing.
USUAL = frozenset({"default"})
FILES = re.compile(
    r"\S*[^\W\d]\S*[/\\]\S*|[^\W\d][\w.-]*:\d+\S*|\S+\.(?:py|md|rst|toml|ya?ml|json|csv)\b"
)
VERSIONS = re.compile(
    r"\b(?:(?:version|release|since|until|before|after|from|in|as of)\s+v?|v)(\d+(?:\.\d+)+)\b"
    r"|\bversion (\d+)\b",
    re.I,
)
TIMES = re.compile(r"\b(?:in|during|of|for|since|until|by|before|after|as of|fy) ?((?:19|20)\d\d)\b"
                   r"|\b([qh][1-4])\b", re.I)  # fmt: skip
YEARS_OLD = re.compile(r"\b(?:years?|months?|weeks?|days?)[ -]old\b", re.I)
DENIES = re.compile(r"\bnot\b|n't\b|\bnever\b|\bno longer\b", re.I)
HEDGED = re.compile(
    r"\b(?:may|might|could|should|would|will|used to|no longer|was|were|if|unless|except|"
    r"perhaps|possibly|probably|once)\b",
    re.I,
)


@lru_cache(maxsize=16_384)
def scope_of(text: str, subject: str, shown: str) -> frozenset[str]:
    """The narrowing words of a text; those the subject has itself, or its value, do not narrow."""
    if not text or len(text) > 2_000:
        return frozenset()
    plain = unicodedata.normalize("NFKC", text)
    for said in filter(None, (subject, shown)):
        plain = without(plain, said)
    plain = YEARS_OLD.sub(" ", FILES.sub(" ", plain))
    known = {form for word in words_of(subject) for form in (word, word.removeprefix("v"))}
    # "Q2 2026" as the value is what is claimed, not when it holds.
    known |= set(re.findall(r"\w+", shown.casefold()))
    found = {one for match in VERSIONS.findall(plain) for one in match if one}
    found |= {one.casefold() for match in TIMES.findall(plain) for one in match if one}
    words = {SYNONYMS.get(word, word) for word in re.findall(r"[^\W\d_]+", plain.casefold())}
    return frozenset((found | (words & NARROWING)) - known)


def without(text: str, said: str, instead: str = " ") -> str:
    """The text without these words where they stand for themselves."""
    parts = text.split(said)
    kept = parts[0]
    for before, after in pairwise(parts):
        is_inside = re.search(r"[\w.]$|\d,$", before) or re.match(r"\w|[.,]\d", after)
        kept += (said if is_inside else instead) + after
    return kept


def is_denied(text: str, shown: str) -> bool:
    """Whether the text says that the value is *not* this one."""
    if not shown or shown not in text or not DENIES.search(text):
        return False
    value = re.escape(shown)
    return bool(re.search(rf"(?:\bnot|n't|\bnever|\bno longer)\s+(?:\w+\s+)?{value}(?!\w)", text))


def is_hedged(text: str) -> bool:
    return bool(HEDGED.search(text) or DENIES.search(text))
