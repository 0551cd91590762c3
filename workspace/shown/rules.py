"""Lasting answers to what agents ask leave for, as a room's settings list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from workspace.models import CommandRule, Room
from workspace.queries.rules import rules_of
from workspace.sentences.permits import class_word
from workspace.shown.who import People, Who, agent_shown


@dataclass(frozen=True, slots=True)
class ShownRule:
    id: str
    agent: Who
    allows: bool
    what: str
    exactly: bool
    klass: str
    card: str
    card_url: str
    by: Who
    at: datetime
    expires_at: datetime
    uses: int
    last_used_at: datetime | None


def rules_shown(room: Room, at: datetime) -> tuple[ShownRule, ...]:
    people = People.of(room)
    return tuple(_shown(rule, people) for rule in rules_of(room, at))


def _shown(rule: CommandRule, people: People) -> ShownRule:
    return ShownRule(
        id=rule.id, agent=agent_shown(rule.agent), allows=rule.decision == "allow",
        what=_what(rule), exactly=bool(rule.action_digest), klass=class_word(rule.klass),
        card=f"#{rule.card.number} {rule.card.title}" if rule.card else "",
        card_url=f"/rooms/{rule.room_id}/cards/{rule.card_id}" if rule.card_id else "",
        by=people.actor(rule.made_by_id or ""), at=rule.made_at, expires_at=rule.expires_at,
        uses=rule.uses, last_used_at=rule.last_used_at,
    )  # fmt: skip


def _what(rule: CommandRule) -> str:
    """The action it was kept for, or the beginning that all it covers share."""
    if not rule.action_digest:
        return " ".join((rule.program, *map(str, rule.words), "…"))
    action = rule.action
    words = action.get("command") or " ".join(map(str, action.get("argv") or []))
    return str(words or ", ".join(map(str, action.get("paths") or [])) or _("an action"))
