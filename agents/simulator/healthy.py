"""How often a healthy agent is taken for a silent one, and how soon a silent one is noticed.

Agents pause between their signs of life. How long is drawn from a body that is log-normal and a
tail that is Pareto's: most pauses are a few seconds, a few in a thousand are minutes, as where a
tool hangs or a provider throttles. We have found no published fit for agents' pauses, so these
numbers are ours and stand here: a median pause of `MEDIAN_S`, `SIGMA` of its logarithm, and one
pause in a hundred from the tail, which has no variance. That a run has some thirty of them is what
the traces of codex on SWE-bench Pro show (Inferact/codex_swebenchpro_traces: calls to the model
per trial, half of them at most 30, nine in ten at most 57).

Runs, their rows, the coordinator and what it does are the product's own, in virtual time. Of signs
that follow one another closely only as many are sent as keep a run from looking silent. A room is
looked at once a minute at most, as where there is much to do; with less it is noticed sooner.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate, pairwise
from statistics import median
from typing import Any

from agents.simulator.database import empty_database
from agents.simulator.fixed import fixed
from agents.tick import tick
from agents.trials.clock import VirtualClock
from workspace import queries
from workspace.actors import SYSTEM, By
from workspace.commands import agents, callbacks, cards, people, rooms, runs, ticks
from workspace.errors import Refused
from workspace.keys import lease_token, run_token
from workspace.reports import Beat, Credentials, InboundEvent, Inline, Result
from workspace.timings import DEFAULT

MEDIAN_S, SIGMA = 10.0, 1.0
IN_THE_TAIL, TAIL_INDEX = 0.01, 1.5
PAUSES = (30, 0.5)  # of a run: median, and sigma of the logarithm
TUNED_ON, REPORTED_ON = range(1, 21), range(21, 61)
HEALTHY, SILENT = 26, 4  # runs of each seed
TUNING_RUNS = 400  # of each seed; only their pauses are drawn
# Half of the hundredth that is promised: the seeds reported on are others, and fewer.
MOST_TAKEN_AWAY, MOST_SHOWN = 0.005, 0.10
LOOK_EVERY = 60.0
BEGAN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LONGEST = timedelta(days=3)
SEEDS_A_ROOM = 2

Rows = Any


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds; as multiples of the median pause they are what an agent should promise."""

    silent_after: float = DEFAULT.silent_after
    lease: float = DEFAULT.lease


def pause(dice: random.Random) -> float:
    """Seconds between two signs of life of a healthy agent."""
    if dice.random() < IN_THE_TAIL:
        # It goes on where all but one in a hundred of the body end.
        return MEDIAN_S * math.exp(2.326 * SIGMA) * dice.paretovariate(TAIL_INDEX)
    return MEDIAN_S * dice.lognormvariate(0, SIGMA)


def pauses(dice: random.Random) -> list[float]:
    """Those of one run."""
    count = max(2, round(PAUSES[0] * dice.lognormvariate(0, PAUSES[1])))
    return [pause(dice) for _ in range(count)]


def drawn(seed: int, n: int) -> random.Random:
    return random.Random(f"healthy {seed} {n}")  # noqa: S311 - the same again for a seed


# --- finding the limits ----------------------------------------------------------------------


def tuned(seeds: Iterable[int] = TUNED_ON) -> Limits:
    """The shortest limits with which no more healthy runs than that are taken away, and the page
    says of no more that they look stuck."""
    longest = sorted(max(pauses(drawn(seed, n))) for seed in seeds for n in range(TUNING_RUNS))
    return Limits(_least(longest, MOST_SHOWN), _least(longest, MOST_TAKEN_AWAY))


def _least(longest: Sequence[float], share: float) -> float:
    """The limit that all but this share stay under, in whole tens of the median pause."""
    at = longest[math.ceil(len(longest) * (1 - share)) - 1]
    return MEDIAN_S * 5 * math.ceil(at / (MEDIAN_S * 5))


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z = 1.959964
    share = hits / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    least, most = (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)
    return max(0.0, least), min(1.0, most)


# --- the runs themselves -----------------------------------------------------------------------


@dataclass(slots=True)
class Script:
    """What one agent will do with the one card it gets: its long pauses, and when it is done."""

    seed: int
    n: int
    is_silent: bool
    agent_id: str = ""
    run_id: str = ""
    signs: list[float] = field(default_factory=list)  # seconds after it has accepted

    def draw(self, of_no_concern: float) -> None:
        """Its signs, without those that only divide a silence `of_no_concern`."""
        dice = drawn(self.seed, self.n)
        found = pauses(dice)
        if self.is_silent:
            found = found[: dice.randint(1, len(found))]
        times = [0.0, *accumulate(found)]
        kept = 0.0
        for at, following in pairwise(times):
            if following - kept > of_no_concern and at > kept:
                self.signs.append(at)
                kept = at
        self.signs.append(times[-1])


class Ward:
    """One room full of agents, each with one card."""

    def __init__(self, clock: VirtualClock, owner: Rows, workspace_id: str, limits: Limits) -> None:
        self.clock, self.owner, self.by = clock, owner, By(owner.id)
        self.workspace_id, self.limits = workspace_id, limits
        self.scripts: dict[str, Script] = {}
        self.room_id = ""
        self.looked_stuck: set[str] = set()  # runs
        self._look_at: datetime | None = None

    def open(self, scripts: Sequence[Script]) -> None:
        for script in scripts:
            script.draw(0.95 * self.limits.silent_after)
            script.agent_id = self._hire(f"{script.seed}-{script.n}")
            self.scripts[script.agent_id] = script
        now = self.clock.now()
        room = rooms.create_room(
            workspace_id=self.workspace_id, name="Ward", goal="Work.", owner=self.owner, by=self.by,
            at=now, agents=list(self.scripts),
        )  # fmt: skip
        policy = {"attempts": 1, "checks": False, "reviews_each": 0, "course_every": 10_000_000}
        rooms.edit_room(room_id=room.id, changes={"policy": policy}, by=self.by, at=now)
        self.room_id = room.id
        for n in range(len(scripts)):
            facts = cards.CardFacts(title=f"Card {n}")
            cards.create_card(room_id=room.id, facts=facts, by=self.by, at=now)

    def _hire(self, name: str) -> str:
        facts = agents.AgentFacts(
            name=name, url=f"https://{name}.example/hook", max_concurrency=1,
            timings={"silent_after": self.limits.silent_after, "lease": self.limits.lease},
        )  # fmt: skip
        made, _ = agents.register_agent(
            workspace_id=self.workspace_id, facts=facts, door="webhook", owner=self.owner,
            by=self.by, at=self.clock.now(),
        )  # fmt: skip
        agents.note_verification(
            agent_id=made.id, status="verified", steps=[], said={}, by=SYSTEM, at=self.clock.now()
        )
        return made.id

    # --- the coordinator ------------------------------------------------------------------------

    def wake(self, seconds: float) -> None:
        """Look then, unless somebody looks before."""
        at = self.clock.true + timedelta(seconds=seconds)
        if self._look_at is None or at < self._look_at:
            self._look_at = at
            self.clock.at(at, partial(self.look, at))

    def look(self, at: datetime) -> None:
        if self._look_at != at:
            return
        self._look_at = None
        tick(self.room_id)
        room = queries.room_for(self.owner, self.room_id)
        for run in room.runs.filter(state="queued"):
            self.offer(run)
        self.looked_stuck.update(room.runs.filter(state="stale").values_list("id", flat=True))
        due = room.tick.due_at
        if due is not None:
            self.wake(max(LOOK_EVERY, (due - self.clock.now()).total_seconds()))

    def offer(self, run: Rows) -> None:
        """As a sender does it; what is given to somebody else after a failure is left alone."""
        script = self.scripts[run.agent_id]
        if not script.run_id:
            script.run_id = run.id
            runs.offer_run(run_id=run.id, by=SYSTEM, at=self.clock.now())
            self.clock.after(2.0, partial(self.go, script, run.fence))

    # --- an agent ---------------------------------------------------------------------------------

    def go(self, script: Script, fence: int) -> None:
        shown = Credentials(run_token(script.run_id, fence), lease_token(script.run_id, fence))
        self.sign(script, shown)
        *signs, end = script.signs
        for at in signs:
            self.clock.after(at, partial(self.sign, script, shown))
        last = self.sign if script.is_silent else self.finish
        self.clock.after(end, partial(last, script, shown))

    def sign(self, script: Script, shown: Credentials) -> None:
        with suppress(Refused):  # it was taken away, and hears of it now
            callbacks.beat(
                run_id=script.run_id, credentials=shown, said=Beat(), after=0, at=self.clock.now()
            )

    def finish(self, script: Script, shown: Credentials) -> None:
        part = Inline(f"{script.n}.md", "text/markdown", script.run_id.encode())
        said = Result(summary_md="Done.", artifacts=(part,))
        event = InboundEvent(f"{script.run_id}-done", "result", said)
        with suppress(Refused):
            callbacks.receive(
                run_id=script.run_id, credentials=shown, events=[event], at=self.clock.now()
            )


# --- figures --------------------------------------------------------------------------------------


def healthy_figures(
    seeds: Sequence[int] = REPORTED_ON, limits: Limits | None = None
) -> dict[str, Any]:
    """What these limits, or those found on other seeds, do to healthy and to silent runs."""
    limits = tuned() if limits is None else limits
    clock = VirtualClock(BEGAN)
    wards: dict[str, Ward] = {}

    def hear(hearer: str, subject_id: str) -> None:
        if hearer == "tick" and subject_id in wards:
            wards[subject_id].wake(LOOK_EVERY)

    def nobody(*_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is sent here")

    dice = drawn(0, 0)
    wire: dict[str, Any] = {"hear": hear, "fetch": nobody, "model": nobody, "page": nobody}
    with empty_database(), fixed(clock, dice, **wire):
        owner = people.create_workspace(name="Ward", owner_name="Owner", email=None, at=BEGAN)
        workspace_id = queries.workspaces_of(owner).get().id
        for at in range(0, len(seeds), SEEDS_A_ROOM):
            ward = Ward(clock, owner, workspace_id, limits)
            ward.open([
                Script(seed, n, is_silent=n >= HEALTHY)
                for seed in seeds[at : at + SEEDS_A_ROOM]
                for n in range(HEALTHY + SILENT)
            ])  # fmt: skip
            wards[ward.room_id] = ward
            ward.wake(1.0)
        ticks.beat(name="sweep", facts={}, at=clock.now())
        clock.run(BEGAN + LONGEST)
        return figures_of(list(wards.values()), limits, seeds)


def seconds_silent(run: Rows) -> float:
    """From its last sign until it was taken away."""
    return float((run.ended_at - run.last_sign_at).total_seconds())


def figures_of(wards: Sequence[Ward], limits: Limits, seeds: Sequence[int]) -> dict[str, Any]:
    healthy = stale = taken = silent = 0
    latencies: list[float] = []
    for ward in wards:
        room = queries.room_for(ward.owner, ward.room_id)
        rows: dict[str, Rows] = {run.id: run for run in room.runs.all()}
        for script in ward.scripts.values():
            run = rows[script.run_id]
            if script.is_silent:
                silent += 1
                if run.failure == "stalled":
                    latencies.append(seconds_silent(run) / limits.lease)
                continue
            healthy += 1
            stale += run.id in ward.looked_stuck
            taken += run.state == "failed"
    least, most = wilson(taken, healthy)
    return {
        "seeds": [min(seeds), max(seeds)],
        "limits": {"silent_after": limits.silent_after, "lease": limits.lease},
        "in median pauses": {
            "silent_after": limits.silent_after / MEDIAN_S, "lease": limits.lease / MEDIAN_S,
        },
        "healthy runs": healthy,
        "looked stuck": stale / healthy,
        "taken away": taken / healthy,
        "taken away, runs": taken,
        "taken away, 95 %": [round(least, 5), round(most, 5)],
        "silent runs": silent,
        "silent runs noticed": len(latencies),
        "noticed after, of the lease": {
            "p50": round(median(latencies), 4), "max": round(max(latencies), 4)
        } if latencies else {},
    }  # fmt: skip
