"""
What the database refuses, whoever asks: two places for one meter, two registers for one channel,
another set of registers under an installation, a count that the dials cannot show, and a change of
what only ever grows.
"""

from django.db import migrations

from lamplighter.platform.append_only import guard_append_only

# Of two installations, whether a register of each measures the same channel.
SAME_CHANNEL = """
    EXISTS (SELECT 1 FROM metering_register AS ours
            JOIN metering_register AS theirs ON theirs.channel = ours.channel
            WHERE ours.meter_id = NEW.meter_id AND theirs.meter_id = other.meter_id)
"""

SQLITE_OVERLAP = """
    CREATE TRIGGER metering_installation_overlap_{event} BEFORE {event} ON metering_installation
    WHEN EXISTS (
      SELECT 1 FROM metering_installation AS other
      WHERE other.id <> NEW.id
        AND (NEW.removed_at IS NULL OR other.installed_at < NEW.removed_at)
        AND (other.removed_at IS NULL OR NEW.installed_at < other.removed_at)
        AND (other.meter_id = NEW.meter_id
             OR other.usage_point_id = NEW.usage_point_id AND {same_channel}))
    BEGIN SELECT RAISE(ABORT, 'installation overlaps another one'); END
"""
SQLITE = [
    SQLITE_OVERLAP.format(event="insert", same_channel=SAME_CHANNEL),
    SQLITE_OVERLAP.format(event="update", same_channel=SAME_CHANNEL),
    """
    CREATE TRIGGER metering_register_before_installation BEFORE INSERT ON metering_register
    WHEN EXISTS (SELECT 1 FROM metering_installation WHERE meter_id = NEW.meter_id)
    BEGIN SELECT RAISE(ABORT, 'the meter is installed: its registers stay'); END
    """,
    """
    CREATE TRIGGER metering_registerreading_on_dials BEFORE INSERT ON metering_registerreading
    WHEN length(NEW.count) >
         (SELECT dials + decimals FROM metering_register WHERE id = NEW.register_id)
    BEGIN SELECT RAISE(ABORT, 'the dials cannot show this count'); END
    """,
]
SQLITE_TRIGGERS = [
    "metering_installation_overlap_insert",
    "metering_installation_overlap_update",
    "metering_register_before_installation",
    "metering_registerreading_on_dials",
]

# Rows are locked so that two transactions at once, each blind to the other, do not both pass.
POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    ALTER TABLE metering_installation ADD CONSTRAINT installation_meter_in_one_place
      EXCLUDE USING gist (meter_id WITH =, tstzrange(installed_at, removed_at) WITH &&)
    """,
    f"""
    CREATE FUNCTION metering_installation_channel_free() RETURNS trigger AS $$
    BEGIN
      PERFORM 1 FROM metering_meter WHERE id = NEW.meter_id FOR NO KEY UPDATE;
      PERFORM 1 FROM customers_usagepoint WHERE id = NEW.usage_point_id FOR NO KEY UPDATE;
      IF EXISTS (
        SELECT 1 FROM metering_installation AS other
        WHERE other.id <> NEW.id AND other.usage_point_id = NEW.usage_point_id
          AND tstzrange(other.installed_at, other.removed_at)
              && tstzrange(NEW.installed_at, NEW.removed_at)
          AND {SAME_CHANNEL}) THEN
        RAISE EXCEPTION 'installation overlaps another one of the same channel'
          USING ERRCODE = 'exclusion_violation';
      END IF;
      RETURN NEW;
    END $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER metering_installation_channel_free
      BEFORE INSERT OR UPDATE ON metering_installation
      FOR EACH ROW EXECUTE FUNCTION metering_installation_channel_free()
    """,
    """
    CREATE FUNCTION metering_register_before_installation() RETURNS trigger AS $$
    BEGIN
      PERFORM 1 FROM metering_meter WHERE id = NEW.meter_id FOR NO KEY UPDATE;
      IF EXISTS (SELECT 1 FROM metering_installation WHERE meter_id = NEW.meter_id) THEN
        RAISE EXCEPTION 'the meter is installed: its registers stay'
          USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN NEW;
    END $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER metering_register_before_installation BEFORE INSERT ON metering_register
      FOR EACH ROW EXECUTE FUNCTION metering_register_before_installation()
    """,
    """
    CREATE FUNCTION metering_registerreading_on_dials() RETURNS trigger AS $$
    BEGIN
      IF length(NEW.count::text) >
         (SELECT dials + decimals FROM metering_register WHERE id = NEW.register_id) THEN
        RAISE EXCEPTION 'the dials cannot show this count' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$ LANGUAGE plpgsql
    """,
    """
    CREATE TRIGGER metering_registerreading_on_dials BEFORE INSERT ON metering_registerreading
      FOR EACH ROW EXECUTE FUNCTION metering_registerreading_on_dials()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER metering_registerreading_on_dials ON metering_registerreading",
    "DROP FUNCTION metering_registerreading_on_dials",
    "DROP TRIGGER metering_register_before_installation ON metering_register",
    "DROP FUNCTION metering_register_before_installation",
    "DROP TRIGGER metering_installation_channel_free ON metering_installation",
    "DROP FUNCTION metering_installation_channel_free",
    "ALTER TABLE metering_installation DROP CONSTRAINT installation_meter_in_one_place",
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
    dependencies = [("metering", "0001_initial"), ("customers", "0001_initial")]

    operations = [
        migrations.RunPython(put_on, take_off),
        guard_append_only("metering", "Register"),
        guard_append_only("metering", "RegisterReading"),
        guard_append_only("metering", "ReadingImport"),
    ]
