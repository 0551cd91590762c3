"""Model against rules: where both named an agent, how often they differed, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspace.models import Deliverable, Review, Room, Run


@dataclass(frozen=True, slots=True)
class Count:
    """Runs by what came of them. `open`: nobody knows yet."""

    runs: int = 0
    accepted: int = 0
    failed: int = 0

    @property
    def open(self) -> int:
        return self.runs - self.accepted - self.failed

    def plus(self, outcome: str) -> Count:
        return Count(
            self.runs + 1, self.accepted + (outcome == "accepted"),
            self.failed + (outcome == "failed"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rivals:
    """`by_model`: they differed and the model's choice did the work; `by_rules`: the rules'.

    `rules_after`: the model's choice failed, and the rules' then did the work.
    """

    agreed: Count = Count()
    by_model: Count = Count()
    by_rules: Count = Count()
    rules_after: int = 0

    @property
    def of(self) -> int:
        return self.agreed.runs + self.differed

    @property
    def differed(self) -> int:
        return self.by_model.runs + self.by_rules.runs

    @property
    def rows(self) -> tuple[tuple[str, Count], ...]:
        return (
            (_("Both named the same agent"), self.agreed),
            (_("They differed; the model’s choice did it"), self.by_model),
            (_("They differed; the rules’ choice did it"), self.by_rules),
        )

    @property
    def sentence(self) -> str:
        if not self.of:
            return _("No run yet where both the model and the rules could choose.")
        said = ngettext(
            "They differed on %(differed)s of %(of)s run.",
            "They differed on %(differed)s of %(of)s runs.", self.of,
        ) % {"differed": self.differed, "of": self.of}  # fmt: skip
        return " ".join([said, *self._told()])

    def _told(self) -> Iterator[str]:
        """Who was right, as far as anybody knows."""
        model, rules = self.by_model, self.by_rules
        if model.runs:
            yield _(
                "Where the model had its way, %(accepted)s of %(runs)s were accepted and "
                "%(failed)s failed."
            ) % {"accepted": model.accepted, "runs": model.runs, "failed": model.failed}
        if self.rules_after:
            yield ngettext(
                "In %(n)s of those that failed the agent the rules had named then did it.",
                "In %(n)s of those that failed the agents the rules had named then did it.",
                self.rules_after,
            ) % {"n": self.rules_after}
        if rules.runs:
            yield _(
                "Where the rules’ choice did the work, %(accepted)s of %(runs)s were accepted and "
                "%(failed)s failed."
            ) % {"accepted": rules.accepted, "runs": rules.runs, "failed": rules.failed}


def rivals_of(room: Room) -> Rivals:
    """From the reasons kept with the runs; four queries."""
    runs = list(
        Run.objects.filter(room=room, why__params__has_keys=["model_choice", "rules_choice"])
        .only("id", "agent_id", "card_id", "slot", "attempt", "why")
        .order_by("queued_at")
    )
    came = Outcomes({run.card_id for run in runs})
    agreed = by_model = by_rules = Count()
    rules_after = 0
    for run in runs:
        params, outcome = run.why["params"], came.of(run.card_id, run.slot, run.attempt)
        if params["model_choice"] == params["rules_choice"]:
            agreed = agreed.plus(outcome)
        elif run.agent_id == params["model_choice"]:
            by_model = by_model.plus(outcome)
            rules_after += outcome == "failed" and came.was_done_by(
                run.card_id, run.slot, run.attempt + 1, params["rules_choice"]
            )
        else:
            by_rules = by_rules.plus(outcome)
    return Rivals(agreed, by_model, by_rules, rules_after)


class Outcomes:
    """What came of each attempt at some cards: all its rounds, to their last version."""

    def __init__(self, card_ids: set[str]) -> None:
        self._runs: dict[tuple[str, int, int], list[Run]] = {}
        rows = Run.objects.filter(card__in=card_ids).order_by("fence")
        for run in rows.only("id", "agent_id", "card_id", "slot", "attempt", "state"):
            self._runs.setdefault((run.card_id, run.slot, run.attempt), []).append(run)
        versions = Deliverable.objects.filter(card__in=card_ids)
        self._states = dict(versions.values_list("run_id", "state"))
        # A version that was accepted and replaced later was right too.
        said_yes = Review.objects.filter(
            deliverable__card__in=card_ids, verdict="accept", undone_at=None
        ).exclude(deliverable__state__in=["submitted", "rolled_back"])
        self._accepted = set(said_yes.values_list("deliverable__run_id", flat=True))

    def of(self, card_id: str, slot: int, attempt: int) -> str:
        """accepted, failed or open."""
        rounds = self._runs.get((card_id, slot, attempt), [])
        if any(run.id in self._accepted for run in rounds):
            return "accepted"
        last = rounds[-1] if rounds else None
        if last is None:
            return "open"
        is_turned_down = self._states.get(last.id) in ("rejected", "rolled_back")
        return "failed" if is_turned_down or last.state in ("failed", "declined") else "open"

    def was_done_by(self, card_id: str, slot: int, attempt: int, agent_id: str) -> bool:
        rounds = self._runs.get((card_id, slot, attempt), [])
        is_theirs = bool(rounds) and rounds[0].agent_id == agent_id
        return is_theirs and self.of(card_id, slot, attempt) == "accepted"
