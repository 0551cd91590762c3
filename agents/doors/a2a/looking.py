"""Looking at tasks whose time has come: begun on the loop, concluded beside it."""

import logging
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agents.doors.a2a import exchange
from agents.doors.a2a.beside import conclude
from agents.doors.a2a.reach import credential_headers, reach_of
from agents.doors.a2a.stream import follow
from agents.doors.a2a.taking import LONGEST_WAIT, Taken, end_by, is_awaited, take
from agents.doors.a2a.tasks import ASKING, OVER
from agents.doors.a2a.wire import Line, Trouble
from agents.doors.outcomes import Outcome, TryAgain, Unacceptable
from agents.egress import spawn
from workspace import outbox
from workspace.commands.agents import note_answer
from workspace.commands.talks import claim_talk, due_talks, leave_talk
from workspace.errors import Refused
from workspace.queries import timings
from workspace.reports import Failure
from workspace.transitions import LIVE_RUN

if TYPE_CHECKING:
    from workspace.models import Agent, Run, Talk

log = logging.getLogger("muster.a2a")
# One look, files fetched; one that died with its process holds nothing up for longer than that.
LONGEST_LOOK = 55.0
CLAIM_FOR = timedelta(seconds=LONGEST_LOOK + 5)
MOST_IN_FLIGHT = 100
# An error, or an answer that cannot be read, may pass; a third one in a row is the agent's.
MOST_UNREADABLE = 3
_in_flight: set[str] = set()


def line_to(agent: "Agent", run: "Run | None") -> Line:
    """Raises Refused where the agent cannot be reached, ValueError where its secret is unread."""
    reach = reach_of(agent)
    limits = timings(agent.workspace, run.room if run else None, agent)
    return Line(
        reach.interface, credential_headers(agent, reach), deadline=limits.deliver_within,
        connect=limits.connect_within,
    )  # fmt: skip


def look_at_due(now: datetime) -> "list[Future[None]]":
    """Begin a look at every task whose time has come; each future is done when it is concluded."""
    room = max(0, MOST_IN_FLIGHT - len(_in_flight))
    due = due_talks(now, "a2a").values_list("id", flat=True)[:room]
    return [begun for talk_id in due if (begun := _begin(talk_id, now)) is not None]


def _begin(talk_id: str, now: datetime) -> "Future[None] | None":
    talk = claim_talk(talk_id=talk_id, until=now + CLAIM_FOR, at=now)
    if talk is None:
        return None
    run, task = talk.run, str(talk.facts.get("task", ""))
    if run.agent is None or run.agent.status == "revoked" or not task or not is_awaited(run, now):
        leave_talk(talk_id=talk.id, due_at=None)
        return None
    try:
        line = line_to(run.agent, run)
    except (Refused, ValueError) as error:
        code = error.code if isinstance(error, Refused) else "secret_unreadable"
        end_by(run, Unacceptable(code, {}), now)
        leave_talk(talk_id=talk.id, due_at=None)
        return None
    _in_flight.add(talk.id)
    looked = spawn(lambda egress: exchange.look(egress, line, task, within=LONGEST_LOOK))
    return conclude(looked, lambda done: _conclude(talk, done))


def _conclude(talk: "Talk", looked: "Future[exchange.Came]") -> None:
    try:
        _take(talk, looked)
    except Exception:
        # The claim lapses, and the task is looked at again.
        log.exception("a look at %s was not concluded", talk.id)
        raise
    finally:
        _in_flight.discard(talk.id)


def listen(run: "Run", state: str, task: str) -> None:
    """Hear of a task that is at work as it goes, where its agent's card says that it tells."""
    if run.agent is None or run.state not in LIVE_RUN or state in ASKING + OVER:
        return
    if task and reach_of(run.agent).streaming:
        follow(run, line_to(run.agent, run), task)


def _take(talk: "Talk", looked: "Future[exchange.Came]") -> None:
    at = datetime.now(UTC)
    try:
        snapshot, fetched = looked.result()
    except Trouble as trouble:
        _meet(talk, trouble, at)
        return
    talk.run.refresh_from_db()
    taken = take(talk.run, snapshot, talk.facts, fetched=fetched, at=at)
    leave_talk(
        talk_id=talk.id, due_at=taken.due_at, facts={**taken.facts, "troubles": 0},
        missed=not taken.is_news, seen_due=talk.due_at,
    )  # fmt: skip
    _note(talk.run, taken, at)
    listen(talk.run, snapshot.state, snapshot.task)


def _note(run: "Run", taken: Taken, at: datetime) -> None:
    """What is new stands in the agent's log, and is a sign that its endpoint is well."""
    if not taken.is_news or run.agent_id is None:
        return
    outbox.log_call(
        workspace_id=run.workspace_id, agent_id=run.agent_id, run_id=run.id,
        type=f"task.{taken.facts['state']}"[:32], status=200, took_ms=0, at=at,
    )  # fmt: skip
    note_answer(agent_id=run.agent_id, is_well=True, at=at)


def _meet(talk: "Talk", trouble: Trouble, at: datetime) -> None:
    """Nothing came: the run is ended by it, or looked at again until its lease ends it."""
    run, misses = talk.run, int(talk.facts.get("troubles", 0)) + 1
    is_odd = isinstance(trouble.outcome, Unacceptable | Failure)
    may_pass = is_odd and misses < MOST_UNREADABLE
    is_over = not may_pass and end_by(run, trouble.outcome, at)
    if run.agent_id and not _is_busy(trouble.outcome):
        note_answer(agent_id=run.agent_id, is_well=False, at=at)
    wait = min(2.0**misses, 4 * LONGEST_WAIT)
    if isinstance(trouble.outcome, TryAgain) and trouble.outcome.retry_after:
        wait = max(wait, min(trouble.outcome.retry_after, 900.0))
    leave_talk(
        talk_id=talk.id, due_at=None if is_over else at + timedelta(seconds=wait),
        facts={"troubles": misses}, missed=True,
    )  # fmt: skip


def _is_busy(outcome: Outcome) -> bool:
    return isinstance(outcome, TryAgain) and outcome.code == "throttled"
