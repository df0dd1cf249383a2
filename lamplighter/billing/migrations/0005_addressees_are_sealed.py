"""
Who bills are sent to is sealed, a thousand bills a transaction: stopped in the middle, it goes on
with those that are left. The triggers that refuse changes are off inside of these only.
"""

import json

from django.db import migrations, transaction

from lamplighter.billing.domain.documents import canonical_text
from lamplighter.platform import personal
from lamplighter.platform.append_only import guards, unguards

AT_ONCE = 1000


def seal_bills(apps, editor):
    Bill = apps.get_model('billing', 'Bill')
    vendor, table = editor.connection.vendor, Bill._meta.db_table
    while rows := list(Bill.objects.filter(sealed_addressee=None).only('id', 'account_id', 'addressee')[:AT_ONCE]):
        with transaction.atomic(), editor.connection.cursor() as cursor:
            for statement in unguards(vendor, table):
                cursor.execute(statement)
            keys = personal.meet({row.account_id for row in rows})
            for row in rows:
                row.sealed_addressee = keys.seal(
                    row.addressee, person=row.account_id, column='billing_bill.addressee', row=row.id
                )
            Bill.objects.bulk_update(rows, ['sealed_addressee'], batch_size=200)
            for statement in guards(vendor, table, 'id'):
                cursor.execute(statement)


def seal_held_bills(apps, editor):
    HeldBill = apps.get_model('billing', 'HeldBill')
    while rows := list(HeldBill.objects.filter(addressee=None)[:AT_ONCE]):
        with transaction.atomic():
            keys = personal.meet({row.account_id for row in rows})
            for row in rows:
                stored = json.loads(row.draft)
                row.draft = canonical_text(stored['draft'])
                row.addressee = keys.seal(
                    canonical_text(stored['addressee']),
                    person=row.account_id,
                    column='billing_heldbill.addressee',
                    row=row.id,
                )
            HeldBill.objects.bulk_update(rows, ['draft', 'addressee'], batch_size=200)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('billing', '0004_sealed_addressees')]

    operations = [
        migrations.RunPython(seal_bills, migrations.RunPython.noop),
        migrations.RunPython(seal_held_bills, migrations.RunPython.noop),
    ]
