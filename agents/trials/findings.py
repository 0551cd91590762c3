"""What five days came to, counted from rows and from what the programs know, with denominators."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from agents.judge.chat import ModelConfig
from agents.judge.questions import JUDGEMENT_KINDS
from agents.trials.outage import outage_of
from agents.trials.programs import Ledger
from agents.trials.watch import Prompts, Watch
from workspace import queries

if TYPE_CHECKING:
    from agents.trials.five_days import FiveDays

Rows = Any
ORDER_BAR = 4_000  # tokens; nobody sets a budget for orders, so this bar is the trial's own
ANSWERED_WITHIN_S = 60  # the rules carry on by then
NEAR_A_JUMP = timedelta(minutes=20)


@dataclass(slots=True)
class Findings:
    """Everything that is reported; `wrong` holds what must not be, in words."""

    judge: str
    seed: int
    days: int
    agents: int
    took_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    cards: dict[str, int] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)
    prompts: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_card: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    false_stalls: dict[str, int] = field(default_factory=dict)
    recovery: dict[str, Any] = field(default_factory=dict)
    outage: dict[str, Any] = field(default_factory=dict)
    took_ms: dict[str, dict[str, float]] = field(default_factory=dict)
    longest_put_off_s: float = 0.0
    judged_minutes: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)
    breaches: list[list[str]] = field(default_factory=list)
    crashes: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def find(trial: FiveDays, took_s: float) -> Findings:
    room = queries.room_with_workspace(trial.room_id)
    runs = list(room.runs.select_related("card"))  # type: ignore[union-attr]
    found = Findings(trial.judge, trial.seed, trial.size.days, trial.made_agents, round(took_s, 1))
    found.counts = how_much(trial, room, runs)
    found.cards = dict(Counter(room.cards.values_list("status", flat=True)))  # type: ignore[union-attr]
    found.results = what_became_of(trial.ledger, room, runs)
    found.prompts = prompts_of(trial.watch, room)
    found.last_card = last_card_of(trial, room)
    found.failures = dict(Counter(run.failure for run in runs if run.failure).most_common())
    found.false_stalls = stalls_of(trial, runs)
    found.recovery = recovery_of(runs)
    found.outage = outage_of(trial, room, runs)
    found.judged_minutes = {
        judge: passed // timedelta(minutes=1) for judge, passed in trial.office.judged.items()
    }
    found.took_ms = {
        part: {
            "times": len(took),
            "median": round(median(took), 1),
            "95th": percentile(took, 0.95) or 0.0,
            "all in s": round(sum(took) / 1_000, 1),
        }
        for part, took in trial.office.looks.took_ms.items()
    }
    found.longest_put_off_s = trial.office.looks.longest_wait.total_seconds()
    found.people = dict(trial.people.done.most_common())
    found.moves = dict(trial.office.looks.moves.most_common())
    found.breaches = trial.breaches
    found.crashes = dict(trial.office.crashes)
    found.refused = {
        f"{who}: {what}": n
        for who, some in (
            ("people", trial.people.refused),
            ("agents", trial.ledger.refused),
            ("moves", trial.office.looks.refused),
        )
        for what, n in some.most_common(12)
    }
    found.wrong = list(wrongs(found, trial))
    return found


def how_much(trial: FiveDays, room: Rows, runs: Sequence[Rows]) -> dict[str, int]:
    return {
        "cards": room.cards.count(),
        "runs": len(runs),
        "runs by agents": sum(run.agent_id is not None for run in runs),
        "steps": sum(run.steps_count for run in runs),
        "versions": room.deliverables.count(),
        "judgements": room.judgements.count(),
        "questions to the model": trial.server.asked if trial.server else 0,
        "looks": trial.office.looks.count,
        "conflicts": room.conflicts.count(),
        "rulings": room.conflicts.filter(status="ruled").count(),
        "facts": room.facts.count(),
        "remedies": sum(hasattr(run, "remedy") for run in room.runs.select_related("remedy")),
        "orders": trial.ledger.orders,
        "orders that came twice": trial.ledger.orders_again,
        "callbacks sent twice": trial.ledger.resent,
    }


# --- results ----------------------------------------------------------------------------------


def what_became_of(ledger: Ledger, room: Rows, runs: Sequence[Rows]) -> dict[str, int]:
    """Both sides of every result and step: what programs sent, and what is kept."""
    by_id = {run.id: run for run in runs}
    files: dict[str, list[str]] = {}
    for version in room.deliverables.filter(run__agent__isnull=False):
        names = [one["sha256"] for one in version.manifest["files"]]
        files.setdefault(version.run_id, []).extend(names)
    kept = Counter(
        late for run in runs for late in run.late_results.values_list("run_id", flat=True)
    )
    taken = {run_id for run_id, one in ledger.results.items() if one.outcome == "taken"}
    late = {run_id for run_id, one in ledger.results.items() if one.kept}
    hashes = {
        run_id: hashlib.sha256(one.text.encode()).hexdigest()
        for run_id, one in ledger.results.items()
    }
    steps = dict(room.runs.values_list("id", "steps_count"))
    return {
        "sent": len(ledger.results),
        "taken": len(taken),
        "late and kept": len(late),
        "refused": len(ledger.results) - len(taken) - len(late),
        "lost": sum(files.get(one) != [hashes[one]] for one in taken)
        + sum(kept[one] == 0 for one in late),
        "doubled": len(ledger.doubled)
        + sum(len(names) > 1 for names in files.values())
        + sum(n > 1 for n in kept.values()),
        "from nowhere": len(files.keys() - taken),
        "steps told": sum(ledger.steps.values()),
        "runs with other steps": sum(ledger.steps[one] != steps[one] for one in by_id),
    }


# --- prompts ----------------------------------------------------------------------------------


def prompts_of(watch: Watch, room: Rows) -> dict[str, dict[str, Any]]:
    """By kind: how many were built, the largest, its budget, what was missing and left out."""
    budget = ModelConfig(api_key="", max_prompt_tokens=queries.room_policy(room).prompt_tokens)
    found = {"order": shown(watch.orders, ORDER_BAR)}
    found["order"]["since the pin"] = watch.orders_since_pin
    for kind in JUDGEMENT_KINDS:
        if kind not in watch.asked:
            continue
        rows = room.judgements.filter(kind=kind, prompt_size__gt=0)
        sizes = list(rows.values_list("prompt_size", flat=True))
        found[kind] = shown(watch.asked[kind], budget.prompt_budget(kind))
        found[kind]["largest"] = max(sizes, default=0)
        cut = Counter(
            name for verdict in rows.values_list("verdict", flat=True)
            for name in verdict.get("params", {}).get("left_out", ())
        )  # fmt: skip
        found[kind]["left out"] = dict(cut)
        found[kind]["without the ruling"] = watch.without_pinned[kind]
    return found


def shown(prompts: Prompts, budget: int) -> dict[str, Any]:
    return {
        "built": prompts.count,
        "largest": prompts.largest,
        "budget": budget,
        "missing": dict(prompts.missing),
    }


def last_card_of(trial: FiveDays, room: Rows) -> dict[str, Any]:
    card = room.cards.filter(id=trial.last_card).first()
    if card is None:
        return {}
    return {
        "status": card.status,
        "runs": card.runs.count(),
        "prompts": dict(trial.watch.last_prompts),
        "missing": trial.watch.last_missing,
    }


# --- stalls and recovery ------------------------------------------------------------------------


def stalls_of(trial: FiveDays, runs: Sequence[Rows]) -> dict[str, int]:
    """Runs ended for silence although their program was at work; those near a jump apart."""
    gone = {one.agent_id for one in trial.programs.values() if one.gone}
    silent = [run for run in runs if run.failure in ("stalled", "no_ack")]
    false = [
        run for run in silent if run.id not in trial.ledger.went_silent and run.agent_id not in gone
    ]
    jumped = [run for run in false if is_near(run.ended_at, trial.clock.jumps)]
    return {
        "ended for silence": len(silent),
        "false": len(false) - len(jumped),
        "ended by a clock set forward": len(jumped),
    }


def is_near(at: datetime, jumps: Iterable[datetime]) -> bool:
    return any(abs(at - jump) <= NEAR_A_JUMP for jump in jumps)


def recovery_of(runs: Sequence[Rows]) -> dict[str, Any]:
    """What came after runs that failed: how many cards went on, how soon, and how they ended."""
    after: dict[str, list[Rows]] = {}
    for run in sorted(runs, key=lambda one: one.fence):
        after.setdefault(run.card_id, []).append(run)
    waits, cards = [], {}
    for several in after.values():
        for run, following in pairwise(several):
            if run.failure:
                waits.append((following.queued_at - run.ended_at).total_seconds())
        if any(run.failure for run in several):
            cards[several[0].card_id] = several[0].card.status
    return {
        "failed runs": sum(bool(run.failure) for run in runs),
        "followed by another": len(waits),
        "median wait s": round(median(waits), 1) if waits else None,
        "95th percentile s": percentile(waits, 0.95),
        "cards with a failure": len(cards),
        "of them now": dict(Counter(cards.values())),
    }


def percentile(values: Sequence[float], share: float) -> float | None:
    ordered = sorted(values)
    return round(ordered[int(share * (len(ordered) - 1))], 1) if ordered else None


# --- what must not be -------------------------------------------------------------------------


def wrongs(found: Findings, trial: FiveDays) -> Iterable[str]:
    """Every broken promise of the trial, in words; none is the only good answer."""
    for name in ("lost", "doubled", "from nowhere", "runs with other steps"):
        if found.results[name]:
            yield f"{found.results[name]} {name}"
    for kind, one in found.prompts.items():
        if one["largest"] > one["budget"]:
            yield f"a prompt of kind {kind} took {one['largest']} of {one['budget']} tokens"
        for name, n in one["missing"].items():
            yield f"{name} missing in {n} prompts of kind {kind}"
    for day, breaches in enumerate(found.breaches, start=1):
        yield from (f"day {day}: {one}" for one in breaches)
    if found.false_stalls["false"]:
        yield f"{found.false_stalls['false']} false stalls"
    yield from (f"the last card: {one} missing" for one in found.last_card.get("missing", ()))
    if not found.last_card.get("prompts", {}).get("order"):
        yield "the last card was never given"
    if trial.server is not None:
        yield from trial.server.errors
        yield from wrong_with_the_outage(found.outage)


def wrong_with_the_outage(outage: dict[str, Any]) -> Iterable[str]:
    """What must not be about the hour without the model."""
    for kind, n in outage["never answered"].items():
        yield f"{n} questions of kind {kind} were never answered"
    if (outage["answered without it within s"] or 0) > ANSWERED_WITHIN_S:
        yield f"without the model an answer took {outage['answered without it within s']} s"
    if outage["model answered again after s"] is None:
        yield "the model was never asked again"
