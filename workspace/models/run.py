"""Runs: one worker's attempt at a card, its steps, and what it sent."""

from __future__ import annotations

from django.db import models

from workspace.models.agent import Agent
from workspace.models.base import Row, code, key, reason
from workspace.models.card import Card
from workspace.models.room import Room
from workspace.models.workspace import Person
from workspace.transitions import LIVE_RUN


class Run(Row):
    """One worker's attempt at a card. An agent's run holds a lease with a fencing token."""

    id = key("run")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="runs")
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="runs")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.CASCADE, related_name="runs")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="runs")
    by_coordinator = models.BooleanField(default=False)  # a package put together from parts
    attempt = models.PositiveIntegerField()
    round = models.PositiveIntegerField(default=1)
    slot = models.PositiveIntegerField(default=1)  # which of a card's independent runs
    state = models.CharField(max_length=16, default="queued")
    failure = models.CharField(max_length=32, blank=True)
    reason = reason()  # why it ended as it did, with evidence
    why = models.JSONField(default=dict, blank=True)  # why this worker, with the numbers
    fence = models.PositiveIntegerField()
    timings = models.JSONField(default=dict)  # as they were when it was given
    queued_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    ack_by = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    last_sign_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    cancel_by = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    percent = models.FloatField(null=True)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True)  # its own word
    note = models.CharField(max_length=500, blank=True)
    steps_count = models.PositiveIntegerField(default=0)
    external_url = models.CharField(max_length=2000, blank=True)
    checkpoint = models.JSONField(null=True)
    feedback = models.TextField(blank=True)  # what the review before asked of this round
    asked = models.JSONField(default=dict, blank=True)  # the card's words when it was given
    trail = models.JSONField(default=dict, blank=True)  # its steps in short, see workspace.trail
    previous = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    @property
    def worker_id(self) -> str:
        """Who does it: an agent, a person, or the coordinator for a package."""
        return self.agent_id or self.person_id or "coordinator"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "card", "slot"],
                condition=models.Q(state__in=LIVE_RUN),
                name="one_live_run_per_card",
            ),
            models.UniqueConstraint(
                fields=["workspace", "card", "fence"], name="one_run_per_fence"
            ),
            models.CheckConstraint(
                condition=models.Q(agent__isnull=False)
                | models.Q(person__isnull=False)
                | models.Q(by_coordinator=True),
                name="a_run_has_a_worker",
            ),
        ]
        indexes = [models.Index(fields=["agent", "state"]), models.Index(fields=["room", "state"])]


class RunInput(Row):
    """An accepted deliverable that a run was given, pinned by its sha256."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="inputs")
    deliverable = models.ForeignKey(
        "workspace.Deliverable", on_delete=models.PROTECT, related_name="given_to"
    )
    sha256 = models.CharField(max_length=64)
    # What was done when it changed: told | confirmed | redone, by whom and when; {} if nothing.
    settled = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "run", "deliverable"], name="one_input")
        ]


class Remedy(Row):
    """What was decided after a run did not succeed, and what that changed."""

    id = key("rem")
    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="remedy")
    remedy = code()  # retry | reassign | rewrite | split | ask
    cause = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)
    changed = models.JSONField(default=dict, blank=True)  # what became different, by name
    judgement = models.ForeignKey(
        "workspace.Judgement", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()


class Step(Row):
    """One unit of progress reported in a run; not an event."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    n = models.PositiveIntegerField()
    kind = code()  # progress, thought, action, result, question, error
    title = models.CharField(max_length=500)
    input = models.TextField(blank=True)
    output = models.TextField(blank=True)
    status = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "run", "n"], name="one_step")]


class Received(Row):
    """An event an agent sent, kept as long as its run, so that its effect happens once."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="received")
    event_id = models.CharField(max_length=128)
    type = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "run", "event_id"], name="received_once")
        ]


class IdempotentAnswer(Row):
    """What a single POST with an `Idempotency-Key` was answered; kept for 24 hours."""

    scope = models.CharField(max_length=80)  # a run's or a token's id
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveIntegerField(null=True)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "scope", "key"], name="answered_once")
        ]


class LateResult(Row):
    """What a worker sent after its run was over; kept, shown, and without effect by itself."""

    id = key("late")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="late_results")
    at = models.DateTimeField()
    summary = models.TextField(blank=True)
    payload = models.JSONField(default=dict)
    # The version a person made of it.
    became = models.ForeignKey(
        "workspace.Deliverable", null=True, on_delete=models.SET_NULL, related_name="+"
    )
