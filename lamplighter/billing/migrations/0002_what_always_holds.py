"""
What the database refuses, whoever asks: two agreements for one usage point on one day, a day of an
agreement charged twice, and a change of what was issued.
"""

from django.db import migrations

from lamplighter.platform.append_only import guard_append_only

SQLITE_AGREEMENT = """
    CREATE TRIGGER billing_agreement_overlap_{event} BEFORE {event} ON billing_agreement
    WHEN EXISTS (
      SELECT 1 FROM billing_agreement AS other
      WHERE other.usage_point_id = NEW.usage_point_id AND other.id <> NEW.id
        AND (NEW.ends_on IS NULL OR other.starts_on < NEW.ends_on)
        AND (other.ends_on IS NULL OR NEW.starts_on < other.ends_on))
    BEGIN SELECT RAISE(ABORT, 'agreement overlaps another one'); END
"""
SQLITE = [
    SQLITE_AGREEMENT.format(event="insert"),
    SQLITE_AGREEMENT.format(event="update"),
    """
    CREATE TRIGGER billing_billedspan_overlap BEFORE INSERT ON billing_billedspan
    WHEN EXISTS (
      SELECT 1 FROM billing_billedspan AS other
      WHERE other.agreement_id = NEW.agreement_id
        AND other.first_day < NEW.after_last AND NEW.first_day < other.after_last)
    BEGIN SELECT RAISE(ABORT, 'these days are billed'); END
    """,
]
SQLITE_TRIGGERS = [
    "billing_agreement_overlap_insert",
    "billing_agreement_overlap_update",
    "billing_billedspan_overlap",
]

POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    ALTER TABLE billing_agreement ADD CONSTRAINT agreement_one_a_day
      EXCLUDE USING gist (usage_point_id WITH =, daterange(starts_on, ends_on) WITH &&)
    """,
    """
    ALTER TABLE billing_billedspan ADD CONSTRAINT billed_span_once_a_day
      EXCLUDE USING gist (agreement_id WITH =, daterange(first_day, after_last) WITH &&)
    """,
]
POSTGRESQL_BACK = [
    "ALTER TABLE billing_billedspan DROP CONSTRAINT billed_span_once_a_day",
    "ALTER TABLE billing_agreement DROP CONSTRAINT agreement_one_a_day",
]


def put_on(apps, editor):
    for statement in SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL:
        editor.execute(statement, params=None)


def take_off(apps, editor):
    if editor.connection.vendor == "sqlite":
        statements = [f"DROP TRIGGER {name}" for name in SQLITE_TRIGGERS]
    else:
        statements = POSTGRESQL_BACK
    for statement in statements:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        migrations.RunPython(put_on, take_off),
        guard_append_only("billing", "Bill"),
        guard_append_only("billing", "Settlement"),
    ]
