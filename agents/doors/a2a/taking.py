"""What follows from what an agent said: the run's own events, as any callback's would."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from agents.doors.a2a.heard import Heard, heard
from agents.doors.a2a.tasks import ASKING, Snapshot
from agents.doors.fields import Malformed
from agents.doors.outcomes import Outcome, SecretMismatch, Unacceptable, Unusable
from workspace.actors import SYSTEM
from workspace.commands.agents import disable_agent
from workspace.commands.callbacks import beat, receive
from workspace.commands.runs import fail_run
from workspace.errors import Refused
from workspace.keys import lease_token, run_token
from workspace.reports import Beat, Credentials, Failure, InboundEvent, Stopped
from workspace.transitions import LIVE_RUN

if TYPE_CHECKING:
    from workspace.models import Run

# Said of a run that is over, these are what every door answers; the row says what was kept.
OVER = ("lease_lost", "run_terminal", "unknown_run", "agent_revoked", "wrong_token")
FIRST_WAIT, LONGEST_WAIT = 1.0, 15.0
LATE_WAIT, LONGEST_LATE_WAIT = 2.0, 300.0
SLOWER = 1.5


@dataclass(frozen=True, slots=True)
class Taken:
    """What is kept of a look, and when the next one is due; None is never."""

    facts: dict[str, Any]
    due_at: datetime | None
    is_news: bool


def take(
    run: "Run", snapshot: Snapshot, facts: Mapping[str, Any], *, fetched: Mapping[str, bytes],
    at: datetime,
) -> Taken:  # fmt: skip
    """Report what is new of a task. Nothing new is no sign of life."""
    is_news = snapshot.mark != facts.get("mark")
    try:
        told = heard(snapshot, facts, own_url=run.agent.url if run.agent else "", fetched=fetched)
        _report(run, snapshot, told, is_news, at)
    except Malformed as error:
        fail_unusable(run, error.code, error.at, at)
        told = Heard(seen=list(facts.get("seen", [])))
    run.refresh_from_db()
    wait = _wait(run, facts, is_news)
    asks = snapshot.state in ASKING
    kept = {
        "task": snapshot.task or facts.get("task", ""),
        "context": snapshot.context or facts.get("context", ""),
        "state": snapshot.state,
        "mark": snapshot.mark,
        "seen": told.seen,
        "wait": wait,
        "in_data": _asks_in_data(snapshot) if asks else bool(facts.get("in_data")),
    }
    return Taken(kept, _due(run, snapshot, wait, at), is_news)


def _asks_in_data(snapshot: Snapshot) -> bool:
    """Whether it asks in our own words: then it is answered in them too, beside the text."""
    message = snapshot.message
    asked = message is not None and any(message.data(kind) for kind in ("question", "permission"))
    return bool(asked)


def _report(run: "Run", snapshot: Snapshot, told: Heard, is_news: bool, at: datetime) -> None:
    events = [_as_it_counts(run, event, snapshot) for event in told.events]
    try:
        if events:
            receive(run_id=run.id, credentials=credentials(run), events=events, at=at)
        elif is_news and run.state in LIVE_RUN and snapshot.state != "submitted":
            beat(run_id=run.id, credentials=credentials(run), said=Beat(), after=0, at=at)
    except Refused as refused:
        if refused.code not in OVER:
            fail_unusable(run, refused.code, str(refused.params.get("name", "")), at)


def _as_it_counts(run: "Run", event: InboundEvent, snapshot: Snapshot) -> InboundEvent:
    """An agent that stops by itself has not stopped because it was told to: it gives up."""
    if not isinstance(event.said, Stopped) or run.state == "cancelling":
        return event
    text = snapshot.message.text if snapshot.message is not None else ""
    return replace(event, type="run.failed", said=Failure("canceled", text[:4000] or "canceled"))


def credentials(run: "Run") -> Credentials:
    return Credentials(run_token(run.id, run.fence), lease_token(run.id, run.fence))


def _wait(run: "Run", facts: Mapping[str, Any], is_news: bool) -> float:
    first, most = (
        (FIRST_WAIT, LONGEST_WAIT) if run.state in LIVE_RUN else (LATE_WAIT, LONGEST_LATE_WAIT)
    )
    before = float(facts.get("wait", 0.0))
    return first if is_news or not before else min(max(before * SLOWER, first), most)


def _due(run: "Run", snapshot: Snapshot, wait: float, at: datetime) -> datetime | None:
    """As long as something may still come: of a run that is over, within the time for that."""
    if snapshot.is_over or not is_awaited(run, at):
        return None
    return at + timedelta(seconds=wait)


def is_awaited(run: "Run", at: datetime) -> bool:
    """Whether what this run's agent says is still of interest, if only as a late result."""
    if run.state in LIVE_RUN:
        return True
    if run.state != "failed" or run.ended_at is None:
        return False
    return at - run.ended_at <= timedelta(seconds=run.timings["late_for"])


def fail_unusable(run: "Run", code: str, place: str, at: datetime) -> None:
    evidence = {
        "said": f"{code}: {place}", "code": "unusable_result", "problem": code, "at": place,
        "kind": code,
    }  # fmt: skip
    _fail(run, "error", evidence, at)


def end_by(run: "Run", outcome: Outcome, at: datetime) -> bool:
    """End the run by what a look met, where that is an end; False where it may pass."""
    match outcome:
        case SecretMismatch(status):
            said = {"code": "secret_mismatch", "params": {"status": status}}
            if run.agent_id:
                disable_agent(agent_id=run.agent_id, reason=said, at=at)
            _fail(run, "misconfigured", {"code": "secret_mismatch", "status": status}, at)
        case Unacceptable(code, params):
            kind = "rejected_delivery" if code == "status" else "misconfigured"
            _fail(run, kind, {"code": code, **params}, at)
        case Unusable(code, place):
            fail_unusable(run, code, place, at)
        case Failure(code, message, retryable):
            evidence = {"said": message[:500], "code": code, "retryable": retryable}
            _fail(run, "error", evidence, at)
        case _:
            return False
    return True


def _fail(run: "Run", kind: str, evidence: dict[str, Any], at: datetime) -> None:
    try:
        fail_run(run_id=run.id, kind=kind, evidence=evidence, by=SYSTEM, at=at)
    except Refused as refused:
        if refused.code != "run_terminal":
            raise
