"""What only a person can answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from workspace.api.answering import Paging, once, page
from workspace.api.calling import caller
from workspace.api.wall import Given
from workspace.commands.choices import answer_any
from workspace.commands.rules import remove_rule
from workspace.models import Ask, CommandRule
from workspace.policy import needs
from workspace.queries import asks_open
from workspace.queries.rules import rules_of
from workspace.shown.handoff import packet_data, packets_shown

router = Router(tags=["asks"])


class AskShape(Schema):
    id: str
    kind: str
    state: str
    room_id: str
    card_id: str | None
    run_id: str | None
    agent_id: str | None
    body: dict[str, Any]
    blocking: bool
    action_digest: str
    answer: dict[str, Any]
    answered_by: str | None
    opened_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None


class AskList(Schema):
    items: list[AskShape]
    next: str | None


class WholeAsk(AskShape):
    """With what people get for a hand-off: what was tried, what is known, what can be done."""

    packet: dict[str, Any] | None


class Answer(Given):
    """`action` and `content` for a question; `decision` for a permission, with the `scope` of one
    that is for always: this card or the whole room; `choice`, one of the
    body's options, for the coordinator's own question."""

    action: Literal["accept", "decline", "cancel"] | None = None
    content: dict[str, Any] | None = None
    decision: str | None = Field(None, max_length=40)
    scope: Literal["card", "room"] | None = None
    choice: str | None = Field(None, max_length=64)


class RuleShape(Schema):
    """A person's answer for always: to one agent, on one card or (without one) in the room.

    With an `action_digest` it covers exactly `action`; else every plain use of `program` with
    these `words`.
    """

    id: str
    room_id: str
    card_id: str | None
    agent_id: str
    decision: Literal["allow", "reject"]
    klass: str
    program: str
    words: list[str]
    action_digest: str
    action: dict[str, Any]
    made_by: str | None
    made_at: datetime
    expires_at: datetime
    uses: int
    last_used_at: datetime | None


class RuleList(Schema):
    items: list[RuleShape]
    next: str | None


def rule_shape(rule: CommandRule) -> RuleShape:
    said = {name: getattr(rule, name) for name in RuleShape.model_fields if name != "made_by"}
    return RuleShape(**said, made_by=rule.made_by_id)


def ask_shape(ask: Ask) -> AskShape:
    return AskShape(
        id=ask.id, kind=ask.kind, state=ask.state, room_id=ask.room_id, card_id=ask.card_id,
        run_id=ask.run_id, agent_id=ask.run.agent_id if ask.run else None, body=ask.body,
        blocking=ask.blocking, action_digest=ask.action_digest, answer=ask.answer,
        answered_by=ask.answered_by_id, opened_at=ask.opened_at, expires_at=ask.expires_at,
        closed_at=ask.closed_at,
    )  # fmt: skip


@router.get("/asks", response=AskList)
@needs("room.read")
def list_asks(
    request: HttpRequest, paging: Query[Paging],
    room_id: str | None = Query(None, max_length=60),
) -> AskList:  # fmt: skip
    """What is open in rooms where you may answer, oldest first."""
    who = caller(request)
    waiting = asks_open(who.person).filter(workspace=who.workspace_id)
    if room_id is not None:
        waiting = waiting.filter(room=who.room(room_id))
    found, following = page(waiting, paging)
    return AskList(items=[ask_shape(ask) for ask in found], next=following)


@router.get("/asks/{row_id:ask_id}", response=WholeAsk)
@needs("room.read")
def get_ask(request: HttpRequest, ask_id: str) -> WholeAsk:
    ask = caller(request).ask(ask_id)
    packet = packets_shown([ask]).get(ask.id)
    return WholeAsk(**ask_shape(ask).model_dump(), packet=packet_data(packet) if packet else None)


@router.post("/asks/{row_id:ask_id}/answer", response=AskShape)
@needs("ask.answer")
def answer(request: HttpRequest, ask_id: str, body: Answer) -> Status[Any]:
    """Answer it; whoever asked is told, and goes on once nothing else is open."""
    who = caller(request)
    ask = who.ask(ask_id)
    given = body.model_dump(exclude_none=True)
    if "content" in given:
        given.setdefault("action", "accept")
    return once(
        request, lambda: ask_shape(answer_any(ask_id=ask.id, answer=given, by=who.by, at=who.at))
    )


@router.get("/rooms/{row_id:room_id}/rules", response=RuleList)
@needs("room.read")
def list_rules(request: HttpRequest, room_id: str, paging: Query[Paging]) -> RuleList:
    """What people have answered for always here, as long as it holds."""
    who = caller(request)
    found, following = page(rules_of(who.room(room_id), who.at), paging)
    return RuleList(items=[rule_shape(rule) for rule in found], next=following)


@router.delete("/rules/{row_id:rule_id}", response={204: None})
@needs("ask.answer")
def take_rule_back(request: HttpRequest, rule_id: str) -> Status[Any]:
    """From now on people are asked again. Done twice it changes nothing more."""
    who = caller(request)
    remove_rule(rule_id=who.rule(rule_id).id, by=who.by, at=who.at)
    return Status(204, None)
