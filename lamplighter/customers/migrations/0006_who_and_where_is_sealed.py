"""
Names and addresses are sealed, a thousand rows a transaction: stopped in the middle, it goes on
with those that are left.
"""

from django.db import migrations, transaction

from lamplighter.customers.domain.words import found_by
from lamplighter.platform import personal

AT_ONCE = 1000


def numbers_of(words):
    return personal.blind_numbers('customers.word', words)


def seal_accounts(apps, editor):
    Account, Word = (apps.get_model('customers', name) for name in ('Account', 'AccountWord'))
    while rows := list(Account.objects.filter(sealed_holder=None)[:AT_ONCE]):
        with transaction.atomic():
            keys = personal.meet([row.id for row in rows])
            words = []
            for row in rows:
                for name in ('holder', 'postal_address'):
                    sealed = keys.seal(getattr(row, name), person=row.id, column=f'customers_account.{name}', row=row.id)
                    setattr(row, f'sealed_{name}', sealed)
                wanted = found_by(name=row.holder, addresses=[row.postal_address])
                words += [Word(word=word, number=row.number, account=row) for word in numbers_of(wanted)]
            Account.objects.bulk_update(rows, ['sealed_holder', 'sealed_postal_address'], batch_size=200)
            Word.objects.bulk_create(words, batch_size=1000)


def seal_places(apps, editor):
    Place, Word = (apps.get_model('customers', name) for name in ('ServiceLocation', 'PlaceWord'))
    while rows := list(Place.objects.filter(sealed_address=None)[:AT_ONCE]):
        with transaction.atomic():
            keys = personal.meet([row.id for row in rows])
            words = []
            for row in rows:
                row.sealed_address = keys.seal(row.address, person=row.id, column='customers_servicelocation.address', row=row.id)
                words += [Word(word=word, place=row) for word in numbers_of(found_by(addresses=[row.address]))]
            Place.objects.bulk_update(rows, ['sealed_address'], batch_size=200)
            Word.objects.bulk_create(words, batch_size=1000)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('customers', '0005_sealed_columns')]

    operations = [
        migrations.RunPython(seal_accounts, migrations.RunPython.noop),
        migrations.RunPython(seal_places, migrations.RunPython.noop),
    ]
