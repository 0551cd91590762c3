"""What the coordinator says by itself: replies, whether the course is right, a judge in trouble."""

from __future__ import annotations

from datetime import datetime, timedelta

from agents.coordinator.asking import (
    FALLBACK_JUDGE,
    about,
    asked_before,
    is_late,
    put,
    see_through,
    take,
)
from agents.coordinator.board import Board, Judgement
from agents.coordinator.moves import AskPeople, Move, Reason

REPLY = "reply"
COURSE = "course"
TROUBLE = "judge_trouble"
FEWEST_CARDS = 3  # a course takes more than a card or two
NEEDS_A_PERSON = frozenset({"configuration", "quota", "content_filter"})


def answer_calls(board: Board) -> tuple[list[Move], list[datetime]]:
    """A reply for every message to the coordinator; a judge that cannot say so says that."""
    moves: list[Move] = []
    times: list[datetime] = []
    asked = asked_before(board) if board.calls else {}
    for call in board.calls:
        current = about(asked, REPLY, call.message_id, board)
        why = Reason("coordinator_was_asked", {"message_id": call.message_id})
        standing = see_through(board, REPLY, call.message_id, current, why)
        if standing.move is not None:
            moves.append(standing.move)
        if standing.until is not None:
            times.append(standing.until)
    return moves, times


def keep_course(board: Board) -> tuple[list[Move], list[datetime]]:
    """Now and then the question whether the board still serves the goal; rules cannot say.

    A question that failed or came too late is not put again before the next time.
    """
    current = about(asked_before(board), COURSE, board.room_id, board)
    for one in current:
        if one.state == "answered":
            return [take(one)], []
    for one in current:
        if one.state == "open" and not is_late(one, board):
            return [], [one.answer_by] if one.answer_by else []
    due = course_due(board)
    if due is None:
        return [], []
    if board.now < due:
        return [], [due]
    reason = Reason("course_is_due", {"cards": len(board.cards), "revision": board.revision})
    return [put(board, COURSE, board.room_id, reason)], []


def course_due(board: Board) -> datetime | None:
    """When the course is to be looked at next; None where it is not."""
    since = board.course_at or board.created_at
    every = board.limits.course_every
    if since is None or every <= timedelta(0) or not board.goal.strip():
        return None
    if len(board.cards) < FEWEST_CARDS or board.judge == FALLBACK_JUDGE:
        return None
    return since + every


def ask_about_provider(board: Board) -> list[Move]:
    """An ask where the model last failed in a way that only people can mend; one at a time."""
    newest = newest_of_a_model(board)
    if newest is None or newest.state != "failed" or newest.failure not in NEEDS_A_PERSON:
        return []
    if {TROUBLE, f"{TROUBLE}:{newest.id}"} & set(board.asked_about):
        return []
    params = {"judge": newest.judge, "failure": newest.failure, "judgement_id": newest.id}
    options = ("try_again", "stay_with_rules")
    return [AskPeople(code=TROUBLE, options=options, reason=Reason(TROUBLE, params))]


def newest_of_a_model(board: Board) -> Judgement | None:
    """The last judgement a model was asked for; where no time is known, the first on the board."""
    asked = [one for one in board.judgements if one.judge != FALLBACK_JUDGE]
    timed = [one for one in asked if one.asked_at is not None]
    if timed:
        return max(timed, key=lambda one: (one.asked_at or board.now, one.id))
    return next(iter(asked), None)
