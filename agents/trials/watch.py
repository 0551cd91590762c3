"""What a trial checks while it runs: every prompt against what people had said by then."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agents.judge.size import tokens_in
from workspace import queries

# Kinds whose prompt holds the goal and the rules; a check holds the criteria alone.
WITH_GOAL = ("plan", "diagnose", "reply", "course", "compose")
WITH_CRITERIA = ("diagnose", "check")


@dataclass(slots=True)
class Prompts:
    """Of one kind: how many were built, the largest, and what was missing from how many."""

    count: int = 0
    largest: int = 0
    missing: Counter[str] = field(default_factory=Counter)

    def note(self, size: int, missing: list[str]) -> None:
        self.count += 1
        self.largest = max(self.largest, size)
        self.missing.update(missing)


class Watch:
    """`goal`, `rules` and `pinned` are what people have said last, kept apart from all rows."""

    def __init__(self) -> None:
        self.goal = self.rules = ""
        self.pinned: list[str] = []  # words that must stand in every order from now on
        self.room_id = ""
        self.last_card = ""
        self.orders = Prompts()
        self.asked: dict[str, Prompts] = {}
        self.last_prompts: Counter[str] = Counter()  # about the last card, by kind
        self.last_missing: list[str] = []
        self.orders_since_pin = 0
        self.without_pinned: Counter[str] = Counter()  # questions, by kind
        self._criteria: tuple[str, ...] = ()
        self._is_last = False

    # --- orders to agents -----------------------------------------------------------------------

    def order(self, data: dict[str, Any]) -> None:
        """An order as it goes out: its text must hold all that governs the work."""
        text, card_id = data["prompt"], data["card"]["id"]
        card = queries.card_named(card_id)
        wanted = {"goal": [self.goal], "rules": self.rules.splitlines()}
        wanted["criteria"] = list(card.criteria) if card else ["(the card is gone)"]
        wanted["facts"] = [fact.text for fact in queries.facts_of(self.room_id)]
        wanted["pinned"] = self.pinned
        missing = [name for name, texts in wanted.items() if any(one not in text for one in texts)]
        self.orders.note(tokens_in(text), missing)
        self.orders_since_pin += bool(self.pinned)
        if card_id == self.last_card:
            self.last_prompts["order"] += 1
            self.last_missing += missing

    # --- questions to the model -------------------------------------------------------------------

    def about_to_ask(self, row: Any) -> None:
        """Remember the criteria this question must hold; asked before the model is."""
        self._criteria = ()
        card_id: str | None = None
        if row.kind == "check":
            version = queries.version(row.subject_id)
            self._criteria = tuple(version.run.asked.get("criteria") or version.card.criteria)
            card_id = version.card_id
        elif row.kind in ("diagnose", "read"):
            run = queries.run_with_card(row.subject_id)
            self._criteria, card_id = tuple(run.card.criteria), run.card_id
        elif row.kind == "reply":
            card_id = queries.message(row.subject_id).card_id
        self._is_last = bool(card_id) and card_id == self.last_card

    def heard(self, kind: str, asked: dict[str, Any], text: str) -> None:
        """A question as the model's server got it; called from the server's thread."""
        missing = []
        if kind in WITH_GOAL:
            missing += ["goal"] if asked["goal"] != self.goal else []
            missing += ["rules"] if asked["room_rules"] != self.rules else []
        elif kind == "assign":
            missing += ["rules"] if asked["room_rules"] != self.rules else []
            missing += ["goal"] if asked["goal"] != self.goal.split("\n")[0] else []
        if kind in WITH_CRITERIA and criteria_in(kind, asked) != self._criteria:
            missing.append("criteria")
        if kind in WITH_GOAL and any(one not in text for one in self.pinned):
            # Not missing: facts may be cut from a question, and the question says so.
            self.without_pinned[kind] += 1
        self.asked.setdefault(kind, Prompts()).note(tokens_in(text), missing)
        if self._is_last:
            self.last_prompts[kind] += 1
            self.last_missing += [f"{kind}: {one}" for one in missing]


def criteria_in(kind: str, asked: dict[str, Any]) -> tuple[str, ...]:
    if kind == "check":
        return tuple(one["text"] for one in asked["criteria"])
    return tuple(asked["card"]["criteria"])
