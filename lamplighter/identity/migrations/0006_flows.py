import secrets

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def make_keys(apps, editor):
    from lamplighter.platform import stored_secrets

    stored_secrets.keep('codes', secrets.token_bytes(32))
    stored_secrets.keep('second-factors', secrets.token_bytes(32))


PURPOSES = [
    ('verify_email', 'Verify Email'), ('log_in', 'Log In'), ('reset_password', 'Reset Password'),
    ('change_email_old', 'Change Email Old'), ('change_email_new', 'Change Email New'),
    ('change_phone_old', 'Change Phone Old'), ('change_phone_new', 'Change Phone New'),
    ('prove_again', 'Prove Again'), ('add_totp', 'Add Totp'), ('add_passkey', 'Add Passkey'),
    ('passkey', 'Passkey'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0005_nothing_in_clear'),
    ]

    operations = [
        migrations.AddField('user', 'password_is_short', models.BooleanField(default=False)),
        migrations.AlterField(
            'challenge', 'purpose', models.CharField(max_length=24, choices=PURPOSES)
        ),
        migrations.AddField('challenge', 'about', models.CharField(max_length=64, blank=True, default=''), preserve_default=False),
        migrations.AddIndex('challenge', models.Index(fields=['about'], name='challenge_about')),
        migrations.CreateModel(
            name='CodeFactor',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('email', 'Email'), ('sms', 'Sms')], max_length=8)),
                ('made_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'channel'), name='code_factor_once'),
                    models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='code_factor_channel_known'),
                ],
            },
        ),
        migrations.RunPython(make_keys, migrations.RunPython.noop),
    ]
