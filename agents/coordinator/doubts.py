"""Pairs of claims that the rules cannot tell apart: put to a judge, and else before people."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from agents.coordinator.board import Board, Claim, Conflict, Heard, Judgement
from agents.coordinator.claims.compare import compare
from agents.coordinator.claims.subjects import key_of
from agents.coordinator.claims.topics import UNCLEAR, Pair, Topic, source_of
from agents.coordinator.moves import (
    AskJudgement,
    DoubtClaims,
    Json,
    Move,
    Reason,
    WithdrawConflict,
)
from agents.coordinator.rulings import holds, newest_rulings, was_heard, was_ruled

RECONCILE = "reconcile"
FALLBACK_JUDGE = "rules"
ASKS_EACH_PLAN = 5
TRIES = 3
# So many doubts are before people at once; the others come when these are settled.
DOUBTS_AT_ONCE = 20

Standing = Literal["free", "asked", "decided", "undecided"]


def heed_answers(board: Board, topics: dict[str, Topic], independent: set[str]) -> None:
    """Texts that a judge found to differ disagree, as long as the rules do not know better."""
    by_id = {claim.id: claim for claim in board.claims}
    settled = {conflict.id: set(conflict.claim_ids) for conflict in board.conflicts
               if conflict.status != "doubted"}  # fmt: skip
    for judgement in board.judgements:
        pair = told_apart(judgement, by_id)
        if pair is None or key_of(pair[0].subject) not in topics:
            continue
        one, two = pair
        is_known = any({one.id, two.id} <= claim_ids for claim_ids in settled.values())
        if is_known or source_of(one, independent) == source_of(two, independent):
            continue
        if compare(one, two).reason.code in UNCLEAR and not was_set_aside(board, pair):
            params: dict[str, Json] = {"judge": judgement.judge, "judgement_id": judgement.id}
            topic = topics[key_of(one.subject)]
            topic.add(pair, pair, Reason("judge_told_apart", params))


def told_apart(judgement: Judgement, by_id: dict[str, Claim]) -> Pair | None:
    """The two standing claims that an answer says differ; the answer itself is not trusted."""
    if judgement.kind != RECONCILE or judgement.state not in ("answered", "taken"):
        return None
    if judgement.answer.get("verdict") != "differ":
        return None
    named = pair_asked(judgement)
    found = sorted((by_id[one] for one in named if one in by_id), key=lambda claim: claim.id)
    return (found[0], found[1]) if len(found) == 2 else None


def pair_asked(judgement: Judgement) -> frozenset[str]:
    """The two claims a judgement is about; empty if it names none."""
    named = judgement.answer.get("claim_ids")
    if not isinstance(named, list | tuple) or judgement.subject_id not in named:
        return frozenset()
    pair = frozenset(one for one in named if isinstance(one, str))
    return pair if len(named) == len(pair) == 2 else frozenset()


def look_closer(board: Board, topics: dict[str, Topic], opening: Collection[str]) -> list[Move]:
    """What to ask a judge, what to put before people, and what of that is over."""
    taken = {one.key for one in board.conflicts if one.status == "open"} | set(opening)
    rulings = newest_rulings(board)
    asks: list[Move] = []
    doubts: list[Move] = []
    doubted = [one for one in board.conflicts if one.status == "doubted"]
    has_doubt = {one.key for one in doubted}
    asked = Asked(board)
    for key in sorted(topics.keys() - taken):
        topic = topics[key]
        if topic.disagreeing and not was_ruled(board, topic):
            continue
        pairs = list(unclear_pairs(board, topic, rulings.get(key)))
        asks += asked.next_about(key, pairs)
        if key not in has_doubt:
            doubts += asked.doubt_about(key, pairs)
    room_left = max(0, min(ASKS_EACH_PLAN, DOUBTS_AT_ONCE - len(doubted)))
    over = [one for one in doubted if one.key in taken or is_over(one, board, asked)]
    return [*settle_doubts(over), *asks[:ASKS_EACH_PLAN], *doubts[:room_left]]


def unclear_pairs(
    board: Board, topic: Topic, ruling: Conflict | None
) -> Iterator[tuple[Pair, Reason]]:
    """The older claim of each first; what people said of it once is not asked again.

    After a ruling only what is new is looked at, beside what was ruled to hold.
    """
    for (one, two), reason in sorted(topic.unclear, key=lambda found: by_age(found[0])):
        pair = (one, two) if one.id < two.id else (two, one)
        if ruling is not None and not (holds(one, ruling) or holds(two, ruling)):
            continue
        if ruling is not None and was_heard(one, ruling) and was_heard(two, ruling):
            continue
        if not was_set_aside(board, pair):
            yield pair, reason


def by_age(pair: Pair) -> tuple[str, str]:
    return max(pair[0].id, pair[1].id), min(pair[0].id, pair[1].id)


class Asked:
    """What a judge was asked so far, pair by pair."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.by_pair: dict[frozenset[str], list[Judgement]] = {}
        self.busy: set[str] = set()  # claims with a question that is not answered yet
        for one in board.judgements:
            if one.kind == RECONCILE:
                self.by_pair.setdefault(pair_asked(one), []).append(one)
                if one.state == "open":
                    self.busy.add(one.subject_id)

    def standing_of(self, pair: Pair) -> Standing:
        """`free` to be asked; what failed or was given up may be tried again, but not for ever.

        New rules or another goal begin the count anew.
        """
        asked = self.by_pair.get(frozenset((pair[0].id, pair[1].id)), [])
        if any(one.state == "open" for one in asked):
            return "asked"
        answers = [one for one in asked if one.state in ("answered", "taken")]
        if answers:
            verdicts = {one.answer.get("verdict") for one in answers}
            return "decided" if verdicts & {"agree", "differ"} else "undecided"
        in_vain = [one for one in asked if one.revision == self.board.revision]
        if self.board.judge == FALLBACK_JUDGE or len(in_vain) >= TRIES:
            return "undecided"
        return "free"

    def next_about(self, key: str, pairs: list[tuple[Pair, Reason]]) -> list[Move]:
        """The next pair of a subject: one at a time."""
        if any(self.standing_of(pair) == "asked" for pair, _ in pairs):
            return []
        for (older, newer), _ in pairs:
            if newer.id not in self.busy and self.standing_of((older, newer)) == "free":
                return [ask(self.board, key, newer.id, older.id)]
        return []

    def doubt_about(self, key: str, pairs: list[tuple[Pair, Reason]]) -> list[Move]:
        """The first pair of a subject that no judge decides."""
        for pair, why in pairs:
            if self.standing_of(pair) == "undecided":
                claim_ids = tuple(one.id for one in pair)
                reason = Reason(why.code, dict(why.params) | {"key": key})
                return [DoubtClaims(key=key, claim_ids=claim_ids, reason=reason)]
        return []


def ask(board: Board, key: str, newer: str, older: str) -> AskJudgement:
    return AskJudgement(
        judgement=RECONCILE,
        subject_id=newer,
        revision=board.revision,
        reason=Reason("texts_unclear", {"key": key, "claim_ids": [older, newer]}),
    )


def was_set_aside(board: Board, pair: Pair) -> bool:
    """Whether people said that these two, or two that say just the same, do not disagree."""
    return any(
        conflict.status == "set_aside"
        and key_of(pair[0].subject) == conflict.key
        and all(any(repeats(claim, heard) for heard in conflict.heard) for claim in pair)
        for conflict in board.conflicts
    )


def repeats(claim: Claim, heard: Heard) -> bool:
    said = (type(claim.value), claim.value, claim.unit, claim.text)
    return said == (type(heard.value), heard.value, heard.unit, heard.text)


def is_over(doubt: Conflict, board: Board, asked: Asked) -> bool:
    """Whether nobody needs to look at it any more: not both stand, or a judge has told."""
    pair = [claim for claim in board.claims if claim.id in doubt.claim_ids]
    if len(pair) != 2 or compare(pair[0], pair[1]).reason.code not in UNCLEAR:
        return True
    return asked.standing_of((pair[0], pair[1])) == "decided"


def settle_doubts(doubts: list[Conflict]) -> list[Move]:
    return [
        WithdrawConflict(conflict_id=one.id, reason=Reason("no_longer_in_doubt", {"key": one.key}))
        for one in sorted(doubts, key=lambda one: one.id)
    ]
