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
from agents.coordinator.moves import AskPeople, Json, Move, Reason, WakeModel

REPLY = "reply"
COURSE = "course"
TROUBLE = "judge_trouble"
KEEPS_FAILING = "judge_keeps_failing"
FEWEST_CARDS = 3  # a course takes more than a card or two
ASKED_FROM = 2  # rests in a row: the first may be a hiccup, of which the room only tells
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


def watch_model(board: Board) -> tuple[list[Move], list[datetime]]:
    """What people are asked about a model in trouble, and the end of its rest."""
    moves = ask_about_provider(board)
    if board.rest is None or board.rest.back_at is None:
        return moves, []
    if board.now < board.rest.back_at:
        return moves, [board.rest.back_at]
    reason = Reason("model_has_rested", {"judge": board.rest.judge, "times": board.rest.times})
    return [*moves, WakeModel(room_id=board.room_id, reason=reason)], []


def ask_about_provider(board: Board) -> list[Move]:
    """An ask where the model last failed in a way that only people can mend, or keeps failing;
    one at a time."""
    newest = newest_of_a_model(board)
    trouble = trouble_of(board, newest)
    if newest is None or trouble is None:
        return []
    code, failure = trouble
    if {TROUBLE, KEEPS_FAILING, f"{code}:{newest.id}"} & set(board.asked_about):
        return []
    params: dict[str, Json] = {
        "judge": newest.judge, "failure": failure, "judgement_id": newest.id,
    }  # fmt: skip
    options = ("try_again", "stay_with_rules")
    return [AskPeople(code=code, options=options, reason=Reason(code, params))]


def trouble_of(board: Board, newest: Judgement | None) -> tuple[str, str] | None:
    """What people have to be asked about, if they have to be: the ask's code and what failed."""
    if newest is not None and newest.state == "failed" and newest.failure in NEEDS_A_PERSON:
        return TROUBLE, newest.failure or ""
    if board.rest is not None and board.rest.times >= ASKED_FROM:
        return KEEPS_FAILING, board.rest.failure
    return None


def newest_of_a_model(board: Board) -> Judgement | None:
    """The last judgement a model was asked for; where no time is known, the first on the board."""
    asked = [one for one in board.judgements if one.judge != FALLBACK_JUDGE]
    timed = [one for one in asked if one.asked_at is not None]
    if timed:
        return max(timed, key=lambda one: (one.asked_at or board.now, one.id))
    return next(iter(asked), None)
