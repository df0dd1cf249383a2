from decimal import Decimal

import pytest

from lamplighter.metering.domain.gas import (
    M3_PER_HUNDRED_CUBIC_FEET,
    de_energy_kwh,
    gb_energy_kwh,
)


def test_a_british_bill_of_a_metric_meter() -> None:
    # 100 m3 x 1.02264 x 39.5 MJ/m3 = 4,039.428 MJ; / 3.6 = 1,122.06333… kWh
    energy = gb_energy_kwh(Decimal(100), calorific_value_mj_per_m3=Decimal("39.5"))
    assert energy == Decimal("1122.06")


def test_a_british_bill_of_an_imperial_meter() -> None:
    # 35 hundred cubic feet x 2.83 = 99.05 m3; x 1.02264 x 39.2 / 3.6 = 1,102.96269… kWh
    volume_m3 = 35 * M3_PER_HUNDRED_CUBIC_FEET
    energy = gb_energy_kwh(volume_m3, calorific_value_mj_per_m3=Decimal("39.2"), decimals=3)
    assert energy == Decimal("1102.963")


def test_a_british_meter_with_a_corrector_needs_no_correction() -> None:
    # 1,000 m3 x 39.6 / 3.6 = 11,000 kWh
    energy = gb_energy_kwh(
        Decimal(1000), calorific_value_mj_per_m3=Decimal("39.6"), correction=Decimal(1)
    )
    assert energy == Decimal(11_000)


def test_a_german_bill() -> None:
    # 1,500 m3 x 0.9627 x 11.200 kWh/m3 = 16,173.36 kWh
    energy = de_energy_kwh(
        Decimal(1500),
        state_number=Decimal("0.9627"),
        calorific_value_kwh_per_m3=Decimal("11.200"),
    )
    assert energy == Decimal(16_173)


@pytest.mark.parametrize(("volume", "kwh"), [("0.05", "1"), ("0.04", "0"), ("-0.05", "-1")])
def test_half_a_kilowatt_hour_goes_up(volume: str, kwh: str) -> None:
    energy = de_energy_kwh(
        Decimal(volume), state_number=Decimal(1), calorific_value_kwh_per_m3=Decimal(10)
    )
    assert energy == Decimal(kwh)
