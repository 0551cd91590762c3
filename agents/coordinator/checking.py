"""A judge looks at versions before people do: advice beside the criteria, never a verdict."""

from __future__ import annotations

from datetime import datetime

from agents.coordinator.asking import about, asked_before, see_through
from agents.coordinator.board import Board
from agents.coordinator.moves import Move, Reason

CHECK = "check"
MOST_AT_ONCE = 10  # open questions of a room; a long queue is checked bit by bit


def check_versions(board: Board) -> tuple[list[Move], list[datetime]]:
    """Ask about versions that wait for a verdict, and take what was answered."""
    moves: list[Move] = []
    times: list[datetime] = []
    if not board.limits.checks:
        return moves, times
    asked = asked_before(board)
    pending = sum(one.kind == CHECK and one.state == "open" for one in board.judgements)
    for card in board.cards:
        for version in card.in_review:
            current = about(asked, CHECK, version, board)
            if not current and pending >= MOST_AT_ONCE:
                continue
            why = Reason("version_to_check", {"deliverable_id": version, "card_id": card.id})
            standing = see_through(board, CHECK, version, current, why)
            if standing.move is not None:
                moves.append(standing.move)
                pending += not current
            if standing.until is not None:
                times.append(standing.until)
    return moves, times
