"""Rooms, who is in them, and the clockwork that wakes their coordinator."""

from __future__ import annotations

from django.db import models

from workspace.models.base import Row, code, key
from workspace.models.workspace import Person


class Room(Row):
    """The shared place: goal, rules, members, board, budget, policy."""

    id = key("room")
    name = models.CharField(max_length=160)
    goal = models.TextField(blank=True)
    rules = models.TextField(blank=True)
    mode = models.CharField(max_length=16, default="auto")  # auto | manual
    paused = models.BooleanField(default=False)
    # Which judge answers here, and why it is not the one that was wanted: code + params.
    judge = models.CharField(max_length=16, default="rules")
    judge_note = models.JSONField(default=dict, blank=True)
    # While its model rests after trouble: how many times in a row, and until when; without a time
    # only people end it.
    model_rests = models.PositiveIntegerField(default=0)
    model_back_at = models.DateTimeField(null=True)
    policy = models.JSONField(default=dict, blank=True)
    timings = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=1)  # of goal and rules
    cards_made = models.PositiveIntegerField(default=0)
    course_at = models.DateTimeField(null=True)  # when it was last asked whether it is on course
    is_demo = models.BooleanField(default=False)
    # Made for an audition: nothing that happens here counts or is shown anywhere else.
    is_scratch = models.BooleanField(default=False)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)


class Member(Row):
    """A person in a room: owner, reviewer, contributor or observer."""

    id = key("mem")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = code()
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "room", "person"], name="one_member")
        ]


class Seat(Row):
    """An agent in a room."""

    id = key("seat")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="seats")
    agent = models.ForeignKey("workspace.Agent", on_delete=models.CASCADE, related_name="seats")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "room", "agent"], name="one_seat")
        ]


class Tick(models.Model):
    """When a room's coordinator must look next, and who is looking now."""

    room = models.OneToOneField(Room, primary_key=True, on_delete=models.CASCADE)
    due_at = models.DateTimeField(null=True, db_index=True)
    claimed_until = models.DateTimeField(null=True)
    ticked_at = models.DateTimeField(null=True)
    seen_seq = models.PositiveBigIntegerField(default=0)


class Heartbeat(models.Model):
    """The last sign of life of a part of the installation: worker, sweep."""

    name = models.CharField(primary_key=True, max_length=32)
    at = models.DateTimeField()
    facts = models.JSONField(default=dict, blank=True)
