import django.db.models.deletion
import lamplighter.platform.exact
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='BilledFact',
            fields=[
                ('bill_id', models.UUIDField(primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=32, unique=True)),
                ('kind', models.CharField(max_length=16)),
                ('account_id', models.UUIDField()),
                ('cycle_id', models.UUIDField(null=True)),
                ('run_id', models.UUIDField(null=True)),
                ('cancels_id', models.UUIDField(null=True)),
                ('replaces_id', models.UUIDField(null=True)),
                ('first_day', models.DateField()),
                ('after_last', models.DateField()),
                ('issued_on', models.DateField()),
                ('due_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('total_minor', models.BigIntegerField()),
                ('estimated', models.BooleanField()),
            ],
            options={
                'indexes': [models.Index(fields=['issued_on', 'number'], name='billed_fact_issued'), models.Index(fields=['account_id', 'first_day'], name='billed_fact_account')],
                'constraints': [models.CheckConstraint(condition=models.Q(('first_day__lt', models.F('after_last'))), name='billed_fact_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='LineFact',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('issued_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('takes_back', models.BooleanField()),
                ('usage_point', models.CharField(max_length=64)),
                ('commodity', models.CharField(max_length=32)),
                ('tariff', models.CharField(max_length=200)),
                ('version_id', models.UUIDField(null=True)),
                ('first_day', models.DateField()),
                ('after_last', models.DateField()),
                ('component', models.TextField()),
                ('kind', models.CharField(max_length=16)),
                ('reason', models.TextField()),
                ('quantity', lamplighter.platform.exact.ExactDecimal()),
                ('unit', models.CharField(max_length=64)),
                ('rate', lamplighter.platform.exact.ExactDecimal(null=True)),
                ('amount_minor', models.BigIntegerField()),
                ('bill', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='history.billedfact')),
            ],
            options={
                'indexes': [models.Index(fields=['issued_on'], name='line_fact_issued'), models.Index(fields=['tariff', 'issued_on'], name='line_fact_tariff'), models.Index(fields=['component', 'issued_on'], name='line_fact_component')],
                'constraints': [models.UniqueConstraint(fields=('bill', 'position'), name='line_fact_once')],
            },
        ),
        migrations.CreateModel(
            name='UsageFact',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('issued_on', models.DateField()),
                ('currency', models.CharField(max_length=3)),
                ('usage_point', models.CharField(max_length=64)),
                ('commodity', models.CharField(max_length=32)),
                ('tariff', models.CharField(max_length=200)),
                ('version_id', models.UUIDField(null=True)),
                ('first_day', models.DateField()),
                ('after_last', models.DateField()),
                ('flow', models.CharField(max_length=16)),
                ('quantity', lamplighter.platform.exact.ExactDecimal()),
                ('unit', models.CharField(max_length=64)),
                ('bill', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='history.billedfact')),
            ],
            options={
                'indexes': [models.Index(fields=['issued_on'], name='usage_fact_issued'), models.Index(fields=['tariff', 'issued_on'], name='usage_fact_tariff')],
                'constraints': [models.UniqueConstraint(fields=('bill', 'position'), name='usage_fact_once')],
            },
        ),
    ]
