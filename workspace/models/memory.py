"""What a room knows for good, and what was attached to its goal and cards."""

from __future__ import annotations

from django.db import models

from workspace.models.agent import Agent
from workspace.models.base import Row, key
from workspace.models.card import Card, Conflict
from workspace.models.deliverable import Blob
from workspace.models.room import Room
from workspace.models.workspace import Person


class Fact(Row):
    """Room memory: a fact a person pinned, by ruling on a conflict or in words of their own."""

    id = key("fact")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="facts")
    subject = models.CharField(max_length=300)
    key = models.CharField(max_length=300, blank=True)  # the subject, normalised
    value = models.JSONField(null=True)
    unit = models.CharField(max_length=32, blank=True)
    text = models.TextField(blank=True)
    conflict = models.ForeignKey(Conflict, null=True, on_delete=models.SET_NULL, related_name="+")
    pinned_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    pinned_at = models.DateTimeField()
    unpinned_at = models.DateTimeField(null=True)


class Attachment(Row):
    """A file a person gave with the goal (no card) or with a card. `text`: what a reader sees."""

    id = key("att")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="attachments")
    card = models.ForeignKey(Card, null=True, on_delete=models.CASCADE, related_name="attachments")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    added_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)


class Standing(Row):
    """What an agent has shown in one skill for one kind of deliverable; "" is any.

    `good` and `bad` fade, see `workspace.standing`; `at` is when they were last true.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="standings")
    skill = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=32, blank=True)
    good = models.FloatField(default=0)
    bad = models.FloatField(default=0)
    latency_s = models.FloatField(null=True)
    cost_usd = models.FloatField(null=True)  # of one run, as the agent says
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "agent", "skill", "kind"], name="one_standing"
            )
        ]
