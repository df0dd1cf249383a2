"""What one bill hands to the next, worked out by hand."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lamplighter.billing import actions
from lamplighter.billing.actions import NewAgreement
from lamplighter.billing.models import Bill, BilledAccount
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import (
    Home,
    amounts,
    read_meters,
    run,
    segments,
    settle,
    tariff,
)

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = (date(2025, month, 1) for month in range(1, 5))
MIDDLE = date(2025, 1, 16)
SOLAR: dict[str, Any] = {"export": {"rule": "net-metering"}}
ENERGY = "Energy"


def feed_in(home: Home) -> None:
    """In January 74.4 kWh are drawn and 148.8 fed in; afterwards 0.1 kWh is drawn in each hour."""
    read_meters([home], JANUARY, FEBRUARY, wh=100)
    read_meters([home], JANUARY, FEBRUARY, wh=200, flow="export")
    read_meters([home], FEBRUARY, APRIL, wh=100)
    read_meters([home], FEBRUARY, APRIL, wh=0, flow="export")


def energy(home: Home) -> list[int]:
    return [amounts(segment).get(ENERGY, 0) for segment in segments(home)]


def settled(tmp_path: Path, *documents: dict[str, Any]) -> Home:
    for document in documents:
        village.publish(tmp_path, document)
    village.define_cycle(rules={"hold_negative": False, "high": "1000", "low": "0"})
    (home,) = settle(1)
    return home


def test_a_surplus_is_carried_from_bill_to_bill_until_it_is_used_up(tmp_path: Path) -> None:
    home = settled(tmp_path, tariff(**SOLAR))
    feed_in(home)
    run(date(2025, 3, 31))
    # 74.4 kWh are left of January: 67.2 go to February, and 7.2 to March, which used 74.3.
    assert energy(home) == [0, 0, 1342]


def test_a_surplus_outlives_a_change_of_price(tmp_path: Path) -> None:
    home = settled(
        tmp_path,
        tariff(**SOLAR) | {"endsBefore": "2025-02-10"},
        tariff(rate="0.30", **SOLAR) | {"startsOn": "2025-02-10"},
    )
    feed_in(home)
    run(date(2025, 3, 31))
    # 21.6 kWh go to the first nine days of February, 45.6 to the rest, and 7.2 to March.
    assert energy(home) == [0, 0, 0, 2013]


def test_who_moves_in_has_no_surplus_of_who_moved_out(tmp_path: Path) -> None:
    out = settled(tmp_path, tariff(**SOLAR))
    (elsewhere,) = settle(1, first=2)
    actions.end_agreement(agreement_id=out.agreement, on=MIDDLE, by="test", at=village.BEGAN)
    new = NewAgreement(
        account_id=elsewhere.account, usage_point_id=out.point, tariff="FLAT", starts_on=MIDDLE
    )
    actions.make_agreement(new, cycle=village.CYCLE, by="test", at=village.BEGAN)
    read_meters([elsewhere], JANUARY, FEBRUARY, wh=0)
    read_meters([out], JANUARY, FEBRUARY, wh=100)
    read_meters([out], JANUARY, MIDDLE, wh=200, flow="export")
    read_meters([out], MIDDLE, FEBRUARY, wh=0, flow="export")
    # Both in one bucket, that is in one step.
    BilledAccount.objects.update(bucket=1)
    run(date(2025, 1, 31))
    # 16 days of 2.4 kWh.
    assert sorted(energy(elsewhere)) == [0, 768]
    assert energy(out) == [0]


def test_demand_does_not_fall_below_a_share_of_earlier_peaks(tmp_path: Path) -> None:
    demand = {
        "type": "demand", "name": "Demand", "rate": 10,
        "ratchet": {"share": "0.5", "monthsBack": 11},
    }  # fmt: skip
    home = settled(tmp_path, tariff(components=[demand]))
    read_meters([home], JANUARY, FEBRUARY, wh=3000)
    read_meters([home], FEBRUARY, MARCH, wh=1000)
    read_meters([home], MARCH, APRIL, wh=2000)
    run(date(2025, 3, 31))
    # 3 kW; half of 3 instead of 1; 2 instead of half of 3.
    assert [amounts(segment)["Demand"] for segment in segments(home)] == [3000, 1500, 2000]


def test_a_minimum_of_the_year_is_held_against_all_of_its_bills(tmp_path: Path) -> None:
    components = [
        *tariff()["components"],
        {"type": "minimum", "name": "Least", "amount": 300, "per": "year"},
    ]
    home = settled(tmp_path, tariff(components=components, settlesIn=3))
    read_meters([home], JANUARY, APRIL)
    run(date(2025, 3, 31))
    # 79.40, 72.20 and 79.30 are 230.90.
    assert [amounts(segment).get("Least", 0) for segment in segments(home)] == [0, 0, 6910]


def test_a_bill_that_others_build_on_is_not_made_anew(tmp_path: Path) -> None:
    home = settled(tmp_path, tariff(**SOLAR))
    feed_in(home)
    run(date(2025, 2, 28))
    with pytest.raises(actions.LaterBillsBuildOnIt):
        actions.rebill(number="B-0000001", reason="test", by="test", at=village.BEGAN)
    assert Bill.objects.count() == 2
