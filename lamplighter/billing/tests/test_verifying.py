"""A bill made again from its inputs is the same to the byte, or the first difference is told."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from lamplighter.billing import actions
from lamplighter.billing.models import Bill
from lamplighter.billing.queries.bills import BillNotFound
from lamplighter.billing.queries.verifying import NothingToVerify, verify
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import Home, read_meters, run, settle, tariff
from lamplighter.platform.append_only import guards, unguards

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in range(1, 5))
LATER = datetime(2025, 4, 10, 9, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    village.publish(tmp_path, tariff())
    village.define_cycle()
    (home,) = settle(1)
    read_meters([home], JANUARY, MARCH, missing=[(date(2025, 2, 3), 4, 5)])
    run(date(2025, 2, 28))
    return home


def change(number: str, column: str, value: str) -> None:
    """Change an issued bill behind the back of the database's guards."""
    with connection.cursor() as cursor:
        for statement in unguards(connection.vendor, "billing_bill"):
            cursor.execute(statement)
        # The name of a column cannot be a parameter.
        cursor.execute(f"UPDATE billing_bill SET {column} = %s WHERE number = %s", [value, number])
        for statement in guards(connection.vendor, "billing_bill", "id"):
            cursor.execute(statement)


def change_amount(number: str) -> str:
    document = Bill.objects.get(number=number).document
    changed = document.replace('"amount_minor":7440', '"amount_minor":7439')
    assert changed != document
    change(number, "document", changed)
    return changed


def test_the_same_inputs_make_the_same_bytes(home: Home) -> None:
    for number in ("B-0000001", "B-0000002"):
        verdict = verify(number)
        assert (verdict.same, verdict.difference) == (True, "")
        assert verdict.sha256 == verdict.sha256_again == Bill.objects.get(number=number).sha256


def test_readings_that_came_later_change_nothing_of_it(home: Home) -> None:
    read_meters([home], JANUARY, MARCH, wh=900, at=LATER)
    assert verify("B-0000001").same
    assert verify("B-0000002").same


def test_a_bill_that_was_cancelled_is_still_what_its_inputs_make(home: Home) -> None:
    read_meters([home], JANUARY, FEBRUARY, wh=900, at=LATER)
    _, made = actions.rebill(number="B-0000001", reason="test", by="test", at=LATER)
    assert verify("B-0000001").same
    assert verify(made).same


def test_corrections_of_earlier_bills_are_part_of_it(home: Home) -> None:
    read_meters([home], JANUARY, FEBRUARY, wh=900, at=LATER)
    actions.note_changed_readings(
        usage_point_id=home.point, first_day=JANUARY, last_day=JANUARY, recorded_at=LATER, at=LATER
    )
    actions.check_next_correction(cycle=village.CYCLE, by="test", at=LATER)
    read_meters([home], MARCH, APRIL, at=LATER)
    number = actions.bill_account(
        account=home.number, through=date(2025, 3, 31), by="test", at=LATER + timedelta(hours=1)
    )
    assert number is not None
    assert '"corrections"' in Bill.objects.get(number=number).document
    assert verify(number).same


def test_content_that_was_tampered_with_is_found(home: Home) -> None:
    change_amount("B-0000001")
    verdict = verify("B-0000001")
    assert not verdict.same
    assert "is not what was issued" in verdict.difference


def test_the_first_value_that_differs_is_named(home: Home) -> None:
    changed = change_amount("B-0000001")
    change("B-0000001", "sha256", hashlib.sha256(changed.encode()).hexdigest())
    assert verify("B-0000001").difference == (
        "segments[0].lines[1].amount_minor is 7439 on the bill, and 7440 made again."
    )


def test_readings_of_a_later_hour_are_not_in_an_earlier_bill(home: Home) -> None:
    read_meters([home], MARCH, APRIL)
    read_meters([home], MARCH, APRIL, wh=900, at=LATER)
    run(date(2025, 3, 31))
    assert Bill.objects.get(number="B-0000003").total_minor == 500 + 7430


def test_what_charges_no_usage_is_not_made_again(home: Home) -> None:
    number = actions.adjust(
        account=home.number, lines=[("Goodwill", -100)], reason="x", by="test", at=LATER
    )
    with pytest.raises(NothingToVerify):
        verify(number)
    with pytest.raises(BillNotFound):
        verify("B-9999999")
