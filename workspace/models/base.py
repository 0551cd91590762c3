"""What every row shares: a sortable prefixed id and the workspace it belongs to."""

from __future__ import annotations

from django.db import models

from workspace.ids import IdOf


def key(prefix: str) -> models.CharField[str, str]:
    """A primary key such as `card_01kb…`."""
    return models.CharField(primary_key=True, max_length=40, default=IdOf(prefix), editable=False)


class Row(models.Model):
    """A row inside one workspace. Queries start from the workspace, never from the table."""

    workspace = models.ForeignKey("workspace.Workspace", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


def code() -> models.CharField[str, str]:
    """A short word from a closed list kept in transitions or policy."""
    return models.CharField(max_length=32)


def reason() -> models.JSONField:
    """`{"code": …, "params": {…}}` or `{}`; sentences are made when it is shown."""
    return models.JSONField(default=dict, blank=True)
