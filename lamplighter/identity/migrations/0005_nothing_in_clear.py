from django.db import migrations, models

import lamplighter.platform.personal


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0004_users_are_sealed'),
    ]

    operations = [
        migrations.RemoveField('user', 'plain_email'),
        migrations.RemoveField('user', 'plain_name'),
        migrations.RemoveField('user', 'is_staff'),
        migrations.RemoveField('user', 'is_superuser'),
        migrations.AlterField('user', 'email', lamplighter.platform.personal.PersonalText()),
        migrations.AlterField('user', 'name', lamplighter.platform.personal.PersonalText()),
        migrations.AlterField('user', 'email_index', models.CharField(max_length=64, unique=True)),
    ]
