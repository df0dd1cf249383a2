"""Loads that are only known by day, month or quarter."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest

from lamplighter.billing.domain.period_loads import PeriodLoad, TimeOfUseUnknown, period_load_of
from lamplighter.metering.domain.readings import PERIODS
from lamplighter.tariffs.domain.clock import ALWAYS, MONTHS
from lamplighter.tariffs.domain.measures import EnergyMeasure, PeakMeasure

TOTAL, BY_MONTH = EnergyMeasure(ALWAYS), EnergyMeasure(MONTHS)


def load(*spans: tuple[str, str, int], unit: str = "m3") -> PeriodLoad:
    rows = [
        {
            "usage_point": "w", "channel": "import", "flow": "import", "unit": unit,
            "start": datetime.fromisoformat(start).replace(tzinfo=UTC),
            "end": datetime.fromisoformat(end).replace(tzinfo=UTC),
            "value": value, "exponent": -1, "quality": 1,
        }
        for start, end, value in spans
    ]  # fmt: skip
    return period_load_of(pa.Table.from_pylist(rows, schema=PERIODS), UTC)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2025-01-01", "2025-02-01", Fraction(1)),
        ("2025-02-03", "2025-03-06", Fraction(1)),
        ("2025-01-15", "2025-04-16", Fraction(3)),
        ("2025-01-01", "2026-01-01", Fraction(12)),
        ("2025-01-01", "2025-02-16", Fraction(46 * 12, 365)),
    ],
)
def test_a_long_reading_is_a_billing_period(start: str, end: str, months: Fraction) -> None:
    (period,) = load((start, end, 100)).periods
    assert (period.first_day.isoformat(), period.after_last.isoformat()) == (start, end)
    assert period.months == months


def test_readings_of_days_are_put_together_by_month() -> None:
    first = date(2025, 1, 30)
    days = [first + timedelta(n) for n in range(4)]
    daily = load(*((str(day), str(day + timedelta(1)), 10) for day in days))
    usages = daily.usages([TOTAL])
    assert [usage.energy[TOTAL] for usage in usages] == [(Decimal(2),), (Decimal(2),)]
    assert [period.months for period in daily.periods] == [Fraction(2, 31), Fraction(2, 28)]


def test_two_channels_of_one_flow_are_added_up() -> None:
    twice = load(("2025-01-01", "2025-02-01", 100), ("2025-01-01", "2025-02-01", 50))
    assert twice.usages([TOTAL])[0].energy[TOTAL] == (Decimal(15),)


def test_watt_hours_are_billed_as_kilowatt_hours() -> None:
    wh = load(("2025-01-01", "2025-02-01", 12_345), unit="Wh")
    assert wh.units == {"import": "kWh"}
    assert wh.usages([TOTAL])[0].energy[TOTAL] == (Decimal("1.2345"),)


def test_bands_are_known_where_all_days_of_a_reading_are_in_one() -> None:
    (usage,) = load(("2025-03-01", "2025-04-01", 100)).usages([BY_MONTH])
    assert usage.energy[BY_MONTH][2] == 10
    assert sum(usage.energy[BY_MONTH]) == 10


def test_what_depends_on_the_time_of_use_is_refused() -> None:
    across = load(("2025-03-15", "2025-04-15", 100))
    with pytest.raises(TimeOfUseUnknown):
        across.usages([BY_MONTH])
    with pytest.raises(TimeOfUseUnknown):
        across.usages([PeakMeasure(ALWAYS)])
