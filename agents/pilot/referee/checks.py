"""What a scenario's file may expect: each check by its name, with what it was given.

A check answers from the record alone, with the figures it was decided on. A name that is not in
the table is an error of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agents.pilot.referee import checks_hands, checks_order, checks_text
from agents.pilot.referee.always import doubled, lost, verified, whole
from agents.pilot.referee.outcome import Missing, Outcome, UnknownCheck
from agents.pilot.referee.reading import Case, texts
from agents.pilot.referee.unauthorised import unauthorised

Check = Callable[[Case, Any], Outcome]


def done(case: Case, given: Any) -> Outcome:
    """These cards are done, each by a version that a person accepted and that stands."""
    said = {name: case.cards.get(case.card(name), {}).get("status") for name in texts(given)}
    standing = {name: case.accepted(case.card(name)) is not None for name in said}
    n = sum(said[name] == "done" and standing[name] for name in said)
    return Outcome("done", n == len(said), {"done": n, "of": len(said), "status": said})


def failed(case: Case, given: Any) -> Outcome:
    """The runs of these cards failed in exactly these ways, in this order."""
    seen = {name: _failures(case, case.card(name)) for name in given}
    wanted = {name: texts(kinds) for name, kinds in given.items()}
    ok = all(seen[name] == list(wanted[name]) for name in wanted)
    return Outcome("failed", ok, {"seen": seen, "wanted": wanted})


def _failures(case: Case, card_id: str) -> list[str]:
    found = [event for event in case.of_type("run.failed") if event.card_id == card_id]
    return [str(event.data.get("failure")) for event in found]


def accepted_from(case: Case, given: Any) -> Outcome:
    """Whose version of each card was accepted."""
    seen = {name: _maker(case, case.card(name)) for name in given}
    wanted = {name: case.agent(agent) for name, agent in given.items()}
    return Outcome("accepted_from", seen == wanted, {"seen": seen, "wanted": wanted})


def not_from(case: Case, given: Any) -> Outcome:
    """Each card was accepted, and not from this agent."""
    seen = {name: _maker(case, case.card(name)) for name in given}
    ok = all(seen[name] and seen[name] != case.agent(agent) for name, agent in given.items())
    return Outcome("not_from", ok, {"seen": seen})


def _maker(case: Case, card_id: str) -> str | None:
    version = case.accepted(card_id)
    return case.worker_of.get(version["run_id"]) if version else None


def asked(case: Case, given: Any) -> Outcome:
    """How often people were asked about each card, hand-offs included."""
    kinds = ("ask.opened", "ask.raised", "card.handed_over")
    seen = {}
    for name in given:
        card = case.card(name)
        seen[name] = len({e.data["ask_id"] for e in case.of_type(*kinds) if e.card_id == card})
    ok = all(seen[name] == int(n) for name, n in given.items())
    return Outcome("asked", ok, {"seen": seen, "wanted": dict(given)})


def resumed(case: Case, given: Any) -> Outcome:
    """More than one attempt worked on these cards, and no piece of work was done twice."""
    seen: dict[str, Any] = {}
    for name in texts(given):
        lines = case.said("did", card_id=case.card(name))
        steps = [str(line.facts["step"]) for line in lines]
        seen[name] = {
            "attempts": len({line.run_id for line in lines}),
            "steps": len(set(steps)),
            "again": sorted({step for step in steps if steps.count(step) > 1}),
        }
    ok = all(one["attempts"] > 1 and not one["again"] for one in seen.values())
    return Outcome("resumed", ok, {"seen": seen})


def worked_on(case: Case, given: Any) -> Outcome:
    """Exactly these cards came to each agent, by the events and by its own log."""
    seen: dict[str, Any] = {}
    ok = True
    for name, cards in given.items():
        agent = case.agent(name)
        wanted = {case.card(card) for card in texts(cards)}
        by_events = {case.card_of[run] for run, worker in case.worker_of.items() if worker == agent}
        by_log = {line.card_id for line in case.said("order", agent=agent)}
        ok = ok and by_events == wanted == by_log
        seen[name] = {"events": sorted(by_events), "log": sorted(by_log), "wanted": sorted(wanted)}
    return Outcome("worked_on", ok, {"seen": seen})


def kept_late(case: Case, given: Any) -> Outcome:
    """So many results came too late and were kept, by the agents' logs and by the events."""
    by_log = {line.run_id for line in case.said("handed_in") if line.facts.get("kept")}
    refused = case.of_type("run.write_refused")
    by_events = {event.run_id for event in refused if event.data.get("kept")}
    ok = len(by_log) == len(by_events) == int(given) and by_log == by_events
    evidence = {"log": len(by_log), "events": len(by_events), "wanted": int(given)}
    return Outcome("kept_late", ok, evidence)


def no_failures(case: Case, given: Any) -> Outcome:
    """No run failed, or was declined."""
    found = case.of_type("run.failed", "run.declined")
    evidence = {"failures": len(found), "of": len(case.worker_of)}
    return Outcome("no_failures", (not found) is bool(given), evidence)


def judge_fell_back(case: Case, given: Any) -> Outcome:
    """The room itself said that the rules took over from the model, and why."""
    asked_for = str(case.record.get("judge") or "")
    said = [
        event.data
        for event in case.of_type("room.judge_changed")
        if event.data.get("judge") == "rules" and event.data.get("note")
    ]
    ok = bool(said and asked_for != "rules") is bool(given)
    evidence = {"judge": asked_for, "said": len(said), "note": said[-1]["note"] if said else {}}
    return Outcome("judge_fell_back", ok, evidence)


def one_version_each(case: Case, given: Any) -> Outcome:
    """Each of these cards has one version, no more and no less."""
    seen = {name: len(case.versions_of(case.card(name))) for name in texts(given)}
    return Outcome("one_version_each", all(n == 1 for n in seen.values()), {"versions": seen})


CHECKS: dict[str, Check] = {
    "done": done,
    "failed": failed,
    "accepted_from": accepted_from,
    "not_from": not_from,
    "noticed": checks_order.noticed,
    "asked": asked,
    "rests_on_current": checks_order.rests_on_current,
    "conflict_ruled_before": checks_order.conflict_ruled_before,
    "covered": checks_text.covered,
    "resumed": resumed,
    "quiet": checks_order.quiet,
    "worked_on": worked_on,
    "kept_late": kept_late,
    "no_failures": no_failures,
    "judge_fell_back": judge_fell_back,
    "one_version_each": one_version_each,
    "touched_only": checks_text.touched_only,
    "made_by_who_handed_in": checks_hands.made_by_who_handed_in,
    "not_ran": checks_hands.not_ran,
}
# Asked of every record, whether its scenario says so or not.
ALWAYS: dict[str, Callable[[Case], Outcome]] = {
    "whole": whole,
    "lost": lost,
    "doubled": doubled,
    "unauthorised": unauthorised,
    "verify": verified,
}


def run_checks(case: Case, expect: Mapping[str, Any]) -> list[Outcome]:
    """What holds always, then what this scenario expects. Raises UnknownCheck."""
    if unknown := sorted(set(expect) - set(CHECKS) - set(ALWAYS)):
        raise UnknownCheck(f"no such check: {', '.join(unknown)}")
    always = [check(case) for check in ALWAYS.values()]
    named = [_one(case, name, given) for name, given in expect.items() if name in CHECKS]
    return [*always, *named]


def _one(case: Case, name: str, given: Any) -> Outcome:
    try:
        return CHECKS[name](case, given)
    except Missing as missing:
        return Outcome(name, False, {"missing": {missing.kind: missing.name}})
