"""What is owed to the outside, and every try to bring it there."""

from __future__ import annotations

from django.db import models

from workspace.models.agent import Agent
from workspace.models.base import Row, key
from workspace.models.room import Room
from workspace.models.run import Run


class Delivery(Row):
    """An event owed to an agent, at least once. Credentials are put in at sending, never here."""

    id = key("evt")  # travels as webhook-id: equal across retries
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="deliveries")
    room = models.ForeignKey(Room, null=True, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="deliveries")
    type = models.CharField(max_length=64)
    data = models.JSONField(default=dict)  # parameters; the envelope is built at sending
    inbox_seq = models.PositiveIntegerField(default=0)  # its number in the run's inbox
    state = models.CharField(max_length=16, default="due")
    # due | sending | delivered | failed | cancelled
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, db_index=True)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["agent", "created_at"])]


class DeliveryTry(Row):
    """One try: what was answered and how long it took. `way` is out, or in for callbacks."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="tries")
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.CASCADE, related_name="log")
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=8, default="out")
    type = models.CharField(max_length=64)
    at = models.DateTimeField()
    n = models.PositiveIntegerField(default=1)
    status = models.PositiveIntegerField(null=True)
    outcome = models.JSONField(default=dict)  # code + params
    took_ms = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["agent", "-at"])]
