"""The database refuses to change the audit trail, and chains it."""

from django.db import migrations

from lamplighter.platform.append_only import guard_append_only

# Both say the same: number the line after the last seal, hash the last hash and the digest.
SQLITE = """
    CREATE TRIGGER platform_auditline_seal AFTER INSERT ON platform_auditline BEGIN
      INSERT INTO platform_auditseal (number, line_id, hash)
      SELECT coalesce(last.number, 0) + 1,
             NEW.id,
             SHA256(coalesce(last.hash, '{genesis}') || NEW.digest)
      FROM (SELECT 1)
      LEFT JOIN (SELECT number, hash FROM platform_auditseal ORDER BY number DESC LIMIT 1) AS last;
    END
"""
POSTGRESQL = """
    CREATE FUNCTION platform_auditline_seal() RETURNS trigger AS $$
    BEGIN
      -- One at a time, until the transaction is over; the next statement sees the last one's seal.
      PERFORM pg_advisory_xact_lock(hashtext('platform_auditseal'));
      INSERT INTO platform_auditseal (number, line_id, hash)
      SELECT coalesce(last.number, 0) + 1,
             NEW.id,
             encode(sha256((coalesce(last.hash, '{genesis}') || NEW.digest)::bytea), 'hex')
      FROM (SELECT 1) AS always
      LEFT JOIN (SELECT number, hash FROM platform_auditseal ORDER BY number DESC LIMIT 1) AS last
        ON true;
      RETURN NULL;
    END $$ LANGUAGE plpgsql;

    CREATE CONSTRAINT TRIGGER platform_auditline_seal AFTER INSERT ON platform_auditline
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION platform_auditline_seal()
"""


def chain(apps, editor):
    text = SQLITE if editor.connection.vendor == "sqlite" else POSTGRESQL
    editor.execute(text.format(genesis="0" * 64), params=None)


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]

    operations = [
        guard_append_only("platform", "AuditLine"),
        guard_append_only("platform", "AuditSeal"),
        migrations.RunPython(chain),
    ]
