"""A scorecard as Markdown: both columns of every scenario, and every figure as n of m."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Facts = Mapping[str, Any]


def as_markdown(card: Facts) -> str:
    """From a scorecard's `data()`; what was never seen is left out."""
    return "\n".join([*_scenarios(card["scenarios"]), "", *_figures(card), *_virtual(card), ""])


def _scenarios(found: Iterable[Facts]) -> Iterable[str]:
    yield "| scenario | with its rule | rule off |"
    yield "|---|---|---|"
    rows: dict[str, list[Facts]] = {}
    for one in found:
        rows.setdefault(one["scenario"], []).append(one)
    for mine in rows.values():
        rule = next((one["rule"] for one in mine if one["rule"]), "")
        off = _column(mine, "without", "broke as it must")
        told = f"{off} ({rule} off)" if rule and off != "not run" else off
        yield f"| {_cell(mine[0]['title'])} | {_column(mine, 'with', 'as said')} | {_cell(told)} |"


def _column(found: Iterable[Facts], column: str, word: str) -> str:
    mine = [one for one in found if one["column"] == column]
    if not mine:
        return "not run"
    n = sum(one["as_wanted"] for one in mine)
    broke = ", ".join(dict.fromkeys(name for one in mine for name in one["broke"]))
    return f"{word} {n} of {len(mine)}" + (f"; broke: {broke}" if broke else "")


def _figures(card: Facts) -> Iterable[str]:
    on = card["figures"].get("with", {})
    off = card["figures"].get("without", {})
    yield "| figure | with the rules | 95 % interval, or the most | rules off |"
    yield "|---|---:|---:|---:|"
    for name in dict.fromkeys([*on, *off]):
        here, there = figure(on.get(name)), figure(off.get(name))
        if here[0] or there[0]:
            words = name.replace("_", " ")
            yield f"| {words} | {here[0] or 'none seen'} | {here[1]} | {there[0] or 'none seen'} |"


def figure(facts: Facts | None) -> tuple[str, str]:
    """(the figure with its denominator, how sure it is); empty where nothing was seen."""
    if not facts or not (facts["of"] if facts["kind"] == "share" else facts["n"]):
        return "", ""
    if facts["kind"] == "share":
        sure = f"{100 * facts['low']:.1f} to {100 * facts['high']:.1f} %"
        return f"{facts['n']} of {facts['of']}", sure
    if facts["kind"] == "measure":
        middle = f"p50 {facts['p50']:g} {facts['unit']}, n {facts['n']}"
        return middle, f"p95 {facts['p95']:g}, most {facts['max']:g}"
    return f"{facts['sum']:g} {facts['unit']} in {facts['n']} of {facts['of']}", ""


def _virtual(card: Facts) -> Iterable[str]:
    found = card.get("virtual") or {}
    if not found.get("runs"):
        return
    low, high = (100 * float(end) for end in found["interval"])
    told = f"{found.get('marked_stale', 0)} of {found['runs']} healthy runs called silent"
    away = f"{found.get('taken_away', 0)} taken away"
    yield ""
    yield f"In virtual time: {told} ({low:.2f} to {high:.2f} %), {away}."


def _cell(words: str) -> str:
    return words.replace("|", "/").replace("\n", " ")
