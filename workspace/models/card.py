"""Cards: pieces of work, and what they wait for."""

from __future__ import annotations

from django.db import models

from workspace.models.agent import Agent
from workspace.models.base import Row, key, reason
from workspace.models.room import Room
from workspace.models.workspace import Person


class Card(Row):
    """A brief with acceptance criteria and the kind of deliverable it wants."""

    id = key("card")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="cards")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    brief = models.TextField(blank=True)
    criteria = models.JSONField(default=list, blank=True)  # sentences
    kind = models.CharField(max_length=32, default="document")
    skills = models.JSONField(default=list, blank=True)
    labels = models.JSONField(default=list, blank=True)
    priority = models.IntegerField(default=0)
    status = models.CharField(max_length=16, default="ready")
    reason = reason()
    revision = models.PositiveIntegerField(default=1)
    attempts = models.PositiveIntegerField(default=0)  # runs that count as an attempt
    rounds = models.PositiveIntegerField(default=1)
    fence = models.PositiveIntegerField(default=0)  # of the newest run that was given
    # The newest run that counts no more since people decided that the card goes on; none did yet.
    counted_from = models.PositiveIntegerField(null=True)
    versions = models.PositiveIntegerField(default=0)  # deliverables submitted so far
    independent_runs = models.PositiveIntegerField(default=1)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    given_to_agent = models.ForeignKey(
        Agent, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    given_to_person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    depth = models.PositiveIntegerField(default=0)  # how often work was split to get to it
    not_for = models.JSONField(default=list, blank=True)  # agents that may not have it
    repository = models.CharField(max_length=500, blank=True)
    base_commit = models.CharField(max_length=64, blank=True)
    checks = models.JSONField(default=list, blank=True)  # commands, each a list of its words
    due_at = models.DateTimeField(null=True)
    proposed_by = models.JSONField(default=dict, blank=True)  # actor, and the judgement if any
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "room", "number"], name="one_card_number")
        ]
        indexes = [models.Index(fields=["room", "status"])]


class Dependency(Row):
    """`card` waits for `needs`: until its deliverable is accepted, or submitted if it says so."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="dependencies")
    needs = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="dependants")
    met_when = models.CharField(max_length=16, default="accepted")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "card", "needs"], name="one_dependency")
        ]


class Conflict(Row):
    """Claims on one subject that disagree; open until a person rules.

    Or that may disagree: doubted until a person has looked.
    """

    id = key("cfl")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="conflicts")
    subject = models.CharField(max_length=300)
    key = models.CharField(max_length=300, default="")  # the subject, normalised
    status = models.CharField(max_length=16, default="open")  # transitions.CONFLICT
    reason = reason()  # why they cannot both hold, with the values compared
    heard = models.JSONField(default=list)  # every claim that was on the table, as it was
    proposal = models.JSONField(default=dict, blank=True)  # a neutral run's, for whoever rules
    ruling = models.JSONField(default=dict, blank=True)
    ruled_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    ruled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "room", "key"],
                condition=models.Q(status="open"),
                name="one_open_conflict",
            )
        ]
