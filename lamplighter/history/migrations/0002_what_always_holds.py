"""The database refuses to change what was billed."""

from django.db import migrations

from lamplighter.platform.append_only import guard_append_only


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial")]

    operations = [
        guard_append_only("history", "BilledFact"),
        guard_append_only("history", "LineFact"),
        guard_append_only("history", "UsageFact"),
    ]
