"""What every row shares: a sortable prefixed id and the workspace it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from workspace.ids import IdOf
from workspace.models.many import add_rows, change_rows


def key(prefix: str) -> models.CharField[str, str]:
    """A primary key such as `card_01kb…`."""
    return models.CharField(primary_key=True, max_length=40, default=IdOf(prefix), editable=False)


class Row(models.Model):
    """A row inside one workspace. Queries start from the workspace, never from the table."""

    workspace = models.ForeignKey("workspace.Workspace", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True

    def save(
        self, *, force_insert: Any = False, force_update: bool = False, using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:  # fmt: skip
        """Django's `save`, by a statement that is prepared once, which costs a fifth.

        No model here has fields that change themselves, and nothing listens to signals.
        """
        is_plain = not force_update and using in (None, "default")
        if is_plain and (self._added(force_insert) or self._changed(force_insert, update_fields)):
            return
        super().save(
            force_insert=force_insert, force_update=force_update, using=using,
            update_fields=update_fields,
        )  # fmt: skip

    def _added(self, force_insert: Any) -> bool:
        """Insert what is new and has a key already."""
        is_new = self._state.adding and force_insert is True
        if not is_new or self.pk is None or self._meta.auto_field is not None:
            return False
        add_rows([self])
        self._state.adding, self._state.db = False, "default"
        return True

    def _changed(self, force_insert: Any, update_fields: Iterable[str] | None) -> bool:
        """Write these fields, or all that were read, to the row that is there."""
        if self._state.adding or force_insert:
            return False
        if update_fields is not None:
            names = tuple(update_fields)
            return not names or change_rows([self], names) == 1
        fields = self._meta.local_concrete_fields
        read = (one.attname for one in fields if not one.primary_key)
        return change_rows([self], tuple(name for name in read if name in self.__dict__)) == 1


def code() -> models.CharField[str, str]:
    """A short word from a closed list kept in transitions or policy."""
    return models.CharField(max_length=32)


def reason() -> models.JSONField:
    """`{"code": …, "params": {…}}` or `{}`; sentences are made when it is shown."""
    return models.JSONField(default=dict, blank=True)
