"""Checks about what was handed in: its sources, and what a revision left alone."""

from __future__ import annotations

from typing import Any

from agents.pilot.referee.outcome import Missing, Outcome
from agents.pilot.referee.reading import Case, texts
from agents.pilot.referee.style import hunks

Seen = dict[str, Any]


def covered(case: Case, given: Any) -> Outcome:
    """Every claim of what was accepted names a source."""
    seen = {name: coverage(case.accepted(case.card(name))) for name in texts(given)}
    ok = all(n == of and of for n, of in seen.values())
    return Outcome("covered", ok, {"named": {name: list(one) for name, one in seen.items()}})


def coverage(version: Any) -> tuple[int, int]:
    """(claims that a source of the version supports, claims), from its manifest."""
    if version is None:
        return 0, 0
    manifest = version.get("manifest") or {}
    supported = {
        str(ref) for one in manifest.get("sources") or () for ref in one.get("supports") or ()
    }
    claims = [str(one["id"]) for one in manifest.get("claims") or ()]
    return sum(ref in supported for ref in claims), len(claims)


def touched_only(case: Case, given: Any) -> Outcome:
    """What was accepted differs from what it revised in these lines of this file and no others."""
    seen = {name: _touched(case, case.card(name), wanted) for name, wanted in given.items()}
    return Outcome("touched_only", all(not one["outside"] for one in seen.values()), {"seen": seen})


def _touched(case: Case, card_id: str, wanted: Any) -> Seen:
    before, after = texts_of(case, case.accepted(card_id))
    allowed = lines_of(wanted["lines"])
    changed, outside = 0, list[str]()
    for file in sorted(set(before) | set(after)):
        for hunk in hunks(before.get(file, ""), after.get(file, "")):
            changed += len(hunk.lines)
            within = allowed if file == wanted["file"] else set[int]()
            outside += [f"{file}:{line}" for line in hunk.outside(within)]
    return {"changed": changed, "outside": outside if changed else ["unchanged"]}


def texts_of(case: Case, version: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The files a version started from and its own. Raises Missing where they were not kept."""
    if version is None:
        raise Missing("version", "accepted")
    before = (case.record.get("bases") or {}).get(version["id"])
    after = (case.record.get("files") or {}).get(version["id"])
    if before is None or after is None:
        raise Missing("files", str(version["id"]))
    return dict(before), dict(after)


def lines_of(said: Any) -> set[int]:
    """Numbers, or ranges such as "12-15"."""
    found: set[int] = set()
    for one in [said] if isinstance(said, int | str) else said:
        first, _, last = str(one).partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found
