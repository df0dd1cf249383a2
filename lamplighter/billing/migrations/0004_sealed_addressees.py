"""Beside who a bill is sent to: the same sealed."""

from django.db import migrations

import lamplighter.platform.personal


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_bills_by_day'),
        ('platform', '0003_sealed_keys'),
    ]

    operations = [
        migrations.AddField('bill', 'sealed_addressee', lamplighter.platform.personal.PersonalText(null=True)),
        migrations.AddField('heldbill', 'addressee', lamplighter.platform.personal.PersonalText(null=True)),
    ]
