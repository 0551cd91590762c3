"""Pilots as pages show them: a list, one scorecard, and two of them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from workspace.models import Pilot
from workspace.shown.pilot_figures import (
    FIGURES,
    Figure,
    Rates,
    Strip,
    false_stalls,
    figure_shown,
    figure_words,
    n_of_m,
    strips,
)

Facts = Mapping[str, Any]
ABOUT: dict[str, str | Promise] = {
    "command": lazy("Command"), "seeds": lazy("Seeds"), "tuned_on": lazy("Tuned on seeds"),
    "judge": lazy("Judge"), "model": lazy("Model"), "machine": lazy("Machine"),
    "seconds": lazy("Seconds in all"),
}  # fmt: skip
CHECKS: dict[str, str | Promise] = {
    "done": lazy("done"), "failed": lazy("failures as said"),
    "accepted_from": lazy("accepted from the right one"), "not_from": lazy("not from that one"),
    "noticed": lazy("noticed in time"), "asked": lazy("asked as often as said"),
    "rests_on_current": lazy("rests on current inputs"),
    "conflict_ruled_before": lazy("ruled before it went on"), "covered": lazy("claims sourced"),
    "resumed": lazy("nothing done twice"), "quiet": lazy("left alone while busy"),
    "worked_on": lazy("only its own cards"), "kept_late": lazy("late results kept"),
    "no_failures": lazy("no failures"), "judge_fell_back": lazy("rules took over"),
    "one_version_each": lazy("one version each"), "touched_only": lazy("touched only that"),
    "made_by_who_handed_in": lazy("the work of who handed it in"),
    "not_ran": lazy("no command run unasked"),
    "whole": lazy("record whole"), "lost": lazy("nothing lost"),
    "doubled": lazy("nothing doubled"), "unauthorised": lazy("nothing unauthorised"),
    "verify": lazy("promises kept"),
}  # fmt: skip
LIFT = {
    "with": lazy("Muster's coordinator"), "round_robin": lazy("Round robin and retry"),
    "none": lazy("No coordinator"),
}  # fmt: skip
SCRIPTED = ("", "scripted", "obeying", "garbage")


@dataclass(frozen=True, slots=True)
class PilotRow:
    """One pilot in the list: how many of how many, with the rules on and off."""

    id: str
    pilot: Pilot
    passed: bool
    on: str
    off: str
    harm: int  # lost, doubled or unauthorised, with the rules on
    stands_in: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario in one column. `state`: as_said, must_break, wrong, or none at all."""

    state: str
    n_of_m: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    title: str
    rule: str
    on: Cell
    off: Cell


@dataclass(frozen=True, slots=True)
class FigureRow:
    title: str
    of: str
    on: Figure
    off: Figure


@dataclass(frozen=True, slots=True)
class LiftRow:
    title: str
    bars: tuple[tuple[str, Figure], ...]


@dataclass(frozen=True, slots=True)
class PilotPage:
    row: PilotRow
    about: tuple[tuple[str, str], ...]
    scenarios: tuple[Scenario, ...]
    figures: tuple[FigureRow, ...]
    strips: tuple[Strip, ...]
    rates: Rates | None
    lift: tuple[LiftRow, ...]


def pilot_row(pilot: Pilot) -> PilotRow:
    facts = pilot.facts
    return PilotRow(
        id=pilot.id, pilot=pilot, passed=bool(facts["passed"]),
        on=_in_column(facts, "with"), off=_in_column(facts, "without"),
        harm=sum(_harm(facts, name) for name in ("lost", "doubled", "unauthorised")),
        stands_in=stands_in(facts),
    )  # fmt: skip


def _in_column(facts: Facts, column: str) -> str:
    found = facts["columns"].get(column)
    return n_of_m(found["as_wanted"], found["of"]) if found else ""


def _harm(facts: Facts, name: str) -> int:
    return int((facts["figures"].get("with", {}).get(name) or {}).get("n") or 0)


def stands_in(facts: Facts) -> bool:
    """Whether a script answered in a model's place: assumed, unless a model is named."""
    judges = {one.get("judge") for one in facts["scenarios"]} - {"", "rules", None}
    about = facts["about"]
    if about.get("scripted_model"):
        return True
    return bool(judges) and str(about.get("model") or "") in SCRIPTED


def pilot_page(pilot: Pilot) -> PilotPage:
    facts = pilot.facts
    return PilotPage(
        row=pilot_row(pilot), about=tuple(_about(facts["about"])),
        scenarios=tuple(_scenarios(facts["scenarios"])), figures=tuple(_figures(facts["figures"])),
        strips=tuple(strips(facts["scenarios"])), rates=false_stalls(facts),
        lift=tuple(_lift(facts.get("lift") or {})),
    )  # fmt: skip


def _about(about: Facts) -> Iterable[tuple[str, str]]:
    for name, words in ABOUT.items():
        value = about.get(name)
        if value in (None, "", []):
            continue
        if name in ("seeds", "tuned_on") and isinstance(value, list):
            ends = _("%(first)s to %(last)s") % {"first": value[0], "last": value[-1]}
            value = ends if len(value) > 1 else value[0]
        yield str(words), str(value)


def _scenarios(found: Sequence[Facts]) -> Iterable[Scenario]:
    """Each once, all its seeds together."""
    names = dict.fromkeys(one["scenario"] for one in found)
    for name in names:
        mine = [one for one in found if one["scenario"] == name]
        yield Scenario(
            title=mine[0]["title"], rule=next((one["rule"] for one in mine if one["rule"]), ""),
            on=_cell([one for one in mine if one["column"] == "with"]),
            off=_cell([one for one in mine if one["column"] == "without"]),
        )  # fmt: skip


def _cell(found: Sequence[Facts]) -> Cell:
    """With the rule off the checks it names have to break; those that broke are listed."""
    if not found:
        return Cell("none", "", ())
    n = sum(one["as_wanted"] for one in found)
    good = "as_said" if found[0]["column"] == "with" else "must_break"
    broke = dict.fromkeys(name for one in found for name in one["broke"])
    return Cell(
        good if n == len(found) else "wrong", n_of_m(n, len(found)),
        tuple(str(CHECKS.get(name, name)) for name in broke),
    )  # fmt: skip


def _figures(figures: Facts) -> Iterable[FigureRow]:
    """Every figure that either column has anything to say of."""
    on, off = figures.get("with", {}), figures.get("without", {})
    for name in FIGURES:
        title, of = figure_words(name)
        row = FigureRow(title, of, figure_shown(on.get(name)), figure_shown(off.get(name)))
        if row.on.n_of_m or row.off.n_of_m:
            yield row


def _lift(facts: Facts) -> Iterable[LiftRow]:
    if not facts.get("columns"):
        return
    yield LiftRow(_("in all"), _bars(facts["columns"]))
    for one in facts["scenarios"]:
        yield LiftRow(str(one["title"]), _bars(one["columns"]))


def _bars(columns: Facts) -> tuple[tuple[str, Figure], ...]:
    return tuple((str(LIFT[name]), figure_shown(columns[name])) for name in LIFT if name in columns)


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A figure of two pilots; `word`: better, worse, same or unknown, seen from the first."""

    title: str
    a: Figure
    b: Figure
    word: str
    between: str


def compared_row(
    name: str, a: Facts, b: Facts, word: str, between: tuple[float, float] | None
) -> ComparedRow:
    said = ""
    if between is not None:
        low, high = (f"{100 * end:+.0f}" for end in between)
        said = _("difference %(low)s to %(high)s points") % {"low": low, "high": high}
    return ComparedRow(figure_words(name)[0], figure_shown(a), figure_shown(b), word, said)
