"""A scorecard's figures in words and marks. Numbers are n of m; pictures are in percent of their
width, so that nothing in them shrinks on a small screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

Facts = Mapping[str, Any]
# Name → what it is called, and what it is counted of or from.
FIGURES: dict[str, tuple[str | Promise, str | Promise]] = {
    "task_success": (lazy("Cards done that ought to be"), lazy("of those in the scenarios' files")),
    "lost": (lazy("Results lost"), lazy("of what was answered with success")),
    "doubled": (lazy("Results doubled"), lazy("of versions and steps, by agents' logs")),
    "unauthorised": (lazy("Unauthorised effects"), lazy("of events, by who may cause what")),
    "noticed_silent_after": (lazy("Silence noticed"), lazy("from the agent's own last call")),
    "noticed_lease": (lazy("Taken away for silence"), lazy("from the agent's own last call")),
    "noticed_ack_within": (lazy("No answer noticed"), lazy("from the order's arrival")),
    "false_stalls": (lazy("Healthy runs called silent"), lazy("of runs never silent by their log")),
    "recovered": (lazy("Failed runs whose card is done"), lazy("of runs failed or declined")),
    "recovery": (lazy("From a failure to the next result"), lazy("at full speed")),
    "rolled_back": (lazy("Acceptances taken back"), lazy("of acceptances")),
    "rounds": (lazy("Verdicts a card takes"), lazy("of cards accepted")),
    "review": (lazy("From opening to the verdict"), lazy("at full speed; a script reviews")),
    "commands_stopped": (lazy("Unsafe commands stopped"), lazy("of those refused or run anyway")),
    "commands_ran_unasked": (lazy("Commands run without a yes"), lazy("of commands really run")),
    "covered": (lazy("Claims that name a source"), lazy("of claims of accepted versions")),
    "text_kept": (lazy("Words a revision left alone"), lazy("of the words it revised")),
    "lines_outside_scope": (lazy("Lines outside the scope"), lazy("of changed lines of code")),
    "formatter_only": (lazy("Changes of looks alone"), lazy("of changed places in code")),
    "new_dependencies": (lazy("Revisions with a new dependency"), lazy("of revisions")),
    "tokens": (lazy("Tokens"), lazy("of what the model took")),
    "usd": (lazy("Cost"), lazy("of what the model took")),
}  # fmt: skip
UNITS = {"limits": "×", "s": "s", "min": "min", "verdicts": "", "tokens": "", "USD": "USD"}


@dataclass(frozen=True, slots=True)
class Figure:
    """`n_of_m` in words; `sure`: its interval, or how it is spread. Empty: nothing was seen."""

    n_of_m: str
    sure: str = ""
    bar: Interval | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A dot in a pale bar, in percent of the width."""

    at: float
    low: float
    wide: float


def figure_words(name: str) -> tuple[str, str]:
    title, of = FIGURES.get(name, (name.replace("_", " "), ""))
    return str(title), str(of)


def figure_shown(facts: Facts | None) -> Figure:
    if not facts:
        return Figure("")
    shown = {"share": _share, "measure": _measure, "total": _total}[facts["kind"]]
    return shown(facts)


def _share(facts: Facts) -> Figure:
    n, of = facts["n"], facts["of"]
    if not of:
        return Figure("")
    low, high = 100 * facts["low"], 100 * facts["high"]
    bar = Interval(round(100 * n / of, 2), round(low, 2), round(max(high - low, 0.6), 2))
    return Figure(n_of_m(n, of), percent_range(low, high), bar)


def _measure(facts: Facts) -> Figure:
    if not facts["n"]:
        return Figure("")
    unit = UNITS.get(facts["unit"], facts["unit"])
    middle = _("half within %(p50)s %(unit)s") % {"p50": number(facts["p50"]), "unit": unit}
    most = _("most %(max)s %(unit)s, n %(n)s") % {
        "max": number(facts["max"]), "unit": unit, "n": facts["n"],
    }  # fmt: skip
    return Figure(" ".join(middle.split()), " ".join(most.split()).replace(" ,", ","))


def _total(facts: Facts) -> Figure:
    if not facts["n"]:
        return Figure("")
    unit = UNITS.get(facts["unit"], facts["unit"])
    said = f"{number(facts['sum'])} {unit}".strip()
    return Figure(said, _("counted in %(n)s of %(of)s") % {"n": facts["n"], "of": facts["of"]})


def n_of_m(n: int, of: int) -> str:
    return _("%(n)s of %(of)s") % {"n": n, "of": of}


def percent_range(low: float, high: float) -> str:
    return _("%(low)s to %(high)s %%") % {"low": _percent(low), "high": _percent(high)}


def _percent(share: float) -> str:
    return f"{share:.0f}" if share in (0, 100) or 10 <= share <= 90 else f"{share:.1f}"


def number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}".replace(",", " ")
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


@dataclass(frozen=True, slots=True)
class Strip:
    """Every silence as a mark, in multiples of its limit; `lines`: the limit, and the promise."""

    title: str
    marks: tuple[tuple[float, str], ...]  # (place, words)
    limit_at: float
    bar_at: float
    words: str


LIMITS = {
    "silent_after": lazy("Silence noticed"),
    "lease": lazy("Taken away for silence"),
    "ack_within": lazy("No answer noticed"),
}
PROMISED = 1.2  # a silent agent is noticed within so many times its limit


def strips(scenarios: Sequence[Facts]) -> list[Strip]:
    """One for each limit that was ever over, with the rules on."""
    on = [one for one in scenarios if one["column"] == "with"]
    found = []
    for limit, title in LIMITS.items():
        seen = [
            (value, f"{one['title']}: {value:.2f} ×")
            for one in on
            for value in one["counts"]["samples"].get(f"noticed_{limit}", ())
        ]
        if seen:
            found.append(_strip(str(title), seen))
    return found


def _strip(title: str, seen: list[tuple[float, str]]) -> Strip:
    values = sorted(value for value, _ in seen)
    wide = max(1.4, values[-1] * 1.05)
    words = _("%(within)s of %(n)s within 1.2 × the limit; half within %(p50)s ×, most %(max)s ×")
    told = {
        "within": sum(value <= PROMISED for value in values), "n": len(values),
        "p50": f"{values[len(values) // 2]:.2f}", "max": f"{values[-1]:.2f}",
    }  # fmt: skip
    marks = tuple((round(100 * value / wide, 2), said) for value, said in seen)
    return Strip(title, marks, round(100 / wide, 2), round(100 * PROMISED / wide, 2), words % told)


@dataclass(frozen=True, slots=True)
class Rate:
    """A small share on an axis of its own: false stalls against the one in a hundred allowed."""

    title: str
    words: str
    bar: Interval


@dataclass(frozen=True, slots=True)
class Rates:
    rows: tuple[Rate, ...]
    bound_at: float


ALLOWED = 0.01  # of healthy runs may be taken away


def false_stalls(facts: Facts) -> Rates | None:
    """In real time by the pilot itself, and in virtual time by the figures handed in."""
    rows: list[tuple[str, int, int, float, float]] = []
    real = facts["figures"].get("with", {}).get("false_stalls")
    if real and real["of"]:
        title = _("Pilot, real time")
        rows.append((title, real["n"], real["of"], real["low"], real["high"]))
    virtual = facts.get("virtual") or {}
    if virtual.get("runs"):
        low, high = virtual["interval"]
        wrong = int(virtual.get("taken_away") or 0)
        rows.append((_("Virtual time, heavy tails"), wrong, virtual["runs"], low, high))
    if not rows:
        return None
    wide = max(2 * ALLOWED, max(high for *_, high in rows) * 1.05)
    return Rates(tuple(_rate(*row, wide) for row in rows), round(100 * ALLOWED / wide, 2))


def _rate(title: str, n: int, of: int, low: float, high: float, wide: float) -> Rate:
    bar = Interval(
        round(100 * n / of / wide, 2), round(100 * low / wide, 2),
        round(max(100 * (high - low) / wide, 0.6), 2),
    )  # fmt: skip
    return Rate(title, f"{n_of_m(n, of)}, {percent_range(100 * low, 100 * high)}", bar)
