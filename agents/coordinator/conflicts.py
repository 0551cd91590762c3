"""Claims of one room that contradict each other, and the work that waits until a person has ruled.

Claims are grouped by the key of their subject. Only claims of different cards are compared, or of
the independent runs of one card: what one deliverable says twice is not a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from agents.coordinator.board import Board, Claim
from agents.coordinator.claims.topics import Topic, all_agree, by_what_they_say, topics_of
from agents.coordinator.doubts import RECONCILE, heed_answers, look_closer
from agents.coordinator.moves import (
    Json,
    Move,
    OpenConflict,
    Reason,
    TakeAnswer,
    WithdrawConflict,
)
from agents.coordinator.rulings import Contradiction, contradictions, was_ruled, with_key


def find_conflicts(board: Board) -> list[Move]:
    """Answers to take, conflicts to open or withdraw, and what only others can tell apart."""
    if not board.claims and not board.conflicts:
        return take_answers(board)
    independent = {card.id for card in board.cards if card.independent > 1}
    topics = topics_of(board.claims, independent)
    against = contradictions(board)
    heed_answers(board, topics, independent)
    opened = open_conflicts(board, topics, against)
    return [
        *take_answers(board),
        *opened,
        *withdraw_conflicts(board, topics, against, independent),
        *look_closer(board, topics, {move.subject for move in opened}),
    ]


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


def open_conflicts(
    board: Board, topics: dict[str, Topic], against: Mapping[str, Contradiction]
) -> list[Move]:
    moves: list[Move] = []
    standing = {claim.id: claim for claim in board.claims}
    for key in sorted(topics.keys() | against.keys()):
        topic, contradicted = topics.get(key), against.get(key)
        sides = disagreeing_in(board, topic) | (contradicted.claims if contradicted else {})
        known = with_key(board.conflicts, key, "open")
        shown = {one for conflict in known for one in conflict.claim_ids}
        if sides.keys() <= shown:
            continue
        claim_ids = sorted(sides.keys() | (shown & standing.keys()))
        moves.append(
            OpenConflict(
                key=key,
                claim_ids=tuple(claim_ids),
                sides=by_what_they_say([standing[one] for one in claim_ids]),
                against=contradicted.ruling_id if contradicted else None,
                reason=why_open(key, topic, contradicted),
            )
        )
    return moves


def disagreeing_in(board: Board, topic: Topic | None) -> dict[str, Claim]:
    if topic is None or was_ruled(board, topic):
        return {}
    return topic.disagreeing


def why_open(key: str, topic: Topic | None, contradicted: Contradiction | None) -> Reason:
    if contradicted is not None:
        return contradicted.reason
    assert topic and topic.reason and topic.pair
    params = dict(topic.reason.params) | {"key": key, "between": [one.id for one in topic.pair]}
    return Reason(topic.reason.code, params)


def withdraw_conflicts(
    board: Board,
    topics: dict[str, Topic],
    against: Mapping[str, Contradiction],
    independent: set[str],
) -> list[Move]:
    """Conflicts whose claims that still stand all agree. What cannot be told stays with people."""
    by_id = {claim.id: claim for claim in board.claims}
    moves: list[Move] = []
    for conflict in sorted(board.conflicts, key=lambda one: one.id):
        topic = topics.get(conflict.key)
        if conflict.status != "open" or (topic is not None and topic.disagreeing):
            continue
        standing = [by_id[one] for one in conflict.claim_ids if one in by_id]
        if conflict.key not in against and all_agree(standing, independent):
            params: dict[str, Json] = {"key": conflict.key, "standing": len(standing)}
            reason = Reason("no_longer_disagree", params)
            moves.append(WithdrawConflict(conflict_id=conflict.id, reason=reason))
    return moves


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
