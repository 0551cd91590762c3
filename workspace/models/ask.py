"""What only a person can answer, what people and agents say, and what the judge was asked."""

from __future__ import annotations

from django.db import models

from workspace.models.agent import Agent
from workspace.models.base import Row, code, key
from workspace.models.card import Card
from workspace.models.room import Room
from workspace.models.run import Run
from workspace.models.workspace import Person


class Ask(Row):
    """A question, a permission for an exact command, a choice, or a hand-off."""

    id = key("ask")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="asks")
    card = models.ForeignKey(Card, null=True, on_delete=models.CASCADE, related_name="asks")
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="asks")
    kind = code()  # question | permission | choice | handoff
    state = models.CharField(max_length=16, default="open")
    body = (
        models.JSONField()
    )  # {message_md, schema, url} | {title, action, risk, …} | {code, params}
    blocking = models.BooleanField(default=True)
    ref = models.CharField(max_length=128, blank=True)  # the agent's own id for it
    action_digest = models.CharField(max_length=80, blank=True)
    answer = models.JSONField(default=dict, blank=True)  # {action, content} | {decision}
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["room", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "run", "ref"],
                condition=~models.Q(ref=""),
                name="one_ask_per_ref",
            )
        ]


class Message(Row):
    """What a person, an agent or the coordinator said in a room or on a card."""

    id = key("msg")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="messages")
    card = models.ForeignKey(Card, null=True, on_delete=models.CASCADE, related_name="messages")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    to_agent = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField(blank=True)
    note = models.JSONField(default=dict, blank=True)  # said as code + params instead of words
    answers = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="replies"
    )
    by_coordinator = models.BooleanField(default=False)
    for_coordinator = models.BooleanField(default=False)
    at = models.DateTimeField()


class Judgement(Row):
    """One model call of the coordinator and its answer; a timer row, claimed by a job."""

    id = key("jdg")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="judgements")
    kind = code()  # plan, …
    subject_id = models.CharField(max_length=40)
    revision = models.PositiveIntegerField()
    state = models.CharField(max_length=16, default="wanted")
    judge = models.CharField(max_length=16, blank=True)  # who answered: kimi | rules
    model = models.CharField(max_length=120, blank=True)
    prompt_sha256 = models.CharField(max_length=64, blank=True)
    prompt_tokens = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)
    completion_tokens = models.PositiveIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    prompt_size = models.PositiveIntegerField(null=True)  # tokens, estimated before asking
    thinking = models.BooleanField(null=True)
    asked_about = models.JSONField(default=dict, blank=True)  # ids and counts of the question
    proposal = models.JSONField(null=True)
    verdict = models.JSONField(default=dict, blank=True)  # what validation said; code + params
    trouble = models.JSONField(default=list, blank=True)  # each try that failed: code + params
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "room", "kind", "subject_id"],
                condition=models.Q(state__in=["wanted", "asking"]),
                name="one_open_judgement",
            )
        ]
