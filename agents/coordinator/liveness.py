"""Runs that went quiet or in circles: what each limit does to a run, and when the next is due.

Queued runs never stall (they wait for us, not for the agent), and neither do people. A run that
waits for people rests; if nobody answers in the time an ask has, it ends by no fault of its own. A
clock that
was set back ends nothing: a run whose last sign is later than `now` is left alone until the clock
has passed it. A clock that was set forward ends those whose own limit it has passed, each with the
last sign as evidence, and nothing else; what they send after that is kept as a late result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from agents.coordinator.board import Board, Limits, Run
from agents.coordinator.loops import judge_steps
from agents.coordinator.moves import (
    CancelRun,
    ExpireAsk,
    FailRun,
    Json,
    MarkStale,
    Move,
    Reason,
)


def watch(board: Board) -> tuple[list[Move], list[datetime]]:
    """The moves for runs whose time is up, and the times at which others will be."""
    moves: list[Move] = []
    times: list[datetime] = []
    for run in live_agent_runs(board):
        move = judge_run(run, board.now, board.limits)
        if move is not None:
            moves.append(move)
        if not isinstance(move, FailRun | CancelRun | ExpireAsk):
            times.extend(at for at in limits_of(run) if at > board.now)
    return moves, times


def live_agent_runs(board: Board) -> Iterator[Run]:
    for card in board.cards:
        for run in card.runs:
            if run.is_live and run.worker == "agent" and run.state != "queued":
                yield run


def judge_run(run: Run, now: datetime, limits: Limits) -> Move | None:
    """What the clock and its steps say about one live run of an agent."""
    if run.state == "cancelling":
        return cancel_if_over(run, now)
    if run.clock_rests:
        return None
    if run.unanswered is not None:
        params: dict[str, Json] = {"agent_id": run.agent_id, "attempt": run.attempt}
        return ExpireAsk(ask_id=run.unanswered, reason=Reason("nobody_answered", params))
    return judge_limits(run, now) or judge_steps(run, limits) or judge_silence(run, now)


def judge_limits(run: Run, now: datetime) -> Move | None:
    """The limits that count from when the run was given."""
    sign = last_sign(run)
    if sign is not None and sign > now:
        return None
    if run.deadline_at is not None and now >= run.deadline_at:
        return fail(run, "deadline", at=run.deadline_at, now=now)
    if run.state == "offered" and run.ack_by is not None and now >= run.ack_by:
        return fail(run, "no_ack", at=run.ack_by, now=now)
    return None


def judge_silence(run: Run, now: datetime) -> Move | None:
    sign = last_sign(run)
    if sign is None or run.state == "offered":
        return None
    if now >= sign + run.lease:
        return fail(run, "stalled", at=sign + run.lease, now=now)
    if run.state == "working" and now >= sign + run.silent_after:
        params = silence(run, sign, now) | {"silent_after_s": run.silent_after.total_seconds()}
        return MarkStale(run_id=run.id, reason=Reason("silent", params))
    return None


def cancel_if_over(run: Run, now: datetime) -> Move | None:
    if run.cancel_by is None or now < run.cancel_by:
        return None
    params = {"agent_id": run.agent_id, "cancel_by": run.cancel_by.isoformat()}
    return CancelRun(run_id=run.id, reason=Reason("stop_time_over", params))


def fail(run: Run, failure: str, *, at: datetime, now: datetime) -> FailRun:
    """A failure with its evidence: which limit, when it passed, and the last sign of life, or
    since when there was none."""
    evidence: dict[str, Json] = {
        "agent_id": run.agent_id,
        "attempt": run.attempt,
        "round": run.round,
        "state": run.state,
        "limit_at": at.isoformat(),
    }
    sign = last_sign(run)
    if sign is not None:
        evidence |= silence(run, sign, now)
    if failure == "stalled":
        evidence["lease_s"] = run.lease.total_seconds()
    return FailRun(run_id=run.id, failure=failure, reason=Reason(failure, evidence))


def silence(run: Run, sign: datetime, now: datetime) -> dict[str, Json]:
    """For how long, and since what; being sent the card is no sign of the agent's."""
    since = "offered_at" if run.last_sign_at is None else "last_sign_at"
    return {
        "agent_id": run.agent_id,
        since: sign.isoformat(),
        "silent_s": round((now - sign).total_seconds(), 3),
    }


def last_sign(run: Run) -> datetime | None:
    return run.last_sign_at or run.offered_at


def limits_of(run: Run) -> Iterable[datetime]:
    """Every time at which this run's standing may change by itself."""
    if run.state == "cancelling":
        return [run.cancel_by] if run.cancel_by else []
    if run.clock_rests:
        return [run.rests_until] if run.rests_until else []
    limits = [run.deadline_at] if run.deadline_at else []
    if run.state == "offered":
        return [*limits, run.ack_by] if run.ack_by else limits
    sign = last_sign(run)
    if sign is not None:
        limits.append(sign + run.lease)
        if run.state == "working":
            limits.append(sign + run.silent_after)
    return limits
