"""Writing rows by statements that are prepared once: single ones, and where they come by the
thousand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

Told = tuple[str, tuple[Any, ...]]  # a statement, and the fields its places stand for


def add_rows(
    rows: Sequence[models.Model], *, known_by: Sequence[str] = (), changes: Sequence[str] = ()
) -> None:
    """Insert these rows of one model, as `bulk_create` does at several times the cost.

    Where there is a row already that is `known_by` these fields, its `changes` are written.
    Whoever calls has set every field; rows with a key of the database's own do not learn it.
    """
    if not rows:
        return
    told, fields = _insertion(type(rows[0]), tuple(known_by), tuple(changes))
    _execute(told, [[prepared(row, field) for field in fields] for row in rows])


def change_rows(rows: Sequence[models.Model], changes: Sequence[str]) -> int:
    """Write these fields of rows of one model that are there, each by its key; how many were.

    Raises ValueError where the model has no such field.
    """
    if not rows:
        return 0
    told, fields = _change(type(rows[0]), tuple(changes))
    return _execute(told, [[*(prepared(row, one) for one in fields), row.pk] for row in rows])


@lru_cache
def _insertion(
    model: type[models.Model], known_by: tuple[str, ...], changes: tuple[str, ...]
) -> Told:
    meta = model._meta
    fields = [field for field in meta.local_concrete_fields if field is not meta.auto_field]
    names = ", ".join(_quoted(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    told = f"INSERT INTO {_quoted(meta.db_table)} ({names}) VALUES ({places})"  # noqa: S608 — our names
    if known_by:
        known = ", ".join(_quoted(column_of(meta, name)) for name in known_by)
        new = (_quoted(column_of(meta, name)) for name in changes)
        told += f" ON CONFLICT ({known}) DO UPDATE SET "
        told += ", ".join(f"{column} = excluded.{column}" for column in new)
    return told, tuple(fields)


@lru_cache
def _change(model: type[models.Model], changes: tuple[str, ...]) -> Told:
    meta = model._meta
    named = {name: field for field in meta.local_concrete_fields
             for name in (field.name, field.attname)}  # fmt: skip
    if unknown := set(changes) - set(named):
        raise ValueError(f"{meta.label} has no field {sorted(unknown)}")
    fields = tuple(dict.fromkeys(named[name] for name in changes))
    columns = ", ".join(f"{_quoted(str(field.column))} = %s" for field in fields)
    key = _quoted(str(meta.pk.column))
    return f"UPDATE {_quoted(meta.db_table)} SET {columns} WHERE {key} = %s", fields  # noqa: S608 — our names


def prepared(row: models.Model, field: Any) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def column_of(meta: Any, name: str) -> str:
    return str(meta.get_field(name).column)


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _execute(told: str, values: Sequence[Sequence[Any]]) -> int:
    """How many rows were written."""
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(told, values[0])
        else:
            cursor.executemany(told, values)
        return int(cursor.rowcount)
