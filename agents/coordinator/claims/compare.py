"""Two claims side by side: they agree, they differ, or nobody can tell without thinking.

Reasons carry both sides as `a` and `b`. Codes of `agree`: same_number, rounded_alike,
about_the_same, same_range, in_range, same_versions, same_date, date_contains, same_flag,
same_name, same_text. Of `differ`: numbers_differ, ranges_differ, versions_differ, dates_differ,
flags_differ, names_differ, one_denies. Of `cannot_tell`: other_subject, other_scope, texts_narrow,
denied, no_value, kinds_differ, texts_unclear, names_alike, ambiguous_number, ambiguous_date,
zone_missing, unit_missing, unit_left_out, units_not_comparable, currencies_differ, may_be_rounded,
binary_or_decimal, near, overlapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import product
from typing import Literal, cast

from agents.coordinator.board import Claim
from agents.coordinator.claims.closeness import Found, compare_amounts
from agents.coordinator.claims.contexts import are_two_cases, have_their_own
from agents.coordinator.claims.dates import Moment
from agents.coordinator.claims.denials import one_denies_the_other
from agents.coordinator.claims.nouns import SYNONYMS, listed, singular
from agents.coordinator.claims.scopes import USUAL
from agents.coordinator.claims.single import are_two_names, exclude_each_other
from agents.coordinator.claims.statements import Statement, statement_of
from agents.coordinator.claims.texts import same_name, same_version
from agents.coordinator.claims.versions import compare_wanted
from agents.coordinator.moves import Reason

Kind = Literal["agree", "differ", "cannot_tell"]

# Between the first place on earth where a day begins and the last.
WIDEST_ZONES = timedelta(hours=26)
SPANS = frozenset(
    listed("""
        anomaly change cut cutting decline decrease delta difference drop fall gain gap growth hike
        increase loss raise reduction rise spread swing tolerance
    """)
)
NEGATIVE = frozenset(listed("disabled disable forbidden inactive no not off skip without"))


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: Kind
    reason: Reason


def compare(a: Claim, b: Claim) -> Verdict:
    """The same kind and code whichever claim comes first."""
    return compare_statements(statement_of(a), statement_of(b))


@lru_cache(maxsize=65_536)
def compare_statements(a: Statement, b: Statement) -> Verdict:
    if a.subject.key != b.subject.key or not a.subject.key:
        return verdict(("cannot_tell", "other_subject"), a.subject.key, b.subject.key)
    return verdict(narrowed(a, b, compare_values(a, b)), a.shown, b.shown)


def verdict(found: Found, a: str, b: str) -> Verdict:
    return Verdict(cast("Kind", found[0]), Reason(found[1], {"a": a, "b": b}))


def narrowed(a: Statement, b: Statement, found: Found) -> Found:
    """Take a verdict back where the texts narrow the subject in two ways."""
    if found[0] == "cannot_tell":
        return found
    if a.denied or b.denied:
        both = a.denied and b.denied and found[0] == "agree"
        return found if both else ("cannot_tell", "denied")
    only_a, only_b = a.scopes - b.scopes, b.scopes - a.scopes
    if not (only_a and only_b):
        only_a, only_b = only_a - USUAL, only_b - USUAL
    if (only_a and only_b) or (found[0] == "differ" and (only_a or only_b)):
        return "cannot_tell", "other_scope"
    if found[0] == "agree" and have_their_own(
        a.context, b.context, scoped=(bool(only_a), bool(only_b))
    ):
        return "cannot_tell", "texts_narrow"
    if found[0] == "differ" and are_two_cases(a.context, b.context):
        return "cannot_tell", "texts_narrow"
    return found


def compare_values(a: Statement, b: Statement) -> Found:
    if a.says_nothing or b.says_nothing:
        return "cannot_tell", "no_value"
    if a.wanted and b.wanted and asks(a, b):
        return compare_wanted(a.wanted, b.wanted)
    if a.quantities and b.quantities:
        if a.words.exact == b.words.exact and a.unit == b.unit and a.subject.unit == b.subject.unit:
            return "agree", "same_number"
        return compare_readings(a, b)
    if a.words.plain == b.words.plain and a.unit == b.unit and a.is_prose == b.is_prose:
        return "agree", "same_text"
    if a.moments and b.moments:
        pairs_of_moments = product(a.moments, b.moments)
        return settled([compare_moments(*pair) for pair in pairs_of_moments], "ambiguous_date")
    if a.flag and b.flag:
        return compare_flags(a, b)
    if is_one_for_true(a, b) or is_one_for_true(b, a):
        return "agree", "same_flag"
    return compare_words(a, b)


def compare_readings(a: Statement, b: Statement) -> Found:
    """Amounts with every reading of them. A comma before three digits groups them if that agrees:
    "1,500 MWh" beside 1.5 GWh."""
    spans = bool(a.subject.words & SPANS)
    pairs = list(product(a.quantities, b.quantities))
    found = [compare_amounts(*pair, spans=spans) for pair in pairs]
    for pair, each in zip(pairs, found, strict=True):
        is_grouped = pair[0].is_grouped or pair[1].is_grouped
        if is_grouped and each[0] == "agree":
            return each
    return settled(found, "ambiguous_number")


def asks(a: Statement, b: Statement) -> bool:
    """Whether one of two is surely a range of versions, and not a plain bound of numbers."""
    assert a.wanted and b.wanted
    if "sure" in (a.wanted.kind, b.wanted.kind):
        return True
    is_amount = bool(a.quantities or b.quantities)
    return not is_amount and "bound" in (a.wanted.kind, b.wanted.kind)


def is_one_for_true(a: Statement, b: Statement) -> bool:
    """Some files write 1 for true and 0 for false; what else 1 may mean is no contradiction."""
    if a.flag is None or a.flag[0] != "truth" or a.subject.words & NEGATIVE:
        return False
    return not b.unit and b.words.plain == ("1" if a.flag[1] else "0")


def settled(found: list[Found], unclear: str) -> Found:
    """One verdict if every reading leads to it."""
    if len({kind for kind, _ in found}) > 1:
        return "cannot_tell", unclear
    return min(found)


def compare_moments(one: Moment, two: Moment) -> Found:
    if one.clock != two.clock:
        return "cannot_tell", "kinds_differ"
    if one.timed and two.timed:
        if (one.offset is None) != (two.offset is None):
            return far_apart(one, two)
        one, two = one.in_utc(), two.in_utc()
    elif (one.offset, two.offset) != (None, None) and not (one.within(two) or two.within(one)):
        return far_apart(one, two)
    if one.start == two.start and one.end == two.end:
        return "agree", "same_date"
    if one.within(two) or two.within(one):
        return "agree", "date_contains"
    return "differ", "dates_differ"


def far_apart(one: Moment, two: Moment) -> Found:
    """Without a common zone, only what no zone explains is a difference."""
    gap = max(one.start, two.start) - min(one.end, two.end)
    if gap > WIDEST_ZONES and not one.clock:
        return "differ", "dates_differ"
    return "cannot_tell", "zone_missing"


def compare_flags(a: Statement, b: Statement) -> Found:
    assert a.flag and b.flag
    kinds = {a.flag[0], b.flag[0]}
    if len(kinds) > 1 and (kinds != {"truth", "state"} or a.subject.words & NEGATIVE):
        # Is "cache disabled: off" a cache that is off?
        return "cannot_tell", "kinds_differ"
    same = a.flag[1] == b.flag[1]
    return ("agree", "same_flag") if same else ("differ", "flags_differ")


def compare_words(a: Statement, b: Statement) -> Found:
    if a.quantities or b.quantities or a.flag or b.flag or a.moments or b.moments:
        return "cannot_tell", "kinds_differ"
    if a.is_prose and b.is_prose and one_denies_the_other(a.words.plain, b.words.plain):
        return "differ", "one_denies"
    if a.named and b.named and a.named[0] == b.named[0]:
        same = same_version(a.named[1], b.named[1])
        return named_found(same)
    if without_subject(a) == without_subject(b) and not a.is_prose and not b.is_prose:
        return "agree", "same_text"
    if a.is_prose or b.is_prose:
        return "cannot_tell", "texts_unclear"
    if a.words.sort and a.words.sort == b.words.sort:
        return named_found(same_name(a.words, b.words))
    return compare_names(a, b)


def compare_names(a: Statement, b: Statement) -> Found:
    """Two names differ where there is one of the thing, or where they exclude each other."""
    one, two = a.words.exact, b.words.exact
    if "many" not in (a.amount, b.amount) and exclude_each_other(one, two):
        return "differ", "names_differ"
    is_one = {a.amount, b.amount} <= {"one", "one in code"}
    if is_one and are_two_names(one, two, in_code="one in code" in (a.amount, b.amount)):
        return "differ", "names_differ"
    return "cannot_tell", "texts_unclear"


def named_found(same: bool | None) -> Found:
    if same is None:
        return "cannot_tell", "names_alike"
    return ("agree", "same_name") if same else ("differ", "names_differ")


def without_subject(statement: Statement) -> list[str]:
    """The words of a value without those of its subject: the licence "MIT License" is "MIT"."""
    words = [SYNONYMS.get(word, word) for word in statement.words.plain.split()]
    return [word for word in words if singular(word) not in statement.subject.words] or words
