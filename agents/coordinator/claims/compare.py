"""Two claims side by side: they agree, they differ, or nobody can tell without thinking.

Reasons carry both sides as `a` and `b`. Codes of `agree`: same_number, rounded_alike,
about_the_same, same_range, same_date, date_contains, same_flag, same_name, same_text. Of `differ`:
numbers_differ, ranges_differ, dates_differ, flags_differ, names_differ. Of `cannot_tell`:
other_subject, other_scope, denied, no_value, kinds_differ, texts_unclear, names_alike,
ambiguous_number, ambiguous_date, zone_missing, unit_missing, units_not_comparable,
currencies_differ, may_be_rounded, binary_or_decimal, near, overlapping.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import product
from typing import Literal, cast

from agents.coordinator.board import Claim
from agents.coordinator.claims.closeness import Found, compare_amounts
from agents.coordinator.claims.dates import Moment
from agents.coordinator.claims.nouns import listed
from agents.coordinator.claims.statements import Statement, statement_of
from agents.coordinator.claims.texts import same_name
from agents.coordinator.moves import Reason

Kind = Literal["agree", "differ", "cannot_tell"]

# Between the first place on earth where a day begins and the last.
WIDEST_ZONES = timedelta(hours=26)
SPANS = frozenset(listed("anomaly change delta difference drop gap increase rise tolerance"))
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
    if (only_a and only_b) or (found[0] == "differ" and (only_a or only_b)):
        return "cannot_tell", "other_scope"
    return found


def compare_values(a: Statement, b: Statement) -> Found:
    if a.says_nothing or b.says_nothing:
        return "cannot_tell", "no_value"
    if a.quantities and b.quantities:
        if a.words.exact == b.words.exact and a.unit == b.unit and a.subject.unit == b.subject.unit:
            return "agree", "same_number"
        spans = bool(a.subject.words & SPANS)
        pairs = product(a.quantities, b.quantities)
        return settled([compare_amounts(*pair, spans=spans) for pair in pairs], "ambiguous_number")
    if a.words.plain == b.words.plain and a.unit == b.unit and a.is_prose == b.is_prose:
        return "agree", "same_text"
    if a.moments and b.moments:
        pairs_of_moments = product(a.moments, b.moments)
        return settled([compare_moments(*pair) for pair in pairs_of_moments], "ambiguous_date")
    if a.flag and b.flag:
        return compare_flags(a, b)
    return compare_words(a, b)


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
    if a.flag[0] != b.flag[0] and a.subject.words & NEGATIVE:
        # Is "cache disabled: off" a cache that is off?
        return "cannot_tell", "kinds_differ"
    same = a.flag[1] == b.flag[1]
    return ("agree", "same_flag") if same else ("differ", "flags_differ")


def compare_words(a: Statement, b: Statement) -> Found:
    if a.quantities or b.quantities or a.flag or b.flag or a.moments or b.moments:
        return "cannot_tell", "kinds_differ"
    if a.is_prose or b.is_prose or not a.words.sort or a.words.sort != b.words.sort:
        return ("cannot_tell", "texts_unclear")
    same = same_name(a.words, b.words)
    if same is None:
        return "cannot_tell", "names_alike"
    return ("agree", "same_name") if same else ("differ", "names_differ")
