from django.db import migrations

import lamplighter.platform.personal

COLUMNS = (('account', 'holder'), ('account', 'postal_address'), ('servicelocation', 'address'))


def only_sealed(model, column):
    """The readable column goes, and the sealed one takes its place."""
    yield migrations.RemoveField(model, column)
    yield migrations.RenameField(model, f'sealed_{column}', column)
    yield migrations.AlterField(model, column, lamplighter.platform.personal.PersonalText())


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0006_who_and_where_is_sealed'),
    ]

    operations = [step for column in COLUMNS for step in only_sealed(*column)]
