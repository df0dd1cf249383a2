from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0004_answers_are_sealed'),
    ]

    operations = [
        migrations.CreateModel(
            name='PeriodicTask',
            fields=[
                ('name', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('due_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='RetentionPolicy',
            fields=[
                ('kind', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('days', models.PositiveIntegerField()),
                ('changed_at', models.DateTimeField()),
            ],
        ),
    ]
