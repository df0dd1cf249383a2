from django.db import migrations

import lamplighter.platform.personal
from lamplighter.platform.append_only import guard_append_only


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0005_addressees_are_sealed'),
    ]

    operations = [
        migrations.RemoveField('bill', 'addressee'),
        migrations.RenameField('bill', 'sealed_addressee', 'addressee'),
        migrations.AlterField('bill', 'addressee', lamplighter.platform.personal.PersonalText()),
        migrations.AlterField('heldbill', 'addressee', lamplighter.platform.personal.PersonalText()),
        # SQLite has made the table anew, without them.
        guard_append_only('billing', 'Bill'),
    ]
