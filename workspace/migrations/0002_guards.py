"""What even a bug may not do: accept without a person's review, or rewrite what happened."""

from __future__ import annotations

from django.db import migrations

SQLITE = [
    """
    CREATE TRIGGER accepted_needs_a_review BEFORE UPDATE OF state ON workspace_deliverable
    WHEN NEW.state = 'accepted' AND OLD.state <> 'accepted' AND NOT EXISTS (
        SELECT 1 FROM workspace_review r WHERE r.deliverable_id = NEW.id
        AND r.verdict = 'accept' AND r.sha256 = NEW.sha256 AND r.undone_at IS NULL)
    BEGIN SELECT RAISE(ABORT, 'accepted without a person''s review of this version'); END
    """,
    """
    CREATE TRIGGER born_accepted BEFORE INSERT ON workspace_deliverable
    WHEN NEW.state <> 'submitted'
    BEGIN SELECT RAISE(ABORT, 'a version begins as submitted'); END
    """,
    """
    CREATE TRIGGER born_done BEFORE INSERT ON workspace_card
    WHEN NEW.status = 'done'
    BEGIN SELECT RAISE(ABORT, 'a card does not begin as done'); END
    """,
    """
    CREATE TRIGGER version_is_frozen BEFORE UPDATE OF sha256, manifest, version, card_id, run_id
    ON workspace_deliverable
    BEGIN SELECT RAISE(ABORT, 'a submitted version never changes'); END
    """,
    """
    CREATE TRIGGER done_needs_acceptance BEFORE UPDATE OF status ON workspace_card
    WHEN NEW.status = 'done' AND NOT EXISTS (
        SELECT 1 FROM workspace_deliverable d WHERE d.card_id = NEW.id AND d.state = 'accepted')
    BEGIN SELECT RAISE(ABORT, 'done without an accepted version'); END
    """,
    """
    CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON workspace_event
    BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END
    """,
    """
    CREATE TRIGGER terminal_runs_do_not_change BEFORE UPDATE OF state, failure, fence ON workspace_run
    WHEN OLD.state IN ('submitted', 'failed', 'declined', 'cancelled', 'superseded')
    AND (NEW.state <> OLD.state OR NEW.failure <> OLD.failure OR NEW.fence <> OLD.fence)
    BEGIN SELECT RAISE(ABORT, 'a terminal run never changes'); END
    """,
]


def _postgres(name: str, table: str, when: str, condition: str, message: str) -> list[str]:
    return [
        f"""
        CREATE FUNCTION {name}() RETURNS trigger AS $$
        BEGIN
            IF {condition} THEN RAISE EXCEPTION '{message}'; END IF;
            RETURN NEW;
        END $$ LANGUAGE plpgsql
        """,
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


POSTGRES = [
    *_postgres(
        "accepted_needs_a_review", "workspace_deliverable", "BEFORE UPDATE OF state",
        "NEW.state = 'accepted' AND OLD.state <> 'accepted' AND NOT EXISTS (SELECT 1 FROM "
        "workspace_review r WHERE r.deliverable_id = NEW.id AND r.verdict = 'accept' AND "
        "r.sha256 = NEW.sha256 AND r.undone_at IS NULL)",
        "accepted without a person''s review of this version",
    ),
    *_postgres(
        "born_accepted", "workspace_deliverable", "BEFORE INSERT", "NEW.state <> 'submitted'",
        "a version begins as submitted",
    ),
    *_postgres(
        "born_done", "workspace_card", "BEFORE INSERT", "NEW.status = 'done'",
        "a card does not begin as done",
    ),
    *_postgres(
        "version_is_frozen", "workspace_deliverable",
        "BEFORE UPDATE OF sha256, manifest, version, card_id, run_id",
        "NEW.sha256 <> OLD.sha256 OR NEW.version <> OLD.version OR NEW.card_id <> OLD.card_id "
        "OR NEW.run_id <> OLD.run_id OR NEW.manifest <> OLD.manifest",
        "a submitted version never changes",
    ),
    *_postgres(
        "done_needs_acceptance", "workspace_card", "BEFORE UPDATE OF status",
        "NEW.status = 'done' AND NOT EXISTS (SELECT 1 FROM workspace_deliverable d "
        "WHERE d.card_id = NEW.id AND d.state = 'accepted')",
        "done without an accepted version",
    ),
    *_postgres(
        "events_are_not_changed", "workspace_event", "BEFORE UPDATE", "TRUE",
        "events are only ever added",
    ),
    *_postgres(
        "terminal_runs_do_not_change", "workspace_run", "BEFORE UPDATE OF state, failure, fence",
        "OLD.state IN ('submitted', 'failed', 'declined', 'cancelled', 'superseded') AND "
        "(NEW.state <> OLD.state OR NEW.failure <> OLD.failure OR NEW.fence <> OLD.fence)",
        "a terminal run never changes",
    ),
]  # fmt: skip


def guard(apps, schema_editor) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("workspace", "0001_initial")]
    # Later migrations that rebuild these tables on SQLite must put the triggers back.
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
