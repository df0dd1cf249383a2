"""What was answered under an idempotency key is sealed; a payment's key is kept for ever."""

import secrets

from django.db import migrations, models

from lamplighter.platform import stored_secrets
from lamplighter.platform.canonical_json import canonical

SECRET = 'idempotent-answers'


def seal(apps, editor):
    stored_secrets.keep(SECRET, secrets.token_bytes(32))
    Key = apps.get_model('platform', 'IdempotencyKey')
    for row in Key.objects.exclude(plain=None).iterator(chunk_size=1000):
        place = f'platform_idempotencykey.answer:{row.actor}:{row.key}'
        row.answer = stored_secrets.seal(SECRET, canonical(row.plain), place=place)
        row.save(update_fields=['answer'])


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0003_sealed_keys'),
    ]

    operations = [
        migrations.RenameField('idempotencykey', 'answer', 'plain'),
        migrations.AddField('idempotencykey', 'answer', models.BinaryField(null=True)),
        migrations.AddField('idempotencykey', 'kept_for_ever', models.BooleanField(default=False)),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RemoveField('idempotencykey', 'plain'),
        migrations.AddIndex(
            'idempotencykey',
            models.Index(
                fields=['asked_at'],
                condition=models.Q(('kept_for_ever', False)),
                name='idempotency_key_asked',
            ),
        ),
    ]
