import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lamplighter.kernel.ids
import lamplighter.platform.personal
from lamplighter.platform.append_only import guard_append_only

ID = ('id', models.UUIDField(default=lamplighter.kernel.ids.new_id, editable=False, primary_key=True, serialize=False))
USER = ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL))


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0007_clients_and_invitations'),
    ]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ID,
                ('kind', models.CharField(max_length=64)),
                ('version', models.CharField(max_length=32)),
                ('given', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('how', models.CharField(max_length=64)),
                USER,
            ],
            options={
                'indexes': [models.Index(fields=['user', 'kind', 'at'], name='consent_user')],
            },
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ID,
                ('reason', lamplighter.platform.personal.PersonalText()),
                ('by', models.CharField(max_length=200)),
                ('since', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lifted_by', models.CharField(blank=True, max_length=200)),
                USER,
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('lifted_at', None)), fields=['user'], name='legal_hold_user')],
                'constraints': [models.CheckConstraint(condition=models.Q(('lifted_at', None), ('lifted_at__gte', models.F('since')), _connector='OR'), name='legal_hold_lifted_after')],
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ID,
                ('key', lamplighter.platform.personal.PersonalText()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('ready', 'Ready')], default='waiting', max_length=16)),
                ('asked_at', models.DateTimeField()),
                ('ready_at', models.DateTimeField(null=True)),
                USER,
            ],
            options={
                'indexes': [models.Index(fields=['asked_at'], name='export_asked')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('user',), name='export_one_waits')],
            },
        ),
        migrations.CreateModel(
            name='ExportPiece',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('path', models.CharField(max_length=200)),
                ('done', models.BooleanField(default=False)),
                ('export', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='identity.export')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('export', 'path'), name='export_piece_once')],
            },
        ),
        guard_append_only('identity', 'Consent'),
    ]
