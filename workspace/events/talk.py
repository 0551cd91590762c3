"""Asks, judgements and messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workspace.events.base import Facts, Happened, OnRun


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOpened(OnRun):
    TYPE: ClassVar[str] = "ask.opened"
    ask_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClosed(Happened):
    TYPE: ClassVar[str] = "ask.closed"
    ask_id: str
    ask_state: str
    card_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleKept(Happened):
    """A person's lasting answer to what an agent asks leave for; without a card in this room."""

    TYPE: ClassVar[str] = "rule.kept"
    rule_id: str
    agent_id: str
    card_id: str | None
    decision: str
    klass: str
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRemoved(Happened):
    TYPE: ClassVar[str] = "rule.removed"
    rule_id: str
    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementAsked(Happened):
    TYPE: ClassVar[str] = "judgement.asked"
    judgement_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementAnswered(Happened):
    TYPE: ClassVar[str] = "judgement.answered"
    judgement_id: str
    kind: str
    judge: str
    abstained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementTrouble(Happened):
    TYPE: ClassVar[str] = "judgement.trouble"
    judgement_id: str
    code: str
    params: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTaken(Happened):
    TYPE: ClassVar[str] = "plan.taken"
    judgement_id: str
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted(Happened):
    TYPE: ClassVar[str] = "message.posted"
    message_id: str
    card_id: str | None
    to_agent: str | None
