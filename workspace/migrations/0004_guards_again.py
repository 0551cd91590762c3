"""The guards of 0002 once more: on SQLite the migration before this one rebuilt their tables."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

GUARDS = import_module("workspace.migrations.0002_guards")


def guard_again(apps, schema_editor) -> None:
    if schema_editor.connection.vendor != "sqlite":
        return  # there the tables were altered in place
    for statement in GUARDS.SQLITE:
        schema_editor.execute(statement.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS"))


class Migration(migrations.Migration):
    dependencies = [("workspace", "0003_coordination")]
    operations = [migrations.RunPython(guard_again, migrations.RunPython.noop)]
