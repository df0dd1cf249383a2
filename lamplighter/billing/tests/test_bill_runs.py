"""Bill runs, from agreements and readings to issued bills."""

from datetime import date
from pathlib import Path

import orjson
import pytest

from lamplighter.billing import actions
from lamplighter.billing.models import Bill, BillingException, HeldBill
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import read_meters, run, settle, tariff

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


@pytest.fixture(autouse=True)
def _cycle(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff())
    village.define_cycle()


def test_each_account_gets_its_bill() -> None:
    homes = settle(3)
    read_meters(homes, JANUARY, FEBRUARY, wh=[100, 200, 300])
    run(date(2025, 1, 31))
    bills = {bill.account_id: bill for bill in Bill.objects.all()}
    # 744 hours: 74.4 kWh at 0.20 is 14.88, and 5.00 a month.
    assert [bills[home.account].total_minor for home in homes] == [1988, 3476, 4964]
    assert sorted(bill.number for bill in bills.values()) == ["B-0000001", "B-0000002", "B-0000003"]
    assert {bill.due_on for bill in bills.values()} == {date(2025, 2, 15)}


def test_a_bill_says_how_each_line_came_about() -> None:
    homes = settle(1)
    read_meters(homes, JANUARY, FEBRUARY)
    run(date(2025, 1, 31))
    (segment,) = orjson.loads(Bill.objects.get().document)["segments"]
    assert segment["basis"] == {"source": "intervals", "counts": [["actual", 744]]}
    assert segment["usage"] == [{"flow": "import", "quantity": "372", "unit": "kWh"}]
    assert segment["lines"] == [
        {"component": "Standing charge", "kind": "fixed", "quantity": "1", "unit": "month",
         "rate": "5", "amount_minor": 500},
        {"component": "Energy", "kind": "energy", "quantity": "372", "unit": "kWh",
         "rate": "0.2", "amount_minor": 7440, "reason": "all hours"},
    ]  # fmt: skip


def test_a_second_run_over_the_same_days_is_refused() -> None:
    read_meters(settle(1), JANUARY, FEBRUARY)
    run(date(2025, 1, 31))
    with pytest.raises(actions.CycleAlreadyBilled):
        run(date(2025, 1, 31))
    assert Bill.objects.count() == 1


def test_one_account_without_readings_stops_nobody() -> None:
    silent, other = settle(2)
    read_meters([other], JANUARY, FEBRUARY)
    run(date(2025, 1, 31))
    assert Bill.objects.get().account_id == other.account
    parked = BillingException.objects.get()
    assert (parked.account_id, parked.code) == (silent.account, "NoMeter")


def test_a_run_is_opened_again_for_who_was_left_out() -> None:
    silent, other = settle(2)
    read_meters([other], JANUARY, FEBRUARY)
    run(date(2025, 1, 31))
    read_meters([silent], JANUARY, FEBRUARY)
    run(date(2025, 1, 31))
    assert Bill.objects.count() == 2
    assert BillingException.objects.get().resolution == "billed"


def test_a_sudden_rise_is_held() -> None:
    homes = settle(1)
    read_meters(homes, JANUARY, FEBRUARY)
    read_meters(homes, FEBRUARY, MARCH, wh=9 * village.WH)
    run(date(2025, 2, 28))
    held = HeldBill.objects.get()
    assert [check["code"] for check in held.checks] == ["high-usage"]
    assert Bill.objects.count() == 1


def test_what_is_owed_is_whole_cents_whatever_the_tariff_says(tmp_path: Path) -> None:
    village.publish(tmp_path, tariff("EXACT", rate="0.333", rounding={"lines": False}))
    homes = settle(1, code="EXACT")
    read_meters(homes, JANUARY, FEBRUARY, wh=100)
    run(date(2025, 1, 31))
    # 74.4 kWh at 0.333 are 24.7752, and 5.00.
    assert Bill.objects.get().total_minor == 2978
