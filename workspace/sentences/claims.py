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
    "judge_told_apart": lazy("The judge (%(judge)s) reads them as saying two different things."),
    "no_longer_disagree": lazy("What disagreed does not stand any more."),
}
