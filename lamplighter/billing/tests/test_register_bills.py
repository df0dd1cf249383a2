"""Bills of meters that are read now and then: shared out by days, estimated, and trued up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lamplighter.billing import actions
from lamplighter.billing.models import Bill, BillingException, HeldBill, PendingCorrection
from lamplighter.billing.tests import village
from lamplighter.billing.tests.registers import exchange, hang, meter, midnight, read
from lamplighter.billing.tests.village import (
    Home,
    amounts,
    check_made_again,
    documents,
    read_meters,
    run,
    segments,
    settle,
    tariff,
    used,
)
from lamplighter.platform.deliveries import deliver_due

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in range(1, 5))
ENERGY = "Energy"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    village.publish(tmp_path, tariff())
    village.define_cycle()
    (home,) = settle(1)
    return home


def bill_through(day: date) -> None:
    run(day, at=midnight(day + timedelta(1)) + timedelta(hours=6))


def test_the_days_between_two_readings_add_up_to_what_passed_exactly(home: Home) -> None:
    hanging = hang(home, JANUARY, "0")
    read(hanging, APRIL, "100.1")
    for last in (date(2025, 1, 7), date(2025, 1, 19)):
        actions.bill_account(
            account=home.number, through=last, by="test", at=datetime(2025, 4, 1, 6, tzinfo=UTC)
        )
    bill_through(date(2025, 3, 31))
    assert len(segments(home)) == 5
    assert sum(Decimal(used(segment)) for segment in segments(home)) == Decimal("100.1")
    assert not Bill.objects.filter(account=home.account)[0].estimated


def test_a_meter_exchanged_in_mid_month_is_billed_by_both_and_shows_their_readings(
    home: Home,
) -> None:
    old, new = hang(home, JANUARY, "0"), meter("M2")
    exchange(old, new, date(2025, 1, 16), final="150", first="1000")
    read(new, FEBRUARY, "1160")
    bill_through(date(2025, 1, 31))
    (segment,) = segments(home)
    # 150 kWh went through the old meter, 160 through the new one.
    assert (used(segment), amounts(segment)[ENERGY]) == ("310", 6200)
    shown = [(r["meter"], r["from_shown"], r["to_shown"]) for r in segment["basis"]["readings"]]
    assert shown == [("M1", "0", "150"), ("M2", "1000", "1160")]
    check_made_again()


def test_intervals_of_two_meters_one_after_the_other_are_added(home: Home) -> None:
    read_meters([home], JANUARY, date(2025, 1, 16), wh=500)
    read_meters([home], date(2025, 1, 16), FEBRUARY, wh=250, quarters=True)
    run(date(2025, 1, 31))
    (segment,) = segments(home)
    # 15 days of 12 kWh, then 16 of 24: four quarters of 250 Wh an hour.
    assert used(segment) == "564"
    assert segment["basis"] == {"source": "intervals", "counts": [["actual", 360 + 16 * 96]]}


@pytest.fixture
def estimated(home: Home) -> Any:
    """January was read: 310 kWh, ten a day. February was not, and is billed like that."""
    hanging = hang(home, JANUARY, "0")
    read(hanging, FEBRUARY, "310")
    bill_through(date(2025, 2, 28))
    return hanging


def test_after_the_last_reading_usage_goes_on_and_the_bill_is_marked(
    home: Home, estimated: Any
) -> None:
    january, february = segments(home)
    assert used(january) == "310"
    # 28 days of ten.
    assert (used(february), amounts(february)[ENERGY]) == ("280", 5600)
    assert february["basis"]["counts"] == [["missing", 28]]
    assert "average" in february["basis"]["method"]
    assert [bill.estimated for bill in Bill.objects.order_by("number")] == [False, True]


def test_the_next_actual_reading_trues_the_estimate_up_to_the_cent(
    home: Home, estimated: Any
) -> None:
    # 42 days of twelve after the first of February.
    read(estimated, date(2025, 3, 15), "814")
    true_up()
    read(estimated, APRIL, "1020")
    bill_through(date(2025, 3, 31))
    march = documents(home)[2]
    (correction,) = march["corrections"]
    # 28 days of 2 kWh more at 0.20.
    assert correction["after_minor"] - correction["before_minor"] == 1120
    assert correction["usage_after"]["quantity"] == "336"
    assert correction["reason"] == "estimated before, measured now"
    # All in all, 1020 kWh have been charged, and three times 5.00.
    total = sum(bill.total_minor for bill in Bill.objects.all())
    assert total == 20400 + 1500
    check_made_again()


def true_up() -> None:
    at = midnight(date(2025, 3, 15)) + timedelta(hours=9)
    deliver_due(at=at)
    assert actions.check_next_correction(cycle=village.CYCLE, by="test", at=at) == "to-bill"
    assert actions.check_next_correction(cycle=village.CYCLE, by="test", at=at) is None


def test_an_estimate_that_was_right_is_not_corrected(home: Home, estimated: Any) -> None:
    read(estimated, MARCH, "590")
    at = midnight(MARCH) + timedelta(hours=9)
    deliver_due(at=at)
    assert actions.check_next_correction(cycle=village.CYCLE, by="test", at=at) == "ignored"
    assert PendingCorrection.objects.get().state == PendingCorrection.State.IGNORED


def test_a_meter_that_was_never_read_is_parked(home: Home) -> None:
    hang(home, JANUARY, "0")
    bill_through(date(2025, 1, 31))
    assert BillingException.objects.get().code == "NoReadings"
    assert not Bill.objects.exists()


def test_days_before_the_first_reading_are_told_and_many_of_them_hold_the_bill(home: Home) -> None:
    read(hang(home, date(2025, 1, 11), "0"), FEBRUARY, "210")
    bill_through(date(2025, 1, 31))
    held = HeldBill.objects.get()
    assert [check["code"] for check in held.checks] == ["missing-readings"]
    number = actions.release_held_bill(
        held_id=held.id, by="test", at=datetime(2025, 2, 2, tzinfo=UTC)
    )
    (segment,) = documents(home)[0]["segments"]
    assert (used(segment), Bill.objects.get(number=number).estimated) == ("210", True)
    assert segment["basis"]["counts"] == [["actual", 21], ["missing", 10]]
    assert segment["basis"]["method"] == "nothing before the first reading"
