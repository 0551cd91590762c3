"""Who calls a tool, which run a handle means, and how refusals are said."""

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from agents.audition import proxy
from agents.doors.fields import Fields, Malformed
from agents.doors.json_wall import Json, JsonRefused, check_json
from agents.doors.problems import FIELD_DETAILS, JSON_DETAILS, PROBLEMS
from workspace import outbox, queries
from workspace.commands.leases import know_run
from workspace.errors import NotFound, Refused
from workspace.keys import is_same, lease_token, run_token
from workspace.reports import Credentials

if TYPE_CHECKING:
    from workspace.models import Agent, Run

T = TypeVar("T")
Answer: TypeAlias = dict[str, Json]
LONGEST_TOKEN = 200
# What a tool does, as the callback API names it: the agent's log knows one name for each.
CALL_NAMES = {
    "claim_card": "events",
    "report_progress": "events",
    "add_source": "sources",
    "upload_file": "artifacts",
    "submit_deliverable": "complete",
    "ask_human": "questions",
    "request_approval": "permissions",
    "get_answer": "inbox",
    "read_file": "files",
    "release_card": "reject",
    "fail_card": "fail",
    "propose_card": "proposals",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The agent whose token came with this request, and when."""

    agent: "Agent"
    at: datetime


_caller: ContextVar[Caller] = ContextVar("mcp_caller")


def called_by(agent: "Agent") -> None:
    """From here on, in this context, it is this agent that calls."""
    _caller.set(Caller(agent, datetime.now(UTC)))


def caller() -> Caller:
    return _caller.get()


@dataclass(frozen=True, slots=True)
class Handle:
    """A run found by what the agent was given when it claimed it."""

    run: "Run"
    shown: Credentials
    at: datetime
    told: Fields = field(repr=False)


def on_run(tool: str, arguments: Mapping[str, Json], act: Callable[[Handle], Answer]) -> Answer:
    """What `act` answers for the run that `card_id` and `lease_token` mean, with a line in the
    agent's log. Raises NotFound for a card the agent never had."""
    handle, started, status = _handle(arguments), time.monotonic(), 200
    name = CALL_NAMES[tool]
    try:
        if wait := proxy.limits_call(handle.run, name, handle.at):
            raise Refused("rate_limited", status=429, retry_after=wait)
        return act(handle)
    except Refused as refused:
        status = refused.status
        raise
    except (Malformed, JsonRefused):
        status = 422
        raise
    finally:
        outbox.log_call(
            workspace_id=handle.run.workspace_id,
            agent_id=handle.run.agent_id or "",
            run_id=handle.run.id,
            type=name,
            status=status,
            took_ms=int((time.monotonic() - started) * 1000),
            at=handle.at,
        )


def _handle(arguments: Mapping[str, Json]) -> Handle:
    """A lease that is over still finds its run: the command refuses and logs the write."""
    who = caller()
    fields = read(arguments)
    card_id = fields.text("card_id", most=60)
    lease = fields.text("lease_token", most=LONGEST_TOKEN)
    mine = list(queries.runs_on(who.agent, card_id))
    if not mine:
        raise NotFound("card", card_id)
    run = next((one for one in mine if is_same(lease, lease_token(one.id, one.fence))), mine[0])
    shown = Credentials(run_token(run.id, run.fence), lease)
    know_run(run.id, shown)
    return Handle(run, shown, who.at, fields)


def read(arguments: Mapping[str, Json]) -> Fields:
    """The arguments past the wall. Raises JsonRefused."""
    told: Json = {name: value for name, value in arguments.items() if value is not None}
    check_json(told)
    return Fields(told)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a tool answers when it may not: a code, a sentence, and what else is known."""

    code: str
    says: str
    status: int
    more: Answer

    @property
    def body(self) -> Answer:
        return {**self.more, "code": self.code, "message": self.says}


def attempt(act: Callable[[], T]) -> T | Refusal:
    """What `act` answers, or its refusal in words an agent can act on."""
    try:
        return act()
    except Refused as refused:
        return _of_command(refused)
    except Malformed as error:
        says = FIELD_DETAILS.get(error.code, error.code.replace("_", " "))
        more: Answer = {"at": error.at or "/", "problem": error.code}
        for name, value in error.params.items():
            more[name] = list(value) if isinstance(value, list) else value
        code = error.code if error.code in PROBLEMS else "invalid_argument"
        return Refusal(code, f"{says}: {error.at or '/'}", PROBLEMS.get(code, (422, ""))[0], more)
    except JsonRefused as error:
        more = {"problem": error.code, **error.params}
        return Refusal("invalid_argument", JSON_DETAILS[error.code], 400, more)


# What to do next, where the title of the problem does not say it.
SAYS = {
    "lease_lost": "This handle is no longer good: the card went on without you. Stop working on "
    "it. What you handed in was kept for people if `kept` is true.",
    "run_terminal": "This run is over. Stop working on this card.",
    "not_found": "There is no such thing for this token.",
    "agent_busy": "You hold as many cards as you may. Finish or release one first.",
    "at_capacity": "You hold as many cards as you may. Finish or release one first.",
    "card_not_free": "Somebody is on this card, or it is not open for work.",
    "blocked": "This card waits for other cards.",
    "kept_for_another": "This card is kept for another agent.",
    "review_queue_full": "People have more to review than they can look at. Try again later.",
    "kept_for_person": "This card is kept for a person.",
    "room_paused": "People have paused this room.",
    "needs_audition": "In this room agents work only once they have passed their audition.",
    "agent_not_in_room": "You have no seat in that room.",
    "agent_not_usable": "Your agent cannot be given work now. Its owner can change that.",
    "lacks_skills": "This card needs skills that you do not name.",
    "failed_before": "You failed at this card before. Another worker has to try.",
    "declined_before": "You released this card before.",
    "too_many_proposals": "People have not sorted what you proposed before. Wait for them.",
    "rate_limited": "Too many calls. Wait `retry_after` seconds.",
    "empty_completion": "There is no file in this deliverable, so the run has failed.",
}


def _of_command(refused: Refused) -> Refusal:
    title = PROBLEMS.get(refused.code, (0, f"Refused: {refused.code.replace('_', ' ')}"))[1]
    more: Answer = {name: _plain(value) for name, value in refused.params.items()}
    if refused.code in ("lease_lost", "run_terminal"):
        more["directive"] = "cancel"
    return Refusal(refused.code, SAYS.get(refused.code, title), refused.status, more)


def _plain(value: object) -> Json:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
