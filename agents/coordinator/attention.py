"""Attention: less is given out as the reviews that wait outgrow the people who review.

What is handed in waits for a person. Beyond so many for each reviewer nothing new is begun, but
for what people asked for themselves, and, up to twice as many, what other cards wait for.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.coordinator.board import Board, Card
from agents.coordinator.gates import wants_round
from agents.coordinator.moves import Json, Reason

QUEUE_FULL = "review_queue_full"


@dataclass(slots=True)
class Places:
    """How many more runs may be begun, counted down while a plan is made; None is any number.

    `for_others` is the number for `awaited` cards, which others wait for; rounds of changes
    that people asked for always go, and take none.
    """

    new: int | None = None
    for_others: int = 0
    awaited: frozenset[str] = frozenset()

    def may_begin(self, card: Card, slot: int | None = None) -> bool:
        if self.new is None or self.new > 0 or wants_round(card, slot):
            return True
        return self.for_others > 0 and card.id in self.awaited

    def take(self, card: Card, slot: int | None = None) -> None:
        """One more run of this card is begun."""
        if self.new is not None and not wants_round(card, slot):
            self.new, self.for_others = self.new - 1, self.for_others - 1


def places(board: Board) -> Places:
    """What is left of the attention of a room's reviewers; one pass over its cards.

    An empty queue always leaves room for one, so that a room never stops by itself: at the limit
    it is reviews that wait, and they have owners.
    """
    most = limit(board)
    if most is None:
        return Places()
    left = most - coming(board)
    awaited = {
        dependency.card_id
        for card in board.cards
        for dependency in card.depends_on
        if not dependency.met
    }
    return Places(max(left, 0), max(most + left, 0), frozenset(awaited))


def most_new(board: Board) -> int | None:
    """How many more runs of just any card may be begun; None without a limit."""
    return places(board).new


def limit(board: Board) -> int | None:
    """How many versions may wait or be in the making; a room without a reviewer counts as one."""
    if board.limits.reviews_each <= 0:
        return None
    return max(board.reviewers, 1) * board.limits.reviews_each


def coming(board: Board) -> int:
    """Versions that wait for a review, and runs of agents that will hand one in."""
    making = sum(
        run.is_live and run.worker == "agent" and run.state != "cancelling"
        for card in board.cards
        for run in card.runs
    )
    return board.reviews_waiting + making


def why_full(board: Board, begun: int = 0) -> Reason:
    """Why a card is left for later; `begun`: runs that this plan gives already."""
    params: dict[str, Json] = {
        "reviews": board.reviews_waiting,
        "reviewers": board.reviewers,
        "limit": limit(board),
        "under_way": coming(board) - board.reviews_waiting + begun,
    }
    return Reason(QUEUE_FULL, params)
