"""Why two claims cannot both hold."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

CLAIMS: dict[str, str | Promise] = {
    "numbers_differ": lazy("“%(a)s” and “%(b)s” are two different amounts of one thing."),
    "ranges_differ": lazy("“%(a)s” and “%(b)s” have nothing in common."),
    "dates_differ": lazy("“%(a)s” and “%(b)s” are two different times for one thing."),
    "flags_differ": lazy("One says “%(a)s”, the other “%(b)s”: it is either so or not."),
    "names_differ": lazy("“%(a)s” and “%(b)s” are two different names for one thing."),
    "contradicts_ruling": lazy(
        "It contradicts a ruling: “%(a)s” was ruled, and later “%(b)s” was said."
    ),
    "person_told_apart": lazy("A person looked and found that they disagree."),
    "judge_told_apart": lazy("The judge (%(judge)s) reads them as saying two different things."),
    "no_longer_disagree": lazy("What disagreed does not stand any more."),
    "no_longer_in_doubt": lazy("What was in doubt is decided, or does not stand any more."),
    # Why a person should look: no rule tells these apart.
    "ambiguous_date": lazy("“%(a)s” and “%(b)s”: one of these dates can be read in two ways."),
    "ambiguous_number": lazy("“%(a)s” and “%(b)s”: one of these numbers can be read in two ways."),
    "denied": lazy("“%(a)s” and “%(b)s”: one of the texts says that something is not so."),
    "kinds_differ": lazy("“%(a)s” and “%(b)s” are two kinds of answer to one question."),
    "names_alike": lazy("“%(a)s” and “%(b)s” may be two names for one thing."),
    "near": lazy("“%(a)s” and “%(b)s” are near each other, and one of them is rough."),
    "other_scope": lazy("“%(a)s” and “%(b)s”, but one text narrows what it is about."),
    "texts_narrow": lazy("“%(a)s” and “%(b)s”, but the texts may speak of two cases."),
    "unit_missing": lazy("“%(a)s” and “%(b)s”: one of them has no unit."),
}
