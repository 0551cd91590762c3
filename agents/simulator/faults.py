"""What goes wrong, how often, and how often it really did.

A fault counts when it has had its effect, not when it was drawn: a crash that met no commit, or a
model's fault in a world that asks no model, has not fired.
"""

from __future__ import annotations

import random
from collections import Counter

# The chance of each, wherever it may strike.
RATES = {
    # Of a step, by whoever takes it.
    "crash_before_commit": 0.035,
    "crash_after_commit": 0.04,
    "clock_forward": 0.02,
    "clock_back": 0.02,
    "worker_gone": 0.02,
    # Of the moment between two transactions of one job or call.
    "interrupted": 0.06,
    # Of a hint.
    "hint_lost": 0.10,
    "hint_twice": 0.05,
    # Of an order that an agent has got.
    "silent": 0.26,
    "late": 0.3,
    # Of a call of an agent.
    "sent_twice": 0.14,
    "out_of_order": 0.2,
    "old_token": 0.14,
    "nothing_in_hand": 0.3,
    # Of an answer of an agent's endpoint.
    "endpoint_429": 0.12,
    "endpoint_500": 0.14,
    "endpoint_deadline": 0.18,
    "endpoint_garbage": 0.22,
    "endpoint_410": 0.06,
    # Of a verdict.
    "other_version": 0.45,
    # Of an answer of the model.
    "model_429": 0.16,
    "model_500": 0.2,
    "model_garbage": 0.28,
    "model_unknown_ids": 0.95,
    "model_wrong_types": 0.5,
}
# Rare by nature: an endpoint that is gone has to be set up again by people.
SELDOM = frozenset({"endpoint_410"})
AT_LEAST = 20 / 10_000  # of every step


class Faults:
    """Draws with the world's own dice."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.fired: Counter[str] = Counter()
        self.are_off = False  # nothing goes wrong any more

    def drawn(self, name: str) -> bool:
        """Whether it is to strike now; whoever lets it counts it."""
        return not self.are_off and self.dice.random() < RATES[name]

    def strikes(self, name: str) -> bool:
        """The same, where it takes effect as soon as it is drawn."""
        struck = self.drawn(name)
        self.fired[name] += struck
        return struck

    def one_of(self, *names: str) -> str:
        """The one that strikes of several that exclude each other, or nothing."""
        return next((name for name in names if self.strikes(name)), "")


def missing(fired: Counter[str], steps: int, share: float = 1.0) -> list[str]:
    """The faults that fired less often than a run of so many steps must have shown; of a short one,
    where chance has more to say, a `share` of that may be enough."""
    least = int(steps * AT_LEAST * share)
    wanted = {name: min(least, 1) if name in SELDOM else least for name in RATES}
    return sorted(
        f"{name} fired {fired[name]} times of {n}" for name, n in wanted.items() if fired[name] < n
    )
