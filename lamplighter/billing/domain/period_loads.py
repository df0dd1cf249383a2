"""
Loads that are known by day, month or quarter only: accumulation meters, most gas and water.

They can be priced by every tariff that asks no more: what is needed of a reading is its sum, and
that all of its days are in one band.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pyarrow as pa

from lamplighter.billing.domain.loads import check_flow, check_one_usage_point, units_of
from lamplighter.billing.domain.measuring import usage_of
from lamplighter.billing.domain.periods import BillingPeriod, calendar_months
from lamplighter.kernel import Refusal
from lamplighter.metering.domain.blocks import Quality
from lamplighter.metering.domain.scaling import in_billed_units
from lamplighter.tariffs.domain.clock import bands_in_use
from lamplighter.tariffs.domain.measures import EnergyMeasure, Measure, Usage

_SHORT: Final = 25
"""Readings of fewer days are put together by calendar month."""
_REMEDY: Final = "Use intervals of an hour or shorter, or a tariff without bands and demand."


class TimeOfUseUnknown(Refusal):
    """The tariff asks when energy was used, and this load only says how much in how many days."""


@dataclass(frozen=True, slots=True)
class _Reading:
    flow: str
    channel: str
    first_day: date
    after_last: date
    value: Decimal
    known: bool

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(
            self.first_day + timedelta(n) for n in range((self.after_last - self.first_day).days)
        )


@dataclass(frozen=True, slots=True)
class PeriodLoad:
    """Readings of whole days, and the billing periods they make."""

    zone: tzinfo
    readings: tuple[_Reading, ...]
    periods: tuple[BillingPeriod, ...]
    units: Mapping[str, str]

    @property
    def missing(self) -> int:
        return sum(not reading.known for reading in self.readings)

    def usages(self, measures: Sequence[Measure]) -> list[Usage]:
        """:raises TimeOfUseUnknown: if a measure asks for more than sums"""
        for measure in measures:
            check_flow(measure, self.units)
        return [
            usage_of(period, {measure: self._sums(measure, period) for measure in measures})
            for period in self.periods
        ]

    def _sums(self, measure: Measure, period: BillingPeriod) -> tuple[Decimal, ...]:
        if not isinstance(measure, EnergyMeasure):
            raise TimeOfUseUnknown("It bills demand, or tiers by the clock.", remedy=_REMEDY)
        sums = [Decimal(0)] * len(measure.clock.bands)
        for reading in self.readings:
            inside = period.first_day <= reading.first_day < period.after_last
            named = measure.channel in (None, reading.channel)
            if inside and named and reading.flow == measure.flow:
                bands = bands_in_use(measure.clock, reading.days)
                if len(bands) > 1:
                    raise TimeOfUseUnknown(
                        f"The days from {reading.first_day} to {reading.after_last} have"
                        f" {len(bands)} price bands.",
                        remedy=_REMEDY,
                    )
                sums[next(iter(bands))] += reading.value
        return tuple(sums)


def period_load_of(rows: pa.Table, zone: tzinfo) -> PeriodLoad:
    """
    The load of one usage point from rows of schema PERIODS.

    :raises EmptyLoad: if there are none
    :raises SeveralUsagePoints: if there are several usage points
    """
    check_one_usage_point(rows)
    table = in_billed_units(rows)
    readings = tuple(_reading(row, zone) for row in table.to_pylist())
    return PeriodLoad(zone, readings, _billing_periods(readings), units_of(table))


def load_of_days(rows: pa.Table, zone: tzinfo, period: BillingPeriod) -> PeriodLoad:
    """
    The load of one usage point over one billing period, from rows of schema PERIODS of a day each.

    :raises EmptyLoad: if there are none
    """
    check_one_usage_point(rows)
    table = in_billed_units(rows)
    readings = tuple(_reading(row, zone) for row in table.to_pylist())
    return PeriodLoad(zone, readings, (period,), units_of(table))


def _reading(row: Mapping[str, Any], zone: tzinfo) -> _Reading:
    first, after = (row[end].astimezone(zone).date() for end in ("start", "end"))
    return _Reading(
        flow=row["flow"],
        channel=row["channel"],
        first_day=first,
        after_last=max(after, first + timedelta(1)),
        value=Decimal(row["value"]).scaleb(row["exponent"]),
        known=row["quality"] != int(Quality.MISSING),
    )


def _billing_periods(readings: Sequence[_Reading]) -> tuple[BillingPeriod, ...]:
    """Each long reading is a billing period; short ones are put together by calendar month."""
    spans = sorted({(reading.first_day, reading.after_last) for reading in readings})
    if all((after - first).days < _SHORT for first, after in spans):
        return calendar_months(spans[0][0], max(after for _, after in spans))
    return tuple(
        BillingPeriod(first, after, _months(days=(after - first).days)) for first, after in spans
    )


def _months(*, days: int) -> Fraction:
    """A reading of 25 to 35 days counts as a month, of about 91 as three; a rest for its share."""
    whole = round(days * 12 / 365.25)
    if whole and abs(days - whole * 365.25 / 12) <= 5:
        return Fraction(whole)
    return Fraction(days * 12, 365)
