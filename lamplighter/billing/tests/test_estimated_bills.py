"""Bills of homes whose readings have gaps, worked out by hand."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lamplighter.billing.models import Bill, BillingException, HeldBill
from lamplighter.billing.tests import village
from lamplighter.billing.tests.registers import meter, midnight
from lamplighter.billing.tests.village import (
    Home,
    check_made_again,
    read_meters,
    run,
    segments,
    settle,
    tariff,
    used,
)
from lamplighter.metering import actions as metering

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)
END = date(2025, 1, 31)


def home_of(tmp_path: Path, **rules: Any) -> Home:
    village.publish(tmp_path, tariff())
    village.define_cycle(rules=rules)
    (home,) = settle(1)
    return home


def read_all_but(home: Home, day: date, first: int, after: int) -> None:
    """0.5 kWh an hour until the 20th, then 0.7; the 20th is a Monday."""
    read_meters([home], JANUARY, date(2025, 1, 21), wh=500)
    read_meters([home], date(2025, 1, 21), FEBRUARY, wh=700, missing=[(day, first, after)])
    run(END)


WHOLE = 20 * 24 * Decimal("0.5") + 11 * 24 * Decimal("0.7")


def test_a_missing_hour_is_bridged_by_its_neighbours_and_marked(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    read_all_but(home, date(2025, 1, 24), 5, 6)
    (segment,) = segments(home)
    assert Decimal(used(segment)) == WHOLE
    assert segment["basis"]["counts"] == [["missing", 1], ["actual", 743]]
    assert "bridged" in segment["basis"]["method"]
    assert Bill.objects.get().estimated


def test_a_missing_day_is_as_the_last_three_days_of_its_kind(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    read_all_but(home, date(2025, 1, 22), 0, 24)
    (segment,) = segments(home)
    # Of Friday and Monday with 500 Wh, and Tuesday with 700, the mean is 567.
    assert Decimal(used(segment)) == WHOLE - 24 * (Decimal("0.700") - Decimal("0.567"))
    assert segment["basis"]["counts"] == [["missing", 24], ["actual", 720]]
    check_made_again()


def test_three_missing_weeks_are_held_for_a_person(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    read_meters([home], JANUARY, date(2025, 1, 8))
    read_meters([home], date(2025, 1, 29), FEBRUARY)
    run(END)
    held = HeldBill.objects.get()
    assert [check["code"] for check in held.checks] == ["missing-readings"]
    assert held.checks[0]["detail"] == "504 of 744 readings of P00001 are missing."
    # As on the days that are known.
    assert held.total_minor == 7940
    assert not Bill.objects.exists()


def test_estimated_again_and_again_is_held(tmp_path: Path) -> None:
    home = home_of(tmp_path, estimates_in_a_row=1)
    gaps = [(date(2025, month, 15), 3, 4) for month in (1, 2)]
    read_meters([home], JANUARY, MARCH, missing=gaps)
    run(date(2025, 2, 28))
    assert Bill.objects.count() == 1
    assert [check["code"] for check in HeldBill.objects.get().checks] == ["estimated-again"]


def test_a_home_that_falls_silent_is_estimated_for_ninety_days_and_then_parked(
    tmp_path: Path,
) -> None:
    home = home_of(tmp_path, missing_share="1", estimates_in_a_row=9)
    read_meters([home], JANUARY, FEBRUARY)
    run(date(2025, 6, 30))
    # January is read; ninety days before May, and not before June, its last day is known.
    assert [segment["first_day"] for segment in segments(home)] == [
        f"2025-0{month}-01" for month in range(1, 6)
    ]
    february = segments(home)[1]
    assert (used(february), february["basis"]["counts"]) == ("336", [["missing", 672]])
    assert BillingException.objects.get().code == "NoMeter"


def test_a_meter_without_any_reading_is_parked_as_such(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    metering.install_meter(
        meter_id=meter("M1"), usage_point_id=home.point, installed_at=midnight(JANUARY),
        by="test", at=village.BEGAN,
    )  # fmt: skip
    run(END)
    assert BillingException.objects.get().code == "NoReadings"


def test_days_without_one_of_two_channels_are_estimated(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    read_meters([home], JANUARY, FEBRUARY)
    read_meters([home], JANUARY, date(2025, 1, 30), wh=100, channel="heater")
    run(date(2025, 1, 31))
    (segment,) = segments(home)
    # 744 hours of 0.5 kWh and 0.1 kWh: the last two days of the heater as on the days before.
    assert used(segment) == "446.4"
    assert segment["basis"]["counts"] == [["missing", 48], ["actual", 1440]]


def test_a_channel_that_was_added_later_was_nothing_before(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    read_meters([home], JANUARY, FEBRUARY)
    read_meters([home], date(2025, 1, 21), FEBRUARY, wh=100, channel="heater")
    run(date(2025, 1, 31))
    (segment,) = segments(home)
    # 744 hours of 0.5 kWh, and 11 days of 2.4 kWh.
    assert used(segment) == "398.4"
    assert segment["basis"]["counts"] == [["actual", 1008]]
