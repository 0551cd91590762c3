"""Agent programs of a trial: made up, with a quality and a bad habit that nobody is told of.

They take orders as the webhook door sends them, work in virtual time, and report through the same
commands as real agents. What a program was told when it handed something in is kept, so that
nothing can be lost or doubled unseen.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agents.trials.clock import VirtualClock
from workspace.commands import callbacks
from workspace.errors import Refused
from workspace.reports import (
    Accepted,
    ClaimMade,
    Credentials,
    Declined,
    Failure,
    InboundEvent,
    Inline,
    Progress,
    Result,
    Said,
    SourceNamed,
)

SKILLS = ("code", "docs", "research", "tables", "testing", "writing")
# Share of the agents with each bad habit, and how often it then shows.
HABITS = {
    "silent": 0.08,
    "late": 0.05,
    "loops": 0.05,
    "empty": 0.05,
    "contradicts": 0.06,
    "errors": 0.08,
    "limited": 0.03,
    "declines": 0.02,
}
SHOWS = 0.6
SENT_TWICE = 0.05
LEASE = 900.0
SOURCE = {"url": "https://example.org/source"}
STATE = re.compile(r"^State: (.+?)(?: \((\w+)\))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A result as a program sent it, and how good it really is."""

    run_id: str
    text: str
    quality: str  # good | wanting | poor
    outcome: str  # taken, or the code of the refusal
    kept: bool = False  # a refused one that was kept as late


@dataclass(slots=True)
class Ledger:
    """What the programs know: the other side of every row."""

    results: dict[str, HandedIn] = field(default_factory=dict)
    steps: Counter[str] = field(default_factory=Counter)  # by run, as told "accepted"
    went_silent: set[str] = field(default_factory=set)  # runs that will send nothing any more
    resent: int = 0
    doubled: list[str] = field(default_factory=list)  # taken twice, which must not be
    refused: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    orders_again: int = 0


@dataclass(slots=True)
class Work:
    """One order in hand."""

    run_id: str
    shown: Credentials
    order: dict[str, Any]
    dice: random.Random
    habit: str
    seq: int = 0


class Program:
    """One agent. `truth` is by subject; only who contradicts says otherwise."""

    def __init__(
        self, name: str, seed: int, clock: VirtualClock, ledger: Ledger, truth: dict[str, int]
    ) -> None:
        dice = random.Random(f"{seed} {name}")  # noqa: S311 - the same again for a seed
        self.name, self.seed, self.clock, self.ledger, self.truth = name, seed, clock, ledger, truth
        self.skills = dice.sample(SKILLS, dice.randint(1, 3))
        self.quality = dice.uniform(0.35, 0.95)
        self.habit = pick_habit(dice)
        self.capacity = dice.choice((1, 1, 2))
        self.agent_id = ""
        self.gone = False  # replaced: it never speaks again
        self._known: set[str] = set()

    # --- orders -----------------------------------------------------------------------------

    def take(self, order: dict[str, Any], forced: str | None = None) -> None:
        """A `card.assigned`; one that came before is known by its run."""
        run = order["run"]
        if run["id"] in self._known:
            self.ledger.orders_again += 1
            return
        self._known.add(run["id"])
        self.ledger.orders += 1
        drawn = f"{self.seed} {self.name} {order['card']['key']} {run['attempt']} {run['round']}"
        dice = random.Random(drawn)  # noqa: S311 - the same again for a seed
        habit = self.habit if dice.random() < SHOWS else ""
        shown = Credentials(order["callback"]["token"], run["lease_token"])
        work = Work(run["id"], shown, order, dice, habit if forced is None else forced)
        self.clock.after(dice.uniform(2, 20), lambda: self.begin(work))

    def begin(self, work: Work) -> None:
        if work.habit == "declines":
            self.say(work, [Declined("I have no access to this.")])
            return
        self.say(work, [Accepted()])
        shares = work.dice.randint(1, 3)
        every = work.dice.uniform(60, 240)
        for share in range(1, shares + 1):
            self.clock.after(share * every, partial(self.report, work, share, shares))
        end = {"errors": self.fail, "limited": self.fail, "loops": self.loop}
        finish = end.get(work.habit, self.finish)
        if work.habit == "silent":
            self.clock.after(every + 1, lambda: self.fall_silent(work))
            return
        late = LEASE + 400 if work.habit == "late" else 0
        if late:
            self.clock.after(shares * every + 1, lambda: self.fall_silent(work))
        self.clock.after((shares + 1) * every + late, lambda: finish(work))

    def report(self, work: Work, share: int, shares: int) -> None:
        if work.habit == "silent" and share > 1:
            return
        percent = 100 * share // (shares + 1)
        said = [
            Progress(percent=percent, step=f"Part {share}.{n}", note_md=f"Looked at source {n}.")
            for n in range(1, 4)
        ]
        self.say(work, said)

    def fall_silent(self, work: Work) -> None:
        self.ledger.went_silent.add(work.run_id)

    def fail(self, work: Work) -> None:
        if work.habit == "limited":
            self.say(work, [Failure("rate_limited", "My provider is busy.")])
        else:
            self.say(work, [Failure("error", "Tool failed: could not read the table.")])

    def loop(self, work: Work) -> None:
        self.say(work, [Progress(step="Try the same search again", note_md="No hit.")] * 6)

    # --- results ----------------------------------------------------------------------------

    def finish(self, work: Work) -> None:
        if work.habit == "empty":
            self.say(work, [Result(summary_md="All done.")])
            return
        quality = self.draw_quality(work)
        card = work.order["card"]
        lines = [f"# {card['title']}", f"Run {work.run_id}, by {self.name}."]
        lines += [f"Done: {one}" for one in card["acceptance_criteria"]]
        text = "\n".join(lines) + "\n"
        claims = tuple(self.claims(work))
        result = Result(
            summary_md=f"{card['title']} by {self.name}. Every part is there.",
            artifacts=(Inline(f"{work.run_id}.md", "text/markdown", text.encode()),),
            claims=claims,
            sources=(SourceNamed(SOURCE, tuple(one.ref for one in claims)),),
        )
        self.say(work, [result], quality=quality, text=text)

    def draw_quality(self, work: Work) -> str:
        """Feedback helps: every further round is better."""
        chance = self.quality + 0.25 * (work.order["run"]["round"] - 1)
        if work.dice.random() < chance:
            return "good"
        return "wanting" if work.dice.random() < 0.7 else "poor"

    def claims(self, work: Work) -> list[ClaimMade]:
        """What the brief asks to state; what the room has settled is believed."""
        settled = {one["subject"]: one["value"] for one in work.order["context"]["facts"]}
        found = []
        asked = STATE.findall(work.order["card"]["description_md"])
        for n, (subject, unit) in enumerate(asked, start=1):
            value = settled.get(subject) or self.truth.get(subject, 1)
            if work.habit == "contradicts" and subject not in settled:
                value = self.truth.get(subject, 1) + 5
            found.append(ClaimMade(f"c{n}", subject, value, unit, f"{subject} is {value} {unit}."))
        return found

    def say(self, work: Work, said: Sequence[Said], *, quality: str = "", text: str = "") -> None:
        """One callback; now and then its answer is lost and it is sent again."""
        if self.gone:
            return
        events = []
        for one in said:
            work.seq += 1
            name = f"{work.run_id}-{work.seq}"
            events.append(InboundEvent(name, type(one).__name__, one, seq=work.seq))
        times = 2 if work.dice.random() < SENT_TWICE else 1
        for n in range(times):
            self.ledger.resent += n
            outcome, kept, accepted = self.send(work, events)
            if quality and n == 0:
                self.note(HandedIn(work.run_id, text, quality, outcome, kept))
            elif n and accepted:
                self.ledger.doubled.append(work.run_id)
            if n == 0:
                steps = sum(isinstance(one, Progress) for one in said)
                self.ledger.steps[work.run_id] += steps if accepted == len(said) else 0

    def note(self, one: HandedIn) -> None:
        self.ledger.results[one.run_id] = one

    def send(self, work: Work, events: list[InboundEvent]) -> tuple[str, bool, int]:
        """(outcome, whether a late result was kept, how many events were accepted)."""
        try:
            counts = callbacks.receive(
                run_id=work.run_id, credentials=work.shown, events=events, at=self.clock.now()
            )
        except Refused as why:
            self.ledger.refused[why.code] += 1
            return why.code, bool(why.params.get("kept")), 0
        return ("taken" if counts["accepted"] else "ignored"), False, counts["accepted"]


def pick_habit(dice: random.Random) -> str:
    drawn = dice.random()
    for habit, share in HABITS.items():
        drawn -= share
        if drawn < 0:
            return habit
    return ""


def order_in(body: bytes) -> tuple[str, dict[str, Any]]:
    """Type and data of an envelope as it is sent."""
    sent = json.loads(body)
    return sent["type"], sent["data"]
