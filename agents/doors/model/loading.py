"""What a run's loop begins with, read from rows; and what is new for it. Runs beside the loop."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agents.doors.events import (
    CardCancelled,
    CardRevised,
    MessagePosted,
    OutboundEvent,
    PermissionDecided,
    QuestionAnswered,
)
from agents.doors.model.endpoint import Endpoint, endpoint_of
from agents.doors.model.files import pictures_of
from agents.doors.model.opening import first_messages
from agents.doors.model.talked import heard_until
from agents.doors.model.toolbox import Tool, tools_for
from agents.doors.orders import event_of
from workspace import queries
from workspace.commands.callbacks import inbox
from workspace.commands.exchanges import exchanged
from workspace.errors import Refused
from workspace.reports import Exchanged
from workspace.transitions import LIVE_RUN

Rows = Any


@dataclass(frozen=True, slots=True)
class Loaded:
    """A run that is to be gone on with."""

    run_id: str
    room_id: str
    agent_id: str
    fence: int
    silent_after: float
    lease: float
    endpoint: Endpoint
    opening: list[dict[str, Any]]
    tools: tuple[Tool, ...]
    calls: list[Exchanged]
    was_ill: bool
    news: "list[News]"


@dataclass(frozen=True, slots=True)
class News:
    """Something the run was sent: where it stands in its inbox, and what it says."""

    seq: int
    event: OutboundEvent


def load(run_id: str, facts: Mapping[str, Any]) -> Loaded | None:
    """What the loop needs; None if the run is over. ValueError if its key cannot be read."""
    run = queries.run_conversing(run_id)
    if run.state not in LIVE_RUN or run.agent is None:
        return None
    endpoint = endpoint_of(run.agent)
    opening = facts["opening"]
    calls = [exchanged(row) for row in queries.exchanges_of(run_id)]
    pictures = pictures_of(run) if endpoint.pictures else []
    return Loaded(
        run_id=run.id,
        room_id=run.room_id,
        agent_id=run.agent.id,
        fence=run.fence,
        silent_after=float(run.timings["silent_after"]),
        lease=float(run.timings["lease"]),
        endpoint=endpoint,
        opening=first_messages(opening["system"], opening["order"], pictures),
        tools=tools_for(endpoint.tools),
        calls=calls,
        was_ill=run.agent.failures_in_a_row > 0,
        news=_news(run, heard_until(calls)),
    )


def news_of(run_id: str, after: int) -> list[News]:
    """What has come for a run since then, in order; what is about something gone is left out."""
    return _news(queries.run_conversing(run_id), after)


def _news(run: Rows, after: int) -> list[News]:
    found: list[News] = []
    for delivery in inbox(run, after):
        try:
            event = event_of(delivery, at=datetime.now(UTC))
        except Refused:
            continue
        found.append(News(delivery.inbox_seq or 0, event))
    return found


def words_of(event: OutboundEvent) -> str:
    """What the model is told of it; nothing where it has nothing to do about it."""
    match event:
        case MessagePosted():
            return f"{event.message.author} wrote on the card:\n{event.message.body_md}"
        case CardRevised():
            return _revised(event)
        case _:
            return ""


def _revised(event: CardRevised) -> str:
    why = {
        "person_edit": "The card was changed while you work on it.",
        "input_changed": "Something you build on has changed.",
    }
    changed = ", ".join(event.changed)
    lines = [why.get(event.reason, "The card was changed."),
             f"Changed: {changed}." if changed else "", event.feedback_md,
             "Read it again with read_card and go on from there."]  # fmt: skip
    return "\n".join(line for line in lines if line)


def answer_in(event: OutboundEvent) -> tuple[str, str] | None:
    """If it answers something the run has asked: under which id, and in which words."""
    match event:
        case QuestionAnswered():
            return event.question_id, _answer_words(event)
        case PermissionDecided():
            allowed = event.decision.startswith("allow")
            return event.permission_id, "allowed" if allowed else "rejected"
        case _:
            return None


def _answer_words(event: QuestionAnswered) -> str:
    if event.action != "accept":
        return "Nobody answers this: go on without it, or give up."
    content = event.content if isinstance(event.content, dict) else {"answer": event.content}
    if set(content) == {"answer"}:
        return f"The answer: {content['answer']}"
    return "\n".join(f"{name}: {value}" for name, value in content.items())


def is_told_to_stop(event: OutboundEvent) -> bool:
    """Whether its work is unwanted. After a lost lease a call under way may still bring a result:
    that is kept as late."""
    return isinstance(event, CardCancelled) and event.reason != "lease_lost"
