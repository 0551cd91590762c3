"""What outcomes say about an agent: counts of good and bad that fade, no Django.

An outcome is a verdict on a version, or the kind of failure its run ended with. Newer outcomes
push older ones out: slowly where an agent is known by a skill or a kind, quickly in the one row
for all it does. An agent that does worse in the quick row than in the slow ones is in a slump, and
is found out within tens of cards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

# What is left of the counts after one more outcome.
KEPT_PER_OUTCOME = 0.98
# The same in the row for all it does: after ten outcomes a tenth.
KEPT_OVERALL = 0.8
HALF_LIFE = timedelta(days=30)

CUT_OFF = "cut_off"

# What an audition is worth before real work has said more: outcomes, faded like the rest.
AUDITION_GOOD = 3.0
FAILED_ITEM_BAD = 1.0
# It is passed if nothing failed and at least this share of the items was really shown.
SHARE_TO_PASS = 0.5

# How much each outcome counts as (good, bad).
COUNTS: Mapping[str, tuple[float, float]] = {
    "accepted": (1.0, 0.0),
    "changes_requested": (0.0, 0.5),  # a start to build on; the next round is judged by itself
    "rejected": (0.0, 1.0),
    "rolled_back": (0.0, 1.0),
    "declined": (0.0, 0.0),  # to know what one cannot do is no fault
    # Failures that are the agent's own.
    "unreachable": (0.0, 1.0),
    "rejected_delivery": (0.0, 1.0),
    "no_ack": (0.0, 1.0),
    "stalled": (0.0, 1.0),
    "looping": (0.0, 1.0),
    "error": (0.0, 1.0),
    "deadline": (0.0, 1.0),
    "checks_failed": (0.0, 1.0),
    "empty_completion": (0.0, 1.0),
    # Failures it shares with who set the card's budget, or with whom it disagreed.
    "over_budget": (0.0, 0.5),
    "contradicted": (0.0, 0.5),
    CUT_OFF: (0.0, 0.0),  # other work had used up the room's budget, or the agent's
    # Failures of its provider, or of ours.
    "stale_input": (0.0, 0.0),
    "rate_limited": (0.0, 0.0),
    "misconfigured": (0.0, 0.0),
}


def outcome_of(failure: str, evidence: Mapping[str, object]) -> str:
    """What a failure says about its agent: an overrun counts only where the card's own cap was."""
    if failure == "over_budget" and evidence.get("of") != "card":
        return CUT_OFF
    return failure


def after(good: float, bad: float, outcome: str, *, is_overall: bool) -> tuple[float, float]:
    """The counts with one more outcome; what was there fades by as much as the new one counts.
    `is_overall`: they are of the row for all the agent does.

    Raises ValueError for what is not an outcome.
    """
    counted = COUNTS.get(outcome)
    if counted is None:
        raise ValueError(f"not an outcome: {outcome!r}")
    more_good, more_bad = counted
    kept = (KEPT_OVERALL if is_overall else KEPT_PER_OUTCOME) ** (more_good + more_bad)
    return good * kept + more_good, bad * kept + more_bad


def faded(good: float, bad: float, age: timedelta) -> tuple[float, float]:
    """The counts as they weigh `age` after the last outcome; a clock set back fades nothing."""
    kept = 0.5 ** max(age / HALF_LIFE, 0.0)
    return good * kept, bad * kept


def is_passed(states: Sequence[str]) -> bool:
    """The rule of auditions: nothing failed, and at least half of the items was passed; those
    that are not tried at the agent's door do not count."""
    tried = [state for state in states if state != "not_tried"]
    share = tried.count("passed") / len(tried) if tried else 0.0
    return "failed" not in states and share >= SHARE_TO_PASS


def worth_of_audition(states: Sequence[str], age: timedelta) -> tuple[float, float]:
    """The (good, bad) outcomes that an audition with these items is worth now."""
    good = AUDITION_GOOD if is_passed(states) else 0.0
    return faded(good, FAILED_ITEM_BAD * states.count("failed"), age)
