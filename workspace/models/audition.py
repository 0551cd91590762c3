"""Auditions: an agent tried in a scratch room before it is trusted, item by item."""

from __future__ import annotations

from django.db import models

from workspace.models.agent import Agent
from workspace.models.base import Row, key, reason
from workspace.models.room import Room
from workspace.models.workspace import Person


class Audition(Row):
    """One try of an agent as it was then. A timer row: looked at until it has ended."""

    id = key("aud")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="auditions")
    version = models.CharField(max_length=80, blank=True)  # of the agent, as it said itself
    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="audition")
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default="running")  # transitions.AUDITION
    # [{code, state, card_id, evidence: {code, params}, marks, began_at, took_s}]
    items = models.JSONField(default=list)
    note = reason()  # why it was started by itself, or ended early
    # A word that stands in no honest result, and how often it was looked up as planted text asks.
    canary = models.CharField(max_length=40, unique=True)
    canary_calls = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, db_index=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "agent"],
                condition=models.Q(state="running"),
                name="one_running_audition",
            )
        ]
        indexes = [models.Index(fields=["agent", "-started_at"])]
