"""The packages a library imports or asks for, from its syntax trees and its metadata."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from agents.demo.findings import File, Finding, Place, Result, csv_of
from agents.demo.library import Library, Text
from agents.demo.run import Run

INDEX = "deps-index.json"
COLUMNS = ("package", "pin", "latest_known", "stale", "file", "line", "imported_in")
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*(?:==\s*([\w.]+))?")


@dataclass(frozen=True)
class Dependency:
    """`pin` and `latest` are empty where there is none. `stale` is yes, no or unknown."""

    package: str
    pin: str
    latest: str
    stale: str
    place: Place
    imported_in: str


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imports_of(module: Text) -> Iterator[tuple[str, int]]:
    """Every top-level name the module imports from elsewhere, with its line."""
    for node in ast.walk(ast.parse(module.text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0], node.lineno


def imported(library: Library) -> dict[str, Place]:
    """The first import of each package that is neither Python's nor the library's own."""
    own = {library.package} | sys.stdlib_module_names
    first: dict[str, Place] = {}
    for module in library.modules():
        for name, line in imports_of(module):
            if name not in own:
                first.setdefault(normal(name), module.place(line))
    return first


def asked_for(library: Library) -> dict[str, tuple[str, Place]]:
    """The version each package is pinned to (or nothing), with the line that says so."""
    metadata = library.read("pyproject.toml")
    optional = library.project.get("optional-dependencies", {}).values()
    listed = [*library.project.get("dependencies", []), *(r for group in optional for r in group)]
    wanted: dict[str, tuple[str, Place]] = {}
    for requirement in listed:
        match = REQUIREMENT.match(requirement)
        if match:
            place = metadata.place(metadata.line_with(requirement))
            wanted[normal(match[1])] = (match[2] or "", place)
    return wanted


def latest_known(library: Library) -> dict[str, str]:
    """The newest versions by the index the library carries; no network is asked."""
    if not library.has(INDEX):
        return {}
    latest = json.loads(library.read(INDEX).text).get("latest", {})
    return {normal(name): str(version) for name, version in latest.items()}


def is_stale(pin: str, latest: str) -> str:
    try:
        ours, newest = ([int(part) for part in version.split(".")] for version in (pin, latest))
    except ValueError:  # no pin, not in the index, or not a plain version
        return "unknown"
    return "yes" if ours < newest else "no"


def dependencies_of(library: Library) -> list[Dependency]:
    wanted, used, latest = asked_for(library), imported(library), latest_known(library)
    found = []
    for package in sorted(wanted.keys() | used.keys()):
        pin, place = wanted.get(package) or ("", used[package])
        newest = latest.get(package, "")
        where = str(used[package]) if package in used else ""
        found.append(Dependency(package, pin, newest, is_stale(pin, newest), place, where))
    return found


def finding_of(row: Dependency) -> Finding:
    known = {"yes": f"; {row.latest} is out, so the pin is stale", "no": ", the newest known"}
    text = f"{row.package} is pinned to {row.pin}{known.get(row.stale, '')}."
    if not row.pin:
        text = f"{row.package} is used without a pin."
    return Finding(f"dependency.{row.package}.pin", row.pin or "none", text, (row.place,))


def list_dependencies(run: Run, library: Library) -> Result:
    """The dependency table of the library as a card's result."""
    for number, module in enumerate(library.modules(), start=1):
        names = sorted({name for name, _ in imports_of(module)})
        run.step(10 * number, f"Reading the imports of {module.name}", did=", ".join(names))
    run.step(60, "Reading pyproject.toml", did=f"{len(asked_for(library))} packages asked for")
    rows = dependencies_of(library)
    stale = [row for row in rows if row.stale == "yes"]
    run.step(80, f"Comparing with {INDEX}", did=f"{len(stale)} stale of {len(rows)}")
    table = csv_of(
        COLUMNS,
        [
            (r.package, r.pin, r.latest, r.stale, r.place.file, r.place.line, r.imported_in)
            for r in rows
        ],
    )
    told = ", ".join(f"`{row.package}` ({row.pin}, newest {row.latest})" for row in stale)
    return Result(
        summary_md=f"{len(rows)} packages; stale: {told or 'none'}.",
        files=(File("dependencies.csv", "text/csv", table),),
        findings=tuple(finding_of(row) for row in rows),
    )
