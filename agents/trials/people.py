"""Scripted people of a trial: an owner, a contributor and reviewers who keep office hours.

They look at a version's hidden quality, which no rule and no judge is told of. Their verdicts stand
for nobody's judgement: they only keep the room going.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from agents.trials.clock import VirtualClock
from agents.trials.programs import Ledger
from workspace import queries
from workspace.actors import By
from workspace.commands import asks, cards, choices, conflicts, reviews
from workspace.errors import Refused
from workspace.reports import Inline, Result

OPENS, CLOSES = 9, 17
REVIEWS_EVERY, AT_A_SITTING = 1_200.0, 8
ASKS_EVERY = 3_600.0
ROLLED_BACK = 0.01  # of acceptances, after second thoughts

Rows = Any


def chosen_for(code: str) -> str:
    """What people answer to the coordinator's own questions, by its code."""
    return {
        "inputs_changed": "stands",
        "judge_trouble": "try_again",
        "judge_keeps_failing": "try_again",
        "off_course": "carry_on",
    }.get(code, "")


class People:
    """The members of one room who act by themselves. `reviewers` are persons' rows."""

    def __init__(
        self, clock: VirtualClock, seed: int, room_id: str, owner: Rows, reviewers: list[Rows],
        ledger: Ledger, truth: dict[str, int],
    ) -> None:  # fmt: skip
        self.clock, self.seed, self.room_id = clock, seed, room_id
        self.owner, self.reviewers = owner, reviewers
        self.ledger, self.truth = ledger, truth
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        for n, person in enumerate(reviewers):
            self._sit(REVIEWS_EVERY, 300.0 * n, partial(self.review, person))
        self._sit(ASKS_EVERY, 600.0, self.answer)
        self._sit(ASKS_EVERY, 1_500.0, self.rule)
        self._sit(ASKS_EVERY, 1_800.0, self.sort)

    def _sit(self, every: float, first: float, deed: Callable[[], None]) -> None:
        def once() -> None:
            if OPENS <= self.clock.now().hour < CLOSES:
                deed()

        self.clock.after(first, lambda: self.clock.every(every, once))

    def by(self, person: Rows) -> By:
        return By(person.id)

    def carry_out(self, what: str, command: Callable[..., Any], **facts: Any) -> bool:
        """A command that may be refused because somebody was faster."""
        try:
            command(**facts, at=self.clock.now())
        except Refused as why:
            self.refused[f"{what}: {why.code}"] += 1
            return False
        self.done[what] += 1
        return True

    # --- verdicts ---------------------------------------------------------------------------

    def review(self, person: Rows) -> None:
        """The versions that have waited longest; other reviewers take the ones after."""
        place = self.reviewers.index(person)
        waiting = list(queries.reviews_waiting(person)[: AT_A_SITTING * len(self.reviewers)])
        for version in waiting[place :: len(self.reviewers)]:
            self.judge(version, person)

    def judge(self, version: Rows, person: Rows) -> None:
        by, version_id = self.by(person), version.id
        known = self.ledger.results.get(version.run_id)
        quality = known.quality if known else "good"
        self.carry_out("opened", reviews.open_deliverable, deliverable_id=version_id, by=by)
        if quality == "good":
            accepted = self.carry_out(
                "accepted", reviews.accept_deliverable, deliverable_id=version_id,
                sha256=version.sha256, by=by,
            )  # fmt: skip
            if accepted and self.dice(version).random() < ROLLED_BACK:
                self.clock.after(5_400, lambda: self.regret(version_id, by))
        elif quality == "wanting":
            self.carry_out(
                "changes asked for", reviews.request_changes, deliverable_id=version_id,
                reason=f"Please say more about part {version.card.number}.", by=by,
            )  # fmt: skip
        else:
            self.carry_out(
                "rejected", reviews.reject_deliverable, deliverable_id=version_id,
                reason="This is not what the criteria ask for.", by=by,
            )  # fmt: skip

    def dice(self, version: Rows) -> random.Random:
        drawn = f"{self.seed} {version.card.number} {version.version}"
        return random.Random(drawn)  # noqa: S311 - the same again for a seed

    def regret(self, version_id: str, by: By) -> None:
        reason = "A source has turned out to be wrong."
        self.carry_out(
            "rolled back", reviews.roll_back, deliverable_id=version_id, reason=reason, by=by
        )

    # --- what people are asked ----------------------------------------------------------------

    def answer(self) -> None:
        """Hand-offs go to somebody else, questions get an answer, choices are made."""
        for ask in queries.asks_open(self.owner):
            if ask.kind == "choice":
                choice = chosen_for(ask.body.get("code", "")) or ask.body["options"][0]
                self.carry_out(
                    "chosen", choices.choose, ask_id=ask.id, choice=choice, by=self.by(self.owner)
                )
            elif ask.kind == "handoff":
                self.take_over(ask.card)
            else:
                self.carry_out(
                    "answered", asks.answer_ask, ask_id=ask.id, by=self.by(self.owner),
                    answer={"action": "accept", "content": {"answer": "Go on."}},
                )  # fmt: skip

    def take_over(self, card: Rows) -> None:
        """A person finishes what agents could not: with a file of their own."""
        text = f"# {card.title}\nDone by hand.\n".encode()
        part = Inline(f"{card.number}.md", "text/markdown", text)
        self.carry_out(
            "done by hand", reviews.submit_as_person, card_id=card.id, by=self.by(self.owner),
            result=Result(summary_md="Done by hand.", artifacts=(part,)),
        )  # fmt: skip

    def rule(self) -> None:
        """The first reviewer knows what holds."""
        by = self.by(self.reviewers[0])
        for conflict in queries.conflicts_of(self.room_id):
            if conflict.status != "open":
                continue
            holds = self.truth.get(conflict.subject)
            right = next((one for one in conflict.heard if one["value"] == holds), None)
            facts = {"claim_id": right["claim_id"]} if right else {"value": holds or 1}
            self.carry_out(
                "ruled", conflicts.rule_conflict, conflict_id=conflict.id, by=by,
                reason="Checked against the source itself.", **facts,
            )  # fmt: skip

    # --- work that is wanted --------------------------------------------------------------------

    def want(self, facts: cards.CardFacts) -> Rows:
        return cards.create_card(
            room_id=self.room_id, facts=facts, by=self.by(self.owner), at=self.clock.now()
        )

    def sort(self) -> None:
        """Cards that were only proposed are kept."""
        room = queries.room_for(self.owner, self.room_id)
        for card in room.cards.filter(status="triage"):
            self.carry_out("kept", cards.keep_card, card_id=card.id, by=self.by(self.owner))
