"""
What the database refuses, whoever asks: published versions of one tariff that overlap, and a
change of what has billed. Only its last day may move, when another version takes over.
"""

from django.db import migrations

STAYS = ["id", "tariff_id", "name", "document", "sha256", "currency", "starts_on", "state",
         "imported_at", "first_billed_at"]  # fmt: skip

SQLITE_OVERLAP = """
    CREATE TRIGGER tariffs_version_overlap_{event} BEFORE {event} ON tariffs_tariffversion
    WHEN NEW.state = 'published' AND EXISTS (
      SELECT 1 FROM tariffs_tariffversion AS other
      WHERE other.id <> NEW.id AND other.tariff_id = NEW.tariff_id AND other.state = 'published'
        AND (NEW.ends_on IS NULL OR other.starts_on IS NULL OR other.starts_on < NEW.ends_on)
        AND (other.ends_on IS NULL OR NEW.starts_on IS NULL OR NEW.starts_on < other.ends_on))
    BEGIN SELECT RAISE(ABORT, 'two published versions of one tariff overlap'); END
"""
SQLITE_CHANGED = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in STAYS)
SQLITE = [
    SQLITE_OVERLAP.format(event="insert"),
    SQLITE_OVERLAP.format(event="update"),
    f"""
    CREATE TRIGGER tariffs_version_billed_update BEFORE UPDATE ON tariffs_tariffversion
    WHEN OLD.first_billed_at IS NOT NULL AND ({SQLITE_CHANGED})
    BEGIN SELECT RAISE(ABORT, 'this version has billed and stays as it is'); END
    """,
    """
    CREATE TRIGGER tariffs_version_billed_delete BEFORE DELETE ON tariffs_tariffversion
    WHEN OLD.first_billed_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'this version has billed and stays as it is'); END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER tariffs_version_overlap_insert",
    "DROP TRIGGER tariffs_version_overlap_update",
    "DROP TRIGGER tariffs_version_billed_update",
    "DROP TRIGGER tariffs_version_billed_delete",
]

NEW, OLD = (", ".join(f"{row}.{column}" for column in STAYS) for row in ("NEW", "OLD"))
POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    ALTER TABLE tariffs_tariffversion ADD CONSTRAINT tariff_versions_apart
      EXCLUDE USING gist (tariff_id WITH =, daterange(starts_on, ends_on) WITH &&)
      WHERE (state = 'published')
    """,
    f"""
    CREATE FUNCTION tariffs_version_billed() RETURNS trigger AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR ({NEW}) IS DISTINCT FROM ({OLD}) THEN
        RAISE EXCEPTION 'this version has billed and stays as it is'
          USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER tariffs_version_billed BEFORE UPDATE OR DELETE ON tariffs_tariffversion
      FOR EACH ROW WHEN (OLD.first_billed_at IS NOT NULL)
      EXECUTE FUNCTION tariffs_version_billed()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER tariffs_version_billed ON tariffs_tariffversion",
    "DROP FUNCTION tariffs_version_billed",
    "ALTER TABLE tariffs_tariffversion DROP CONSTRAINT tariff_versions_apart",
]


def put_on(apps, editor):
    for statement in SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL:
        editor.execute(statement, params=None)


def take_off(apps, editor):
    for statement in SQLITE_BACK if editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("tariffs", "0001_initial")]

    operations = [migrations.RunPython(put_on, take_off)]
