"""Lasting answers to what agents ask leave for: kept here, seen, removed, never with the agent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from workspace.actors import By
from workspace.commands.locks import authorise, lock_room
from workspace.errors import NotFound, Refused
from workspace.events import RuleKept, RuleRemoved
from workspace.models import Ask, CommandRule, Room, Run
from workspace.permits import Verdict, action_digest, classify, lasting
from workspace.record import record

RULE_FOR = timedelta(days=30)
MOST_RULES = 200
SCOPES = ("card", "room")
NEVER = "never_always"


def keep_rule(room: Room, ask: Ask, decision: str, scope: str, *, by: By, at: datetime) -> str:
    """The rule that an answer for always makes; its id. The rows of the ask are locked.

    Refused for actions that are asked about every time: what spends, destroys or touches secrets,
    and what could not be read.
    """
    found = classify(ask.body.get("action") or {}, str(ask.body.get("kind", "")))
    if not found.keeps:
        raise Refused(NEVER, status=422, klass=found.klass)
    if scope not in SCOPES:
        raise Refused("unknown_choice", status=422, field="scope")
    if ask.run is None or ask.run.agent_id is None:
        raise Refused(NEVER, status=422, klass=found.klass)
    if _standing(room, at).count() >= MOST_RULES:
        raise Refused("too_many_rules", status=422, most=MOST_RULES)
    rule = CommandRule.objects.create(
        workspace_id=room.workspace_id, room=room, agent_id=ask.run.agent_id, ask=ask,
        card_id=ask.card_id if scope == "card" else None, decision=decision, klass=found.klass,
        program=found.program, words=list(found.words),
        action_digest=lasting_digest(ask.body) if found.keeps == "exact" else "",
        action=ask.body.get("action") or {}, made_by_id=by.actor if by.is_person else None,
        made_at=at, expires_at=at + RULE_FOR,
    )  # fmt: skip
    what = RuleKept(
        rule_id=rule.id, agent_id=rule.agent_id, card_id=rule.card_id, decision=decision,
        klass=rule.klass, program=rule.program,
    )  # fmt: skip
    record(room, what, by=by, at=at)
    return rule.id


def rule_for(
    run: Run, verdict: Verdict, body: Mapping[str, Any], *, at: datetime
) -> CommandRule | None:
    """The rule that decides this action of this run; one that refuses goes before any other."""
    mine = _standing(run.room, at).filter(agent_id=run.agent_id)
    on_card = mine.filter(Q(card=None) | Q(card_id=run.card_id)).order_by("-made_at", "id")
    digest = lasting_digest(body)
    fitting = [rule for rule in on_card if _covers(rule, verdict, digest)]
    refusing = (rule for rule in fitting if rule.decision == "reject")
    return next(refusing, None) or next(iter(fitting), None)


def lasting_digest(body: Mapping[str, Any]) -> str:
    """What an exact rule is bound to: the action, apart from what differs without mattering."""
    return action_digest(lasting(body.get("action") or {}))


def _standing(room: Room, at: datetime) -> QuerySet[CommandRule]:
    return CommandRule.objects.filter(room=room, removed_at=None, expires_at__gt=at)


def _covers(rule: CommandRule, verdict: Verdict, digest: str) -> bool:
    # What is known of commands may have changed since the rule was kept: the class is told anew.
    if not verdict.keeps or rule.klass != verdict.klass:
        return False
    if rule.action_digest:
        return rule.action_digest == digest
    same = rule.program == verdict.program and tuple(rule.words) == verdict.words
    return verdict.keeps == "prefix" and same


def note_use(rule: CommandRule, *, at: datetime) -> None:
    CommandRule.objects.filter(id=rule.id).update(uses=F("uses") + 1, last_used_at=at)


@transaction.atomic
def remove_rule(*, rule_id: str, by: By, at: datetime) -> None:
    """From now on people are asked again. Removed twice, it stays so."""
    room_id = CommandRule.objects.filter(id=rule_id).values_list("room_id", flat=True).first()
    if room_id is None:
        raise NotFound("rule", rule_id)
    room = lock_room(room_id)
    authorise(room, by, "ask.answer")
    rule = CommandRule.objects.get(id=rule_id)
    if rule.removed_at is not None:
        return
    rule.removed_at, rule.removed_by_id = at, by.actor if by.is_person else None
    rule.save(update_fields=["removed_at", "removed_by"])
    record(room, RuleRemoved(rule_id=rule.id, agent_id=rule.agent_id), by=by, at=at)
