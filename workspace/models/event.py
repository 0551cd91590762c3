"""What happened, numbered without gaps within its stream."""

from __future__ import annotations

from django.db import models

from workspace.models.base import Row, key


class Stream(Row):
    """The head of a stream: a room's, or the workspace's for agents, tokens and members.

    Its row lock is what makes the order of numbers the order of commits.
    """

    id = models.CharField(primary_key=True, max_length=40)  # the room's or the workspace's id
    seq = models.PositiveBigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)
    snapshot_seq = models.PositiveBigIntegerField(default=0)
    snapshot = models.JSONField(null=True)


class Event(Row):
    """One thing that happened. Rows are only ever added (a trigger refuses the rest)."""

    id = key("evt")
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    type = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)  # usr_…, agt_…, coordinator, system
    on_behalf_of = models.CharField(max_length=60, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    cause = models.JSONField(default=dict, blank=True)  # {rule} | {judgement} | {token}
    data = models.JSONField()
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "stream", "seq"], name="no_number_twice")
        ]
