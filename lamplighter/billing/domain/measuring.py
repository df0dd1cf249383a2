"""
Where tariffs and metering meet, which do not know each other.

A tariff says what it needs measured (`tariffs.domain.measures`), metering is told what to measure
(`metering.domain.determinants`): here one is put into the words of the other, and the table that
comes back into usage that the tariff can price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa

from lamplighter.billing.domain.periods import BillingPeriod, boundaries
from lamplighter.metering.domain import determinants as metered
from lamplighter.metering.domain.day_plans import BandPlan
from lamplighter.tariffs.domain.clock import Clock
from lamplighter.tariffs.domain.columnar import ColumnUsage, NotColumnar, Scaled
from lamplighter.tariffs.domain.measures import (
    Bound,
    ClimbMeasure,
    EnergyMeasure,
    Measure,
    PeakMeasure,
    Usage,
)

Numbers = tuple[Any, ...]
"""What was measured: decimals by band, or by band and tier."""


def request_for(
    measures: Sequence[Measure], periods: Sequence[BillingPeriod], zone: tzinfo
) -> metered.Request:
    """What metering is asked, for periods that follow each other."""
    first, last = periods[0].first_day, periods[-1].after_last
    planner = _Planner(first.toordinal(), (last - first).days)
    return metered.Request(
        zone=zone,
        first_day=first,
        period_starts=boundaries(periods),
        months=tuple(period.months for period in periods),
        measures=tuple(planner.measure(measure) for measure in measures),
    )


@dataclass(frozen=True, slots=True)
class _Planner:
    first_ordinal: int
    days: int

    def measure(self, measure: Measure) -> metered.Measure:
        match measure:
            case EnergyMeasure():
                return metered.Sum(self.plan(measure.clock), measure.flow, measure.channel)
            case PeakMeasure():
                return self.peak(measure)
            case ClimbMeasure():
                return metered.Climb(
                    self.plan(measure.clock),
                    tuple(tuple(map(_bound, bounds)) for bounds in measure.bounds),
                    measure.flow,
                    measure.channel,
                    None if measure.peak is None else self.peak(measure.peak),
                )

    def peak(self, measure: PeakMeasure) -> metered.Peak:
        window = measure.window_minutes
        return metered.Peak(
            self.plan(measure.clock),
            measure.flow,
            None if window is None else window * 60,
            measure.rolling,
        )

    def plan(self, clock: Clock) -> BandPlan:
        return _plan(clock, self.first_ordinal, self.days)


@lru_cache(maxsize=4096)
def _plan(clock: Clock, first_ordinal: int, days: int) -> BandPlan:
    first = date.fromordinal(first_ordinal)
    profile_of_day = tuple(clock.profile_on(first + timedelta(n)) for n in range(days))
    return BandPlan(len(clock.bands), clock.profiles, profile_of_day)


def _bound(bound: Bound) -> metered.Bound:
    return metered.Bound(
        value=bound.value,
        by_months=bound.months,
        by_days=bound.days,
        by_peak=bound.per_kw,
        within=bound.within_hours,
    )


def usage_of(period: BillingPeriod, numbers: Mapping[Measure, Numbers]) -> Usage:
    """What was measured in one period."""
    return Usage(
        first_day=period.first_day,
        after_last=period.after_last,
        months=period.months,
        share=period.share,
        energy={m: n for m, n in numbers.items() if isinstance(m, EnergyMeasure)},
        peaks={m: n for m, n in numbers.items() if isinstance(m, PeakMeasure)},
        climbed={m: n for m, n in numbers.items() if isinstance(m, ClimbMeasure)},
    )


def numbers_in(table: pa.Table, n: int, measure: Measure) -> list[Numbers]:
    """What a table of determinants says of its measure n, row by row."""
    exponent = int(table.schema.metadata[f"e{n}".encode()])
    rows = table.column(f"m{n}").to_pylist()
    exact = [tuple(Decimal(number).scaleb(exponent) for number in row) for row in rows]
    if not isinstance(measure, ClimbMeasure):
        return list(exact)
    return [_by_tier(row, measure) for row in exact]


def _by_tier(row: tuple[Decimal, ...], measure: ClimbMeasure) -> Numbers:
    bands = len(measure.bounds)
    width = len(row) // bands
    # A band with fewer tiers than others has its last, unbounded one where its own bounds end.
    return tuple(
        row[band * width : band * width + len(measure.bounds[band]) + 1] for band in range(bands)
    )


def columns_in(
    table: pa.Table, measures: Sequence[Measure], periods: Sequence[BillingPeriod]
) -> ColumnUsage:
    """A table of determinants as columns that `price_columns` takes, accounts in its order."""
    energy, peaks = {}, {}
    for n, measure in enumerate(measures):
        lists = table.column(f"m{n}").combine_chunks()
        ints = lists.flatten().to_numpy().reshape(-1, len(periods), len(measure.clock.bands))
        scaled = Scaled(ints, int(table.schema.metadata[f"e{n}".encode()]))
        match measure:
            case EnergyMeasure():
                energy[measure] = scaled
            case PeakMeasure():
                peaks[measure] = scaled
            case ClimbMeasure():
                msg = "tiers climbed in clock order"
                raise NotColumnar(msg)
    return ColumnUsage(
        accounts=len(table) // len(periods), periods=tuple(periods), energy=energy, peaks=peaks
    )
