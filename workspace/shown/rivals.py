"""Model against rules: where both named an agent, how often they differed, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspace.models import Deliverable, Room, Run


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
    """`by_model`: they differed and the model's choice did the work; `by_rules`: the rules'."""

    agreed: Count = Count()
    by_model: Count = Count()
    by_rules: Count = Count()

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
        if not self.by_model.runs:
            return said
        return said + " " + _(
            "Where the model had its way, %(accepted)s of %(runs)s were accepted and %(failed)s "
            "failed."
        ) % {
            "accepted": self.by_model.accepted, "runs": self.by_model.runs,
            "failed": self.by_model.failed,
        }  # fmt: skip


def rivals_of(room: Room) -> Rivals:
    """From the reasons kept with the runs; two queries."""
    runs = list(
        Run.objects.filter(room=room, why__params__has_keys=["model_choice", "rules_choice"])
        .only("id", "agent_id", "state", "why")
        .order_by("queued_at")
    )
    versions: dict[str, set[str]] = {}
    judged = Deliverable.objects.filter(run__in=[run.id for run in runs])
    for run_id, state in judged.values_list("run_id", "state"):
        versions.setdefault(run_id, set()).add(state)
    agreed = by_model = by_rules = Count()
    for run in runs:
        params, came = run.why["params"], outcome(run, versions.get(run.id, set()))
        if params["model_choice"] == params["rules_choice"]:
            agreed = agreed.plus(came)
        elif run.agent_id == params["model_choice"]:
            by_model = by_model.plus(came)
        else:
            by_rules = by_rules.plus(came)
    return Rivals(agreed, by_model, by_rules)


def outcome(run: Run, versions: set[str]) -> str:
    """accepted, failed or open: a version that was accepted and replaced later was right too."""
    if "accepted" in versions:
        return "accepted"
    if run.state in ("failed", "declined") or versions & {"rejected", "rolled_back"}:
        return "failed"
    return "open"
