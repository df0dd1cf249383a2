import secrets

import lamplighter.kernel.ids
from django.db import migrations, models


def make_key(apps, editor):
    from lamplighter.platform import stored_secrets

    stored_secrets.keep('cache', secrets.token_bytes(32))


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0005_tasks_and_retention'),
    ]

    operations = [
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.UUIDField(default=lamplighter.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('action', models.CharField(max_length=64)),
                ('subject', models.CharField(max_length=200)),
                ('organisation_id', models.UUIDField(null=True)),
                ('arguments', models.TextField()),
                ('state', models.CharField(choices=[('open', 'propose'), ('approved', 'approve'), ('rejected', 'reject'), ('withdrawn', 'withdraw')], default='open', max_length=16)),
                ('proposed_by', models.UUIDField()),
                ('proposed_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('decided_by', models.UUIDField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'indexes': [models.Index(fields=['action', 'state', 'id'], name='approval_action'), models.Index(fields=['proposed_by', 'id'], name='approval_proposed_by')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'approved', 'rejected', 'withdrawn'])), name='approval_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='approval_decided_unless_open'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'rejected']), _negated=True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='approval_by_another')],
            },
        ),
        migrations.CreateModel(
            name='CacheEntry',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('sealed', models.BinaryField()),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='cache_entry_expires')],
            },
        ),
        migrations.RunPython(make_key, migrations.RunPython.noop),
    ]
