"""A scorecard in words, for the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]
COLUMNS = {
    "with": "as it is",
    "without": "rule off",
    "round_robin": "round robin",
    "none": "none",
}


def as_text(card: Facts) -> str:
    """Scenario by scenario in its columns, then every figure with its denominator."""
    about = card["about"]
    columns = [name for name in COLUMNS if name in card["columns"]]
    lines = [
        f"Pilot at commit {about['commit'] or 'unknown'}, judge: {about['judge']}, "
        f"seeds: {', '.join(map(str, about['seeds']))}, {about['machine']}, "
        f"{about['seconds']} s. {about['source'].capitalize()}.",
        "",
        row("", *(COLUMNS[name] for name in columns)),
    ]
    names = {one["scenario"]: one["title"] for one in card["scenarios"]}
    for name in names:
        mine = [one for one in card["scenarios"] if one["scenario"] == name]
        lines.append(row(name, *(cell(mine, column) for column in columns)))
    lines += ["", row("", *(COLUMNS[name] for name in columns))]
    for figure in card["figures"].get("with", {}):
        told = [value(card["figures"][column][figure]) for column in columns]
        lines.append(row(figure.replace("_", " "), *told))
    lines += virtual(card["virtual"])
    lines += ["", "Passed." if card["passed"] else "Not passed:"]
    lines += [f"  {one}" for one in complaints(card)]
    return "\n".join(lines) + "\n"


def row(name: str, *cells: str) -> str:
    return name.ljust(26) + "".join(cell.ljust(22) for cell in cells).rstrip()


def cell(verdicts: list[Facts], column: str) -> str:
    """How a scenario came out in one column, over its seeds."""
    mine = [one for one in verdicts if one["column"] == column]
    right = sum(one["as_wanted"] for one in mine)
    word = "breaks" if column == "without" else "holds"
    if right == len(mine):
        return word if len(mine) == 1 else f"{word} {right} of {len(mine)}"
    return f"{word} {right} of {len(mine)} !"


def value(figure: Facts) -> str:
    if figure["kind"] == "share":
        return f"{figure['n']} of {figure['of']}"
    if figure["kind"] == "total":
        return f"{figure['sum']} ({figure['n']} of {figure['of']})" if figure["n"] else "not told"
    if not figure["n"]:
        return "none seen"
    return f"p50 {figure['p50']}, max {figure['max']} {figure['unit']} (n {figure['n']})"


def virtual(found: Facts) -> list[str]:
    """False stalls in virtual time, where they were measured."""
    if not found.get("runs"):
        return []
    low, high = (round(100 * one, 2) for one in found["interval"])
    return [
        "",
        f"False stalls in virtual time: {found['taken_away']} of {found['runs']} healthy runs "
        f"taken away (95 % interval {low} to {high} %), {found['marked_stale']} marked silent; "
        f"seeds {found['seeds'][0]} to {found['seeds'][-1]}. Of {found['silent']} silent runs "
        f"{found['noticed']} noticed, at the latest after {found['noticed_after']['max']} of the "
        "lease.",
    ]


def complaints(card: Facts) -> list[str]:
    """What did not come out as the scenarios' files say."""
    found = []
    for one in card["scenarios"]:
        if one["as_wanted"] or one["column"] not in ("with", "without"):
            continue
        if one["column"] == "with":
            said = f"did not hold: {', '.join(one['broke'])}"
        else:
            missing = sorted(set(one["breaks"]) - set(one["broke"]))
            said = f"held without its rule: {', '.join(missing)}"
        found.append(f"{one['scenario']} ({COLUMNS[one['column']]}, seed {one['seed']}): {said}")
    return found
