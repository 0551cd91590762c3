"""A model's order of the agents for cards that are ready: when it is asked, and what it said.

The model orders, the rules decide: an answer is used only as far as the rules allow. No card
waits for it longer than the judge may take, and none is asked about twice for one attempt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.coordinator.asking import FALLBACK_JUDGE, is_late, put
from agents.coordinator.board import Board, Card, Judgement
from agents.coordinator.moves import Json, Move, Reason, TakeAnswer

ASSIGN = "assign"
MOST_AT_ONCE = 40  # cards of one question; what is beyond goes by the rules
# After a question that came to nothing the rules go on alone for so long.
JUDGE_RESTS = timedelta(minutes=5)

Asked = tuple[str, int]  # a card's id and how many attempts it had


@dataclass(frozen=True, slots=True)
class Order:
    """What one answer says about one card: agents, best first."""

    judgement_id: str
    agent_ids: tuple[str, ...]


class Advice:
    """The answers that count on this board, and the cards that are to wait for the next one."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.about = [
            one for one in board.judgements if one.kind == ASSIGN and one.revision == board.revision
        ]
        self.pending = next(
            (one for one in self.about if one.state == "open" and not is_late(one, board)), None
        )
        self.asks = (
            board.judge != FALLBACK_JUDGE and board.mode == "auto" and not self._judge_rests()
        )
        self._covered = {pair for one in self._closed() for pair in asked(one) or ()}
        self._named = {card_id for one in self._closed() if asked(one) is None
                       for card_id in orders(one)}  # fmt: skip
        self._waiting: list[Card] = []

    def order_for(self, card: Card) -> Order | None:
        """The newest answer about this attempt of the card."""
        for one in self.about:
            if one.state not in ("answered", "taken") or one.abstained:
                continue
            pairs = asked(one)
            if pairs is not None and (card.id, card.attempts) not in pairs:
                continue
            agent_ids = orders(one).get(card.id)
            if agent_ids:
                return Order(one.id, agent_ids)
        return None

    def is_awaited(self, card: Card, able: int) -> bool:
        """Whether the card waits for an answer. Where one agent is able there is no question."""
        if not self.asks or able < 2 or self._is_covered(card):
            return False
        if card in self._waiting[-1:]:  # another of its slots
            return True
        if len(self._waiting) >= MOST_AT_ONCE:
            return False
        self._waiting.append(card)
        return True

    def moves(self, unplaced: Sequence[Card]) -> Iterator[Move]:
        """The next question, and the answers nobody needs any more."""
        for one in self.about:
            if one.state == "answered" and not self._is_needed(one, unplaced):
                yield TakeAnswer(
                    judgement_id=one.id,
                    judgement=ASSIGN,
                    subject_id=one.subject_id,
                    reason=Reason("ranking_used", {"judge": one.judge}),
                )
        if self._waiting and self.pending is None:
            cards: list[Json] = [[card.id, card.attempts] for card in self._waiting]
            why = Reason("cards_to_rank", {"cards": cards, "count": len(cards)})
            yield put(self.board, ASSIGN, self.board.room_id, why)

    def wakes_at(self) -> datetime | None:
        """When the cards that wait for an open question are given without it."""
        if not self._waiting or self.pending is None:
            return None
        return self.pending.answer_by

    def _closed(self) -> list[Judgement]:
        return [one for one in self.about if one is not self.pending]

    def _is_covered(self, card: Card) -> bool:
        return (card.id, card.attempts) in self._covered or card.id in self._named

    def _is_needed(self, one: Judgement, unplaced: Sequence[Card]) -> bool:
        return any(
            (order := self.order_for(card)) is not None and order.judgement_id == one.id
            for card in unplaced
        )

    def _judge_rests(self) -> bool:
        """The newest question failed, came too late, or does not tell what it was about."""
        if not self.about or self.about[0] is self.pending:
            return False
        newest = self.about[0]
        if newest.state in ("answered", "taken") and asked(newest) is not None:
            return False
        since = newest.answer_by or newest.asked_at
        return since is None or self.board.now < since + JUDGE_RESTS


def asked(judgement: Judgement) -> set[Asked] | None:
    """The attempts a question was about; None where that was not kept."""
    rows = judgement.answer.get("asked")
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return None
    found: set[Asked] = set()
    for row in rows:
        if isinstance(row, Sequence) and len(row) == 2:
            card_id, attempts = row
            if isinstance(card_id, str) and isinstance(attempts, int):
                found.add((card_id, attempts))
    return found


def orders(judgement: Judgement) -> dict[str, tuple[str, ...]]:
    """Per card the agents an answer names; what has another shape is left out."""
    rows = judgement.answer.get("cards")
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if not isinstance(row, dict):
            continue
        card_id, agents = row.get("card_id"), row.get("agent_ids")
        if isinstance(card_id, str) and isinstance(agents, list | tuple):
            found[card_id] = tuple(one for one in agents if isinstance(one, str))
    return found
