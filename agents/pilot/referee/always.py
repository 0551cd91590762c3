"""What holds in every scenario: nothing lost, nothing doubled, the record whole, no promise broken.

`unauthorised` is beside it, with its table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from agents.pilot.referee.accounts import accounts
from agents.pilot.referee.authority import OF_PEOPLE
from agents.pilot.referee.outcome import Outcome
from agents.pilot.referee.reading import ENDED, Case, Line

Found = list[dict[str, Any]]


def whole(case: Case) -> Outcome:
    """The record itself: events numbered without a gap and chained, no log line twice."""
    problems = [*_numbering(case), *_against_the_export(case), *_lines(case)]
    evidence = {"events": len(case.events), "lines": len(case.lines), "problems": problems[:20]}
    return Outcome("whole", not problems, evidence)


def _numbering(case: Case) -> Iterable[str]:
    before = ""
    for number, event in enumerate(case.events, start=1):
        if event.seq != number:
            yield f"event {event.seq} stands where {number} belongs"
            return
        if event.prev_hash != before:
            yield f"event {event.seq} does not follow the one before it"
            return
        before = event.hash


def _against_the_export(case: Case) -> Iterable[str]:
    export = case.record["export"]
    hashes = [str(one["hash"]) for one in export.get("events") or ()]
    ours = [event.hash for event in case.events]
    if ours[: len(hashes)] != hashes[: len(ours)]:
        yield "events and export tell of different events"
    head = int((export.get("room") or {}).get("head") or 0)
    if len(case.events) < max(head, len(hashes)):
        yield f"{max(head, len(hashes)) - len(case.events)} of the newest events are missing"


def _lines(case: Case) -> Iterable[str]:
    seen = Counter(repr(sorted(line.facts.items(), key=str)) for line in case.lines)
    if again := sum(n - 1 for n in seen.values()):
        yield f"{again} log lines stand there twice"
    numbers: dict[str, list[int]] = {}
    for line in case.lines:
        if isinstance(line.facts.get("n"), int):
            numbers.setdefault(line.agent, []).append(int(line.facts["n"]))
    for agent, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"the log of {agent} has a gap"


def verified(case: Case) -> Outcome:
    """`manage.py verify` found nothing after the run."""
    breaches = case.record.get("verify")
    is_clean = breaches is not None and not breaches
    return Outcome("verify", is_clean, {"breaches": breaches if breaches else []})


def lost(case: Case) -> Outcome:
    """Whatever the workspace answered with success is there afterwards, once and whole."""
    found: Found = []
    results, missing = _results_lost(case)
    found += missing
    acts = [act for act in case.acts if act.got_through and act.did in OF_PEOPLE]
    found += [{"what": act.did, "on": act.on} for act in acts if not _is_on_record(case, act)]
    steps = 0
    for run, account in accounts(case).items():
        steps += len(account.told)
        n = max(account.events_lost, 0 if _was_cut_off(case, run) else account.steps_lost)
        found += [{"what": "events", "run_id": run, "n": n}] if n else []
    of = results + len(acts) + steps
    n = sum(int(one.get("n", 1)) for one in found)
    return Outcome("lost", not found, {"lost": n, "of": of, "what": found[:20]})


def _results_lost(case: Case) -> tuple[int, Found]:
    found: Found = []
    lines = [line for line in case.said("handed_in") if line.facts.get("sha256")]
    answered = [line for line in lines if line.got_through or line.facts.get("kept")]
    for line in answered:
        why = _is_kept(case, line) if not line.got_through else _is_a_version(case, line)
        if why:
            told = {"what": "result", "run_id": line.run_id, "why": why}
            found.append({**told, "sha256": line.facts["sha256"]})
    return len(answered), found


def _is_a_version(case: Case, line: Line) -> str:
    """Why what was taken with success is no version with these bytes; empty if it is one."""
    versions = [one for one in case.versions.values() if one["run_id"] == line.run_id]
    if any(line.facts["sha256"] in shas(version) for version in versions):
        return ""
    if not versions and _was_refused_on_record(case, line.run_id):
        return ""
    return "other_bytes" if versions else "no_version"


def _was_refused_on_record(case: Case, run_id: str) -> bool:
    """Told to be empty, and so on the card for everybody to see: refused, not lost."""
    return any(
        event.run_id == run_id and event.data.get("failure") == "empty_completion"
        for event in case.of_type("run.failed")
    )


def _is_kept(case: Case, line: Line) -> str:
    kept = any(
        event.run_id == line.run_id and event.data.get("kept")
        for event in case.of_type("run.write_refused")
    )
    return "" if kept else "not_kept"


def _was_cut_off(case: Case, run_id: str) -> bool:
    """Steps past a budget are not counted, and the run ends with that."""
    return any(
        event.run_id == run_id and event.data.get("failure") == "over_budget"
        for event in case.of_type("run.failed")
    )


def _is_on_record(case: Case, act: Any) -> bool:
    return any(
        act.on in (event.data.get("deliverable_id"), event.data.get("conflict_id"))
        for event in case.of_type(*OF_PEOPLE[act.did])
    )


def doubled(case: Case) -> Outcome:
    """Nothing that was sent once counts twice, and nothing is there that nobody sent."""
    found: Found = []
    per_run = Counter(one["run_id"] for one in case.versions.values())
    found += [{"what": "version", "run_id": run, "n": n - 1} for run, n in per_run.items() if n > 1]
    ends = Counter(event.run_id for event in case.of_type("run.submitted"))
    found += [{"what": "submitted", "run_id": run, "n": n - 1} for run, n in ends.items() if n > 1]
    found += _from_nowhere(case)
    found += _standing_twice(case)
    found += _at_work_twice(case)
    counted = 0
    for run, account in accounts(case).items():
        counted += account.counted
        n = max(account.events_doubled, account.steps_doubled)
        found += [{"what": "events", "run_id": run, "n": n}] if n else []
    n = sum(int(one.get("n", 1)) for one in found)
    of = len(case.versions) + counted
    return Outcome("doubled", not found, {"doubled": n, "of": of, "what": found[:20]})


def _from_nowhere(case: Case) -> Found:
    """Versions of agents that their own logs know nothing of."""
    handed: dict[str, set[str]] = {}
    for line in case.said("handed_in"):
        card = case.card_of.get(line.run_id, "")
        handed.setdefault(card, set()).add(str(line.facts.get("sha256") or ""))
    return [
        {"what": "from_nowhere", "deliverable_id": version["id"]}
        for version in case.versions.values()
        if case.worker_of.get(version["run_id"]) in case.observed
        and not handed.get(version["card_id"], set()) & shas(version)
    ]


def _standing_twice(case: Case) -> Found:
    standing = Counter(
        one["card_id"] for one in case.versions.values() if one["state"] == "accepted"
    )
    return [{"what": "accepted", "card_id": card, "n": n - 1}
            for card, n in standing.items() if n > 1]  # fmt: skip


def _at_work_twice(case: Case) -> Found:
    """Two live runs of one card at once, independent runs aside."""
    found: Found = []
    live: dict[tuple[str, Any], set[str]] = {}
    for event in case.events:
        if not event.run_id or "run_state" not in event.data:
            continue
        place = (event.card_id, case.runs.get(event.run_id, {}).get("slot", 1))
        runs = live.setdefault(place, set())
        if event.data["run_state"] in ENDED:
            runs.discard(event.run_id)
        elif event.type == "run.queued":
            found += [{"what": "at_work", "run_id": event.run_id}] if runs else []
            runs.add(event.run_id)
    return found


def shas(version: Any) -> set[str]:
    return {str(file["sha256"]) for file in version.get("files") or ()}
