"""Checks about what came when: silence noticed in time, rulings before what rests on them."""

from __future__ import annotations

from typing import Any

from agents.pilot.referee.outcome import Outcome
from agents.pilot.referee.reading import Case, Event, texts
from agents.pilot.referee.silence import called_while_quiet, notices

Seen = dict[str, Any]


def noticed(case: Case, given: Any) -> Outcome:
    """Each silence of this agent, or on this card, was noticed: not before the limit and not long
    after it."""
    seen = [_noticed(case, one) for one in given]
    return Outcome("noticed", all(one["ok"] for one in seen), {"seen": seen})


def _noticed(case: Case, wanted: Any) -> Seen:
    limit, within = str(wanted["limit"]), float(wanted.get("within", 1.2))
    agent = case.agent(wanted["agent"]) if "agent" in wanted else None
    runs = case.runs_of(case.card(wanted["card"])) if "card" in wanted else None
    found = [one for one in notices(case, limit, agent) if runs is None or one.run_id in runs]
    late = [round(one.late, 3) for one in found]
    ok = bool(found) and all(one.late <= within and not one.is_false for one in found)
    about = {name: wanted[name] for name in ("agent", "card") if name in wanted}
    return {
        **about, "limit": limit, "seconds": case.limit(limit), "within": within,
        "times_the_limit": late, "n": len(found), "ok": ok,
    }  # fmt: skip


def quiet(case: Case, given: Any) -> Outcome:
    """These agents (true: whoever did) asked for time, and were not called until it was over."""
    seen = {}
    asking = {line.agent for line in case.said("told_to_wait")}
    names = [name for name, agent in case.record["agents"].items() if agent in asking]
    for name in names if given is True else texts(given):
        early, asked = called_while_quiet(case, case.agent(name))
        seen[name] = {"called_early": early, "asked": asked}
    ok = bool(seen) and all(one["asked"] and not one["called_early"] for one in seen.values())
    return Outcome("quiet", ok, {"seen": seen})


def rests_on_current(case: Case, given: Any) -> Outcome:
    """What was accepted was made from the versions that stand now, and its agent had them."""
    seen = {name: _rests_on(case, case.card(name)) for name in texts(given)}
    return Outcome("rests_on_current", all(not why for why in seen.values()), {"stale": seen})


def _rests_on(case: Case, card_id: str) -> list[str]:
    """The inputs that are missing, outdated, or that the agent was never told of."""
    version = case.accepted(card_id)
    if version is None:
        return ["nothing accepted"]
    run = str(version["run_id"])
    pinned = {(one["deliverable_id"], one["sha256"]) for one in version.get("inputs") or ()}
    needed = case.builds_on(card_id)
    stale = [] if needed else ["builds on nothing"]
    for other in needed:
        current = case.accepted(other)
        if current is None:
            stale.append(f"{other}: nothing stands")
        elif (current["id"], current["sha256"]) not in pinned:
            stale.append(f"{other}: not its current version")
        elif not _was_given(case, run, current):
            stale.append(f"{other}: its agent was not told")
    return stale


def _was_given(case: Case, run_id: str, version: Any) -> bool:
    """By the agent's own log: in its order, or it was told of a change while it worked."""
    if case.worker_of.get(run_id) not in case.observed:
        return True
    orders = case.said("order", run_id=run_id)
    given = {one["sha256"] for line in orders for one in line.facts.get("inputs") or ()}
    told = case.said("told", run_id=run_id, type="card.revised")
    return version["sha256"] in given or bool(told)


def conflict_ruled_before(case: Case, given: Any) -> Outcome:
    """What these cards build on was contradictory, and a person ruled before they went on."""
    seen = {name: _ruled_before(case, case.card(name)) for name in texts(given)}
    ok = all(one["ruled"] and not one["broken"] for one in seen.values())
    return Outcome("conflict_ruled_before", ok, {"seen": seen})


def _ruled_before(case: Case, card_id: str) -> Seen:
    below = case.all_below(card_id)
    conflicts = [
        event
        for event in case.of_type("conflict.opened")
        if below & set(event.data.get("cards") or ())
    ]
    broken = [why for conflict in conflicts if (why := _broken(case, card_id, conflict))]
    ruled = {event.data.get("conflict_id") for event in case.of_type("conflict.ruled")}
    return {
        "conflicts": len(conflicts),
        "ruled": sum(event.data["conflict_id"] in ruled for event in conflicts),
        "broken": broken,
    }


def _broken(case: Case, card_id: str, opened: Event) -> str:
    about = opened.data["conflict_id"]
    ends = case.of_type("conflict.ruled", "conflict.withdrawn")
    ruled = next((one.seq for one in ends if one.data.get("conflict_id") == about), None)
    if ruled is None:
        return f"{about}: nobody ruled"
    between = [one for one in case.events if opened.seq < one.seq < ruled]
    went_on = ("run.queued", "deliverable.accepted")
    if any(one.card_id == card_id and one.type in went_on for one in between):
        return f"{about}: it went on before the ruling"
    return ""
