"""Beside what is readable: the same sealed, and the words that it is found by."""

import django.db.models.deletion
from django.db import migrations, models

import lamplighter.platform.personal


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_properties_and_codes'),
        ('platform', '0003_sealed_keys'),
    ]

    operations = [
        migrations.RemoveIndex('account', 'account_holder'),
        migrations.AddField('account', 'sealed_holder', lamplighter.platform.personal.PersonalText(null=True)),
        migrations.AddField('account', 'sealed_postal_address', lamplighter.platform.personal.PersonalText(null=True)),
        migrations.AddField('servicelocation', 'sealed_address', lamplighter.platform.personal.PersonalText(null=True)),
        migrations.CreateModel(
            name='AccountWord',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('word', models.BigIntegerField()),
                ('number', models.CharField(max_length=32)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='words', to='customers.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('word', 'number'), name='account_word_once')],
            },
        ),
        migrations.CreateModel(
            name='PlaceWord',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('word', models.BigIntegerField()),
                ('place', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='words', to='customers.servicelocation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('word', 'place'), name='place_word_once')],
            },
        ),
    ]
