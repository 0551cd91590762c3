"""What people ruled, against what is claimed afterwards.

A ruling settles everything that was on the table. Whoever claims something else later is heard:
a person may rule again, or send that version back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agents.coordinator.board import Board, Claim, Conflict, Heard
from agents.coordinator.claims.compare import compare
from agents.coordinator.claims.subjects import key_of
from agents.coordinator.claims.topics import Topic
from agents.coordinator.moves import Reason


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Claims that say something else than what was ruled before they were made."""

    ruling_id: str
    claims: dict[str, Claim]
    reason: Reason


def with_key(conflicts: Iterable[Conflict], key: str, status: str) -> list[Conflict]:
    return [one for one in conflicts if one.key == key and one.status == status]


def was_ruled(board: Board, topic: Topic) -> bool:
    """Whether people have heard everything that is said here, and have ruled."""
    ruled = with_key(board.conflicts, topic.key, "ruled")
    return not topic.disagreeing or (
        bool(ruled)
        and all(
            any(was_heard(claim, conflict) for conflict in ruled)
            for claim in topic.disagreeing.values()
        )
    )


def was_heard(claim: Claim, ruling: Conflict) -> bool:
    """Whether people knew of it: it was on the table, or it says what was ruled.

    One of a later version is new, even if it repeats what did not hold.
    """
    if claim.id in ruling.claim_ids or holds(claim, ruling):
        return True
    return not is_later(claim, ruling) and any(says(claim, heard) for heard in ruling.heard)


def holds(claim: Claim, ruling: Conflict) -> bool:
    return ruling.holds is not None and says(claim, ruling.holds)


def is_later(claim: Claim, ruling: Conflict) -> bool:
    if claim.said_at is None or ruling.ruled_at is None:
        return False
    return claim.said_at > ruling.ruled_at


def says(claim: Claim, heard: Heard) -> bool:
    return compare(claim, as_claim(heard, claim)).kind == "agree"


def as_claim(heard: Heard, like: Claim) -> Claim:
    """What was heard as a claim on the subject it was about."""
    return Claim("", "", "", heard.subject or like.subject, heard.value, heard.unit, heard.text)


def contradictions(board: Board) -> dict[str, Contradiction]:
    """By subject, what was claimed after its newest ruling and against it."""
    rulings = newest_rulings(board)
    if not rulings:
        return {}
    heard = {id for one in board.conflicts if one.status == "ruled" for id in one.claim_ids}
    found: dict[str, Contradiction] = {}
    for claim in sorted(board.claims, key=lambda one: one.id):
        ruling = rulings.get(key_of(claim.subject))
        if ruling is None or claim.id in heard or not contradicts(claim, ruling):
            continue
        if ruling.key not in found:
            found[ruling.key] = Contradiction(ruling.id, {}, why_against(claim, ruling))
        found[ruling.key].claims[claim.id] = claim
    return found


def newest_rulings(board: Board) -> dict[str, Conflict]:
    ruled = [one for one in board.conflicts if one.status == "ruled"]
    ruled.sort(key=lambda one: (one.ruled_at is not None, one.ruled_at or board.now, one.id))
    return {one.key: one for one in ruled}


def contradicts(claim: Claim, ruling: Conflict) -> bool:
    """Whether a later claim says another value, or repeats one that people ruled out."""
    if ruling.holds is None or not is_later(claim, ruling):
        return False
    ruled = as_claim(ruling.holds, claim)
    kind = compare(claim, ruled).kind
    if kind != "cannot_tell":
        return kind == "differ"
    losing = [one for one in ruling.heard if not says(ruled, one)]
    return any(says(claim, one) for one in losing)


def why_against(claim: Claim, ruling: Conflict) -> Reason:
    assert ruling.holds is not None
    shown = compare(as_claim(ruling.holds, claim), claim).reason.params
    params = {"a": shown["a"], "b": shown["b"], "key": ruling.key, "ruling": ruling.id}
    return Reason("contradicts_ruling", params)
