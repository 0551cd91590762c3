"""Attention: less is given out as the reviews that wait outgrow the people who review.

What is handed in waits for a person. Beyond so many for each reviewer nothing new is begun, but
for what people asked for themselves, and, up to twice as many, what other cards wait for.
"""

from __future__ import annotations

from agents.coordinator.board import Board, Card
from agents.coordinator.gates import wants_round
from agents.coordinator.moves import Json, Reason

QUEUE_FULL = "review_queue_full"
FOR_OTHERS = 2  # times the limit, for cards that others wait for: they too have to be reviewed


def most_new(board: Board) -> int | None:
    """How many more runs may be begun before reviewers have enough; None without a limit.

    An empty queue always leaves room for one, so that a room never stops by itself: at the limit
    it is reviews that wait, and they have owners.
    """
    most = limit(board)
    return None if most is None else max(most - coming(board), 0)


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


class Attention:
    """Whether one more card may be begun, while a plan is being made; it counts what is given."""

    def __init__(self, board: Board) -> None:
        self.most = limit(board)
        self.taken = 0
        if self.most is None:
            return
        self.taken = coming(board)
        self.reviews, self.reviewers = board.reviews_waiting, board.reviewers
        self.awaited = {
            dependency.card_id
            for card in board.cards
            for dependency in card.depends_on
            if not dependency.met
        }

    def why_waits(self, card: Card) -> Reason | None:
        """The reason to leave this card for later; None if it may be begun."""
        if self.most is None or self.taken < self.most or wants_round(card):
            return None
        if card.id in self.awaited and self.taken < FOR_OTHERS * self.most:
            return None
        params: dict[str, Json] = {
            "reviews": self.reviews,
            "reviewers": self.reviewers,
            "limit": self.most,
            "under_way": self.taken - self.reviews,
        }
        return Reason(QUEUE_FULL, params)

    def count(self, runs: int = 1) -> None:
        """So many runs were given in this plan."""
        self.taken += runs
