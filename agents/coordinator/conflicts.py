"""Claims of one room that contradict each other, and the work that waits until a person has ruled.

Claims are grouped by the key of their subject. Only claims of different cards are compared, or of
the independent runs of one card: what one deliverable says twice is not a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from agents.coordinator.board import Board, Claim, Conflict, Judgement
from agents.coordinator.claims.compare import compare
from agents.coordinator.claims.subjects import key_of
from agents.coordinator.claims.topics import UNCLEAR, Pair, Topic, all_agree, source_of, topics_of
from agents.coordinator.moves import (
    AskJudgement,
    Json,
    Move,
    OpenConflict,
    Reason,
    TakeAnswer,
    WithdrawConflict,
)

RECONCILE = "reconcile"
FALLBACK_JUDGE = "rules"
ASKS_EACH_PLAN = 5


def find_conflicts(board: Board) -> list[Move]:
    """Answers to take, conflicts to open or withdraw, and at most five pairs to ask about."""
    if not board.claims and not board.conflicts:
        return take_answers(board)
    independent = {card.id for card in board.cards if card.independent > 1}
    topics = topics_of(board.claims, independent)
    heed_answers(board, topics, independent)
    return [
        *take_answers(board),
        *open_conflicts(board, topics),
        *withdraw_conflicts(board, topics, independent),
        *ask_about_texts(board, topics),
    ]


def heed_answers(board: Board, topics: dict[str, Topic], independent: set[str]) -> None:
    """Texts that a judge found to differ disagree, as long as the rules do not know better."""
    by_id = {claim.id: claim for claim in board.claims}
    settled = {conflict.id: set(conflict.claim_ids) for conflict in board.conflicts}
    for judgement in board.judgements:
        pair = told_apart(judgement, by_id)
        if pair is None or key_of(pair[0].subject) not in topics:
            continue
        one, two = pair
        is_known = any({one.id, two.id} <= claim_ids for claim_ids in settled.values())
        if is_known or source_of(one, independent) == source_of(two, independent):
            continue
        if compare(one, two).reason.code in UNCLEAR:
            params: dict[str, Json] = {"judge": judgement.judge, "judgement_id": judgement.id}
            topic = topics[key_of(one.subject)]
            topic.add(pair, pair, Reason("judge_told_apart", params))


def told_apart(judgement: Judgement, by_id: dict[str, Claim]) -> Pair | None:
    """The two standing claims that an answer says differ; the answer itself is not trusted."""
    if judgement.kind != RECONCILE or judgement.state not in ("answered", "taken"):
        return None
    if judgement.answer.get("verdict") != "differ":
        return None
    named = judgement.answer.get("claim_ids")
    if not isinstance(named, list | tuple) or len(named) != 2 or judgement.subject_id not in named:
        return None
    found = sorted(
        (by_id[one] for one in named if isinstance(one, str) and one in by_id),
        key=lambda claim: claim.id,
    )
    return (found[0], found[1]) if len(found) == 2 else None


def take_answers(board: Board) -> list[Move]:
    return [
        TakeAnswer(
            judgement_id=judgement.id,
            judgement=RECONCILE,
            subject_id=judgement.subject_id,
            reason=Reason("reconcile_answered", {"verdict": str(judgement.answer.get("verdict"))}),
        )
        for judgement in sorted(board.judgements, key=lambda one: one.id)
        if judgement.kind == RECONCILE and judgement.state == "answered"
    ]


def open_conflicts(board: Board, topics: dict[str, Topic]) -> list[Move]:
    moves: list[Move] = []
    standing = {claim.id for claim in board.claims}
    for key in sorted(topics):
        topic = topics[key]
        if not topic.disagreeing or topic.reason is None or topic.pair is None:
            continue
        known = with_key(board.conflicts, key, "open")
        shown = {one for conflict in known for one in conflict.claim_ids}
        if topic.disagreeing.keys() <= shown or was_ruled(board, topic):
            continue
        claim_ids = tuple(sorted(topic.disagreeing.keys() | (shown & standing)))
        params = dict(topic.reason.params) | {"key": key, "between": [one.id for one in topic.pair]}
        reason = Reason(topic.reason.code, params)
        moves.append(OpenConflict(key=key, claim_ids=claim_ids, reason=reason))
    return moves


def with_key(conflicts: Iterable[Conflict], key: str, status: str) -> list[Conflict]:
    return [one for one in conflicts if one.key == key and one.status == status]


def was_ruled(board: Board, topic: Topic) -> bool:
    """Whether people have heard everything that is said here, and have ruled."""
    ruled = with_key(board.conflicts, topic.key, "ruled")
    return bool(ruled) and all(
        any(was_heard(claim, conflict) for conflict in ruled)
        for claim in topic.disagreeing.values()
    )


def was_heard(claim: Claim, conflict: Conflict) -> bool:
    if claim.id in conflict.claim_ids:
        return True
    for heard in conflict.heard:
        if heard.value is None:
            continue
        same = Claim("", "", "", claim.subject, heard.value, heard.unit)
        if compare(claim, same).kind == "agree":
            return True
    return False


def withdraw_conflicts(board: Board, topics: dict[str, Topic], independent: set[str]) -> list[Move]:
    """Conflicts whose claims that still stand all agree. What cannot be told stays with people."""
    by_id = {claim.id: claim for claim in board.claims}
    moves: list[Move] = []
    for conflict in sorted(board.conflicts, key=lambda one: one.id):
        topic = topics.get(conflict.key)
        if conflict.status != "open" or (topic is not None and topic.disagreeing):
            continue
        standing = [by_id[one] for one in conflict.claim_ids if one in by_id]
        if all_agree(standing, independent):
            params: dict[str, Json] = {"key": conflict.key, "standing": len(standing)}
            reason = Reason("no_longer_disagree", params)
            moves.append(WithdrawConflict(conflict_id=conflict.id, reason=reason))
    return moves


def ask_about_texts(board: Board, topics: dict[str, Topic]) -> list[Move]:
    """Texts that only a judge can tell apart, each pair once; the rules could not."""
    if board.judge == FALLBACK_JUDGE:
        return []
    asked = {one.subject_id for one in board.judgements if one.kind == RECONCILE}
    closed = {one.key for one in board.conflicts if one.status != "withdrawn"}
    moves: list[Move] = []
    for key in sorted(topics):
        topic = topics[key]
        if topic.disagreeing or key in closed:
            continue
        pairs = sorted(sorted((a.id, b.id), reverse=True) for a, b in topic.unclear)
        fresh = [pair for pair in pairs if not asked & set(pair)]
        if fresh:
            newer, older = fresh[0]
            moves.append(ask(board, key, newer, older))
    return moves[:ASKS_EACH_PLAN]


def ask(board: Board, key: str, newer: str, older: str) -> AskJudgement:
    return AskJudgement(
        judgement=RECONCILE,
        subject_id=newer,
        revision=board.revision,
        reason=Reason("texts_unclear", {"key": key, "claim_ids": [older, newer]}),
    )


def blocked_by_conflict(board: Board) -> dict[str, tuple[str, ...]]:
    """Open conflicts among what each card builds on, however far down; cards without are left out.

    A card builds on what it depends on and on the parts it was split into.
    """
    conflicts = sorted(one.id for one in board.conflicts if one.status == "open")
    if not conflicts:
        return {}
    own = conflicts_of_cards(board, conflicts)
    below = {card.id: 0 for card in board.cards}
    for card_id, over in upwards(board):
        found = below[card_id] | own.get(card_id, 0)
        for other in over:
            below[other] |= found
    named = {
        bits: tuple(one for place, one in enumerate(conflicts) if bits >> place & 1)
        for bits in set(below.values())
    }
    return {card_id: named[bits] for card_id, bits in below.items() if bits}


def conflicts_of_cards(board: Board, conflicts: list[str]) -> dict[str, int]:
    """The conflicts a card's own claims are part of, one bit each."""
    card_of = {claim.id: claim.card_id for claim in board.claims}
    place = {conflict_id: bit for bit, conflict_id in enumerate(conflicts)}
    own: dict[str, int] = defaultdict(int)
    for conflict in board.conflicts:
        if conflict.status == "open":
            for claim_id in conflict.claim_ids:
                if claim_id in card_of:
                    own[card_of[claim_id]] |= 1 << place[conflict.id]
    return own


def upwards(board: Board) -> Iterator[tuple[str, list[str]]]:
    """Each card before everything that builds on it, with the cards that do so at once."""
    over: dict[str, list[str]] = {card.id: [] for card in board.cards}
    waits: dict[str, int] = {}
    for card in board.cards:
        under = [one.card_id for one in card.depends_on if one.card_id in over]
        waits[card.id] = waits.get(card.id, 0) + len(under)
        for card_id in under:
            over[card_id].append(card.id)
        if card.parent_id in over:
            over[card.id].append(card.parent_id)
            waits[card.parent_id] = waits.get(card.parent_id, 0) + 1
    ready = [card_id for card_id, count in waits.items() if not count]
    while ready:
        card_id = ready.pop()
        yield card_id, over[card_id]
        for other in over[card_id]:
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
