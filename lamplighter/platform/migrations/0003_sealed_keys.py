import secrets

from django.db import migrations, models


def make_key(apps, editor):
    from lamplighter.platform import stored_secrets

    stored_secrets.keep('blind-index', secrets.token_bytes(32))


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0002_audit_triggers'),
    ]

    operations = [
        migrations.CreateModel(
            name='PersonKey',
            fields=[
                ('person', models.UUIDField(primary_key=True, serialize=False)),
                ('master', models.CharField(max_length=32)),
                ('sealed', models.BinaryField()),
            ],
            options={
                'indexes': [models.Index(fields=['master'], name='person_key_master')],
            },
        ),
        migrations.CreateModel(
            name='StoredSecret',
            fields=[
                ('name', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('master', models.CharField(max_length=32)),
                ('sealed', models.BinaryField()),
            ],
        ),
        migrations.RunPython(make_key, migrations.RunPython.noop),
    ]
