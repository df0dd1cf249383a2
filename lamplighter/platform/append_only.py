"""Tables to which rows are added, and in which none is ever changed: refused by the database."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import migrations, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AppendOnly(models.Model):
    """
    A table whose rows stay as they were written. Its migration calls `guard_append_only`.

    SQLite makes a table anew when a column changes, and forgets its triggers: such a migration
    ends with `guard_append_only` too.
    """

    class Meta:
        abstract = True


def append_only_tables(database: str) -> list[tuple[str, str]]:
    """
    Those of one database, as table and key column.

    :param database: its alias in the settings
    """
    found = [
        model._meta
        for model in apps.get_models()
        if issubclass(model, AppendOnly) and router.allow_migrate_model(database, model)
    ]
    return [(options.db_table, str(options.pk.column)) for options in found]


def guard_append_only(app: str, model: str) -> migrations.RunPython:
    """Make the migration operation that puts the triggers on a table."""

    def guard(state: Any, editor: BaseDatabaseSchemaEditor) -> None:
        options = state.get_model(app, model)._meta
        for statement in guards(editor.connection.vendor, options.db_table, options.pk.column):
            editor.execute(statement, params=None)

    def unguard(state: Any, editor: BaseDatabaseSchemaEditor) -> None:
        table = state.get_model(app, model)._meta.db_table
        for statement in unguards(editor.connection.vendor, table):
            editor.execute(statement, params=None)

    return migrations.RunPython(guard, unguard)


def guards(vendor: str, table: str, key: str) -> Iterator[str]:
    """SQL that puts the triggers on; nothing changes where they are already."""
    yield from unguards(vendor, table)
    if vendor == "sqlite":
        says = f"SELECT RAISE(ABORT, '{table} is append-only'); END"
        yield f'CREATE TRIGGER {table}_no_update BEFORE UPDATE ON "{table}" BEGIN {says}'
        yield f'CREATE TRIGGER {table}_no_delete BEFORE DELETE ON "{table}" BEGIN {says}'
        # INSERT OR REPLACE takes away the row in its way without asking the trigger above.
        same_key = f'SELECT 1 FROM "{table}" WHERE "{key}" = NEW."{key}"'  # noqa: S608 - our names
        yield (
            f'CREATE TRIGGER {table}_no_replace BEFORE INSERT ON "{table}"'
            f" WHEN EXISTS ({same_key}) BEGIN {says}"
        )
    else:
        yield """
            CREATE OR REPLACE FUNCTION lamplighter_append_only() RETURNS trigger AS $$
            BEGIN
              RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
            END $$ LANGUAGE plpgsql"""
        yield (
            f'CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON "{table}"'
            " FOR EACH ROW EXECUTE FUNCTION lamplighter_append_only()"
        )
        yield (
            f'CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON "{table}"'
            " FOR EACH STATEMENT EXECUTE FUNCTION lamplighter_append_only()"
        )


def unguards(vendor: str, table: str) -> Iterator[str]:
    """SQL that takes the triggers off."""
    if vendor == "sqlite":
        for name in ("no_update", "no_delete", "no_replace"):
            yield f"DROP TRIGGER IF EXISTS {table}_{name}"
    else:
        for name in ("no_change", "no_truncate"):
            yield f'DROP TRIGGER IF EXISTS {table}_{name} ON "{table}"'


def unguarded_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Name the append-only tables on which a trigger is missing or switched off."""
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        expected = {"no_update", "no_delete", "no_replace"}
    else:
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
        expected = {"no_change", "no_truncate"}
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name for (name,) in cursor.fetchall()}
    return [
        table
        for table, _ in append_only_tables(connection.alias)
        if not {f"{table}_{name}" for name in expected} <= found
    ]
