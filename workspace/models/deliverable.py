"""Files by their sha256, deliverables frozen at submit, and people's verdicts on them."""

from __future__ import annotations

from django.db import models

from workspace.models.base import Row, code, key
from workspace.models.card import Card, Conflict
from workspace.models.room import Room
from workspace.models.run import Run
from workspace.models.workspace import ApiToken, Person


class Blob(Row):
    """Bytes known by their sha256; kept once a workspace, behind Django's storage."""

    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "sha256"], name="one_blob")]

    @property
    def path(self) -> str:
        return f"{self.workspace_id}/{self.sha256[:2]}/{self.sha256}"


class Artifact(Row):
    """A file a worker sent in a run, before and after it becomes part of a deliverable."""

    id = key("art")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="artifacts")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=120)
    role = models.CharField(max_length=16, default="deliverable")  # deliverable | evidence | log
    late = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "run", "blob", "name"], name="one_artifact"
            )
        ]


class Deliverable(Row):
    """One immutable version of a card's output; its sha256 is over the canonical manifest."""

    id = key("dlv")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="deliverables")
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="deliverables")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="deliverables")
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    manifest = models.JSONField()
    summary = models.TextField(blank=True)
    state = models.CharField(max_length=24, default="submitted")
    coverage = models.FloatField(null=True)  # share of its claims with a source that holds
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "card", "version"], name="one_version")
        ]
        indexes = [models.Index(fields=["room", "state"])]


class DeliverableFile(Row):
    """A file of a deliverable, in the order of its manifest."""

    id = key("fil")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="files")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=120)
    role = models.CharField(max_length=16, default="deliverable")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "deliverable", "name"], name="one_file")
        ]


class Claim(Row):
    """A statement a deliverable makes; `ref` is the producer's own id for it."""

    id = key("clm")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="claims")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="claims")
    conflict = models.ForeignKey(
        Conflict, null=True, on_delete=models.SET_NULL, related_name="claims"
    )
    ref = models.CharField(max_length=64)
    subject = models.CharField(max_length=300)
    value = models.JSONField(null=True)
    unit = models.CharField(max_length=32, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "deliverable", "ref"], name="one_claim")
        ]


class Source(Row):
    """Where a deliverable's claims rest: a URL with a quote, a file with its lines, an input."""

    id = key("src")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="sources")
    deliverable = models.ForeignKey(  # none until the run that named it submits
        Deliverable, null=True, on_delete=models.CASCADE, related_name="sources"
    )
    place = (
        models.JSONField()
    )  # {url, title, quote} | {file, lines, sha256} | {deliverable_id, file}
    supports = models.JSONField(default=list)  # refs of claims
    state = models.CharField(max_length=16, default="unchecked")  # found | missing | dead | refused
    checked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, db_index=True)  # when it is to be looked up (again)
    tries = models.PositiveIntegerField(default=0)


class Opening(Row):
    """A person has looked at this version: needed before accepting it."""

    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="openings")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "deliverable", "person"], name="opened_once"
            )
        ]


class Review(Row):
    """One person's verdict on one deliverable version. Only a person can be its author."""

    id = key("rev")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="reviews")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="reviews")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="reviews")
    verdict = code()  # accept | request_changes | reject
    sha256 = models.CharField(max_length=64)  # of the version that was judged
    reason = models.TextField(blank=True)
    comments = models.JSONField(default=list, blank=True)
    token = models.ForeignKey(ApiToken, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "deliverable", "person"], name="one_review_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["accept", "request_changes", "reject"]),
                name="a_known_verdict",
            ),
        ]


# A relation that has no name backwards is fetched by a long chain of conditions, which SQLite
# refuses beyond a thousand: files bring their blobs along by a join instead.
WITH_BLOBS = models.Prefetch("files", DeliverableFile.objects.select_related("blob"))
