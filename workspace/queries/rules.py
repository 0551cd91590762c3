"""Lasting answers to what agents ask leave for, as they stand."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from workspace.errors import NotFound
from workspace.models import CommandRule, Person, Room


def rules_of(room: Room, at: datetime) -> QuerySet[CommandRule]:
    """Those that decide something now, the newest first."""
    standing = CommandRule.objects.filter(room=room, removed_at=None, expires_at__gt=at)
    return standing.select_related("agent", "card", "made_by").order_by("-made_at", "-id")


def rule_for(person: Person, rule_id: str) -> CommandRule:
    """One of a room this person is a member of."""
    mine = CommandRule.objects.filter(room__members__person=person)
    found = mine.select_related("room").filter(id=rule_id).first()
    if found is None:
        raise NotFound("rule", rule_id)
    return found
