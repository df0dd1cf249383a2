"""What is known about users is sealed; who worked here stays an administrator."""

import secrets

from django.db import migrations
from django.utils import timezone

from lamplighter.kernel import new_id
from lamplighter.platform import personal, stored_secrets

UTILITY, PLATFORM = 'utility', 'platform'


def seal(apps, editor):
    for user in apps.get_model('identity', 'User').objects.all():
        keys = personal.meet({user.id})
        user.email_index = personal.blind_index('email', user.plain_email)
        user.email_verified_at = user.joined_at
        for column in ('email', 'name'):
            plain = getattr(user, f'plain_{column}')
            sealed = keys.seal(plain, person=user.id, column=f'identity_user.{column}', row=user.id)
            setattr(user, column, sealed)
        user.save()


def found(apps, editor):
    Organisation = apps.get_model('identity', 'Organisation')
    Membership = apps.get_model('identity', 'Membership')
    for kind, name, role in (
        (UTILITY, 'Utility', 'administrator'),
        (PLATFORM, 'Platform', 'platform_administrator'),
    ):
        organisation = Organisation.objects.create(
            id=new_id(), kind=kind, name=name, slug=kind, made_at=timezone.now()
        )
        for user in apps.get_model('identity', 'User').objects.filter(is_staff=True):
            Membership.objects.create(
                id=new_id(),
                organisation=organisation,
                user=user,
                role=role,
                since=user.joined_at,
            )


def make_key(apps, editor):
    stored_secrets.keep('access-1', secrets.token_bytes(32))


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0003_sessions_and_organisations'),
    ]

    operations = [
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RunPython(found, migrations.RunPython.noop),
        migrations.RunPython(make_key, migrations.RunPython.noop),
    ]
