"""Agents: workers that are not people."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from workspace.models.base import Row, code, key
from workspace.models.workspace import Person

DOORS = ("webhook", "a2a", "connector", "mcp", "model")


class Agent(Row):
    """A worker that is not a person, with skills, tools and a capacity."""

    id = key("agt")
    name = models.CharField(max_length=80)
    door = code()
    url = models.CharField(max_length=2000, blank=True)
    # How its door reaches it, in that door's own words (a model's name, an interface); no secret.
    reach = models.JSONField(default=dict, blank=True)
    # Who may give it work: everybody in its rooms, or its owner alone.
    work_from = models.CharField(max_length=16, default="rooms")  # rooms | owner
    status = models.CharField(max_length=24, default="unverified")
    # unverified | verified | verified_insecure | paused | disabled | revoked
    paused = models.BooleanField(default=False)
    status_reason = models.JSONField(default=dict, blank=True)
    skills = models.JSONField(default=list)  # the first is the one it is best at
    tools = models.JSONField(default=list, blank=True)
    capabilities = models.JSONField(default=dict, blank=True)
    version = models.CharField(max_length=80, blank=True)
    max_concurrency = models.PositiveIntegerField(default=1)
    # Whether a person said so; else what the agent says of itself counts.
    is_limit_set = models.BooleanField(default=False)
    timings = models.JSONField(default=dict, blank=True)
    # Encrypted under the keyring: what events are signed with, or the key its endpoint asks for.
    secret = models.BinaryField(null=True)
    secret_before = models.BinaryField(null=True)
    secret_before_until = models.DateTimeField(null=True)
    secret_changed_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="agents")
    note = models.JSONField(default=dict, blank=True)  # such as "built to fail", code + params
    # The connector that drives it, and until when that counts as there; others have none.
    connector = models.ForeignKey(
        "workspace.Connector", null=True, on_delete=models.SET_NULL, related_name="agents"
    )
    there_until = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    degraded_until = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_agent_of_a_name")
        ]

    def is_away(self, at: datetime) -> bool:
        """Whether it lives behind a connector that is not there."""
        if self.door != "connector":
            return False
        return self.there_until is None or self.there_until <= at

    @property
    def letters(self) -> str:
        return (self.name.replace(" ", "") + "--")[:2].capitalize()


class Verification(Row):
    """One try to verify an agent: what was asked and what came back, step by step."""

    id = key("vrf")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="verifications")
    at = models.DateTimeField()
    status = code()
    steps = models.JSONField(default=list)  # [{code, params, ok, took_ms}]
