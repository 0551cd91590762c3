"""What people have decided about an agent's actions once and for the next times."""

from __future__ import annotations

from django.db import models

from workspace.models.agent import Agent
from workspace.models.ask import Ask
from workspace.models.base import Row, code, key
from workspace.models.card import Card
from workspace.models.room import Room
from workspace.models.workspace import Person


class CommandRule(Row):
    """A person's lasting answer to one agent, on one card or in one room.

    It covers every plain use of `program` with these leading `words` and of this class; or, where
    `action_digest` is set, exactly that action.
    """

    id = key("rule")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="command_rules")
    card = models.ForeignKey(Card, null=True, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="command_rules")
    ask = models.ForeignKey(Ask, null=True, on_delete=models.SET_NULL, related_name="+")
    decision = code()  # allow | reject
    klass = code()
    program = models.CharField(max_length=80, blank=True)
    words = models.JSONField(default=list, blank=True)
    action_digest = models.CharField(max_length=80, blank=True)
    action = models.JSONField(default=dict)  # as it was shown when this was decided
    made_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    removed_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["room", "agent"])]
