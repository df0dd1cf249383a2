"""Coincident demand: refused until the moments are stated, then billed at them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from lamplighter.kernel import Currency, Period
from lamplighter.tariffs.domain.clock import SeasonalClock, SeasonDays
from lamplighter.tariffs.domain.measures import (
    PeakMeasure,
    SystemPeakUnknown,
    Usage,
    measures_of,
)
from lamplighter.tariffs.domain.pricing import price
from lamplighter.tariffs.domain.schedule import DemandCharge, RateSchedule, Tier
from lamplighter.tariffs.domain.system_peaks import NotAMoment, SystemPeakClock, at_system_peaks

NEW_YORK = ZoneInfo("America/New_York")
NOON_IS_DEAR = SeasonalClock.of(
    ("night", "day"), [SeasonDays(1, 1, ((0,) * 8 + (1,) * 8 + (0,) * 8,) * 8)]
)
CHARGE = DemandCharge(
    name="Coincident demand",
    bands=((Tier(rate=Decimal(3)),), (Tier(rate=Decimal(7)),)),
    clock=NOON_IS_DEAR,
    coincident=True,
)
SCHEDULE = RateSchedule(
    code="CP",
    name="Coincident peak",
    currency=Currency("USD"),
    time_zone="America/New_York",
    components=(CHARGE,),
)


def hour(year: int, month: int, day: int, hour: int, minutes: int = 60) -> Period:
    start = datetime(year, month, day, hour, tzinfo=NEW_YORK)
    return Period(start, start + timedelta(minutes=minutes))


def clock_of(schedule: RateSchedule) -> SystemPeakClock:
    (charge,) = schedule.components
    assert isinstance(charge, DemandCharge)
    assert isinstance(charge.clock, SystemPeakClock)
    return charge.clock


def usage(peaks: tuple[int, ...], schedule: RateSchedule, month: int = 7) -> Usage:
    (measure,) = measures_of(schedule)
    assert isinstance(measure, PeakMeasure)
    return Usage(
        first_day=date(2025, month, 1),
        after_last=date(2025, month + 1, 1),
        peaks={measure: tuple(map(Decimal, peaks))},
    )


def test_a_coincident_charge_is_refused_until_its_moments_are_stated() -> None:
    with pytest.raises(SystemPeakUnknown) as no:
        measures_of(SCHEDULE)
    assert no.value.remedy == "State them."


def test_demand_counts_at_the_stated_moments_at_the_rates_of_their_hours() -> None:
    bound = at_system_peaks(SCHEDULE, [hour(2025, 7, 17, 14), hour(2025, 7, 29, 20)])
    (measure,) = measures_of(bound)
    clock = measure.clock
    assert clock.bands == (
        "other time", "night, at the system's peak", "day, at the system's peak")  # fmt: skip
    peak_day = clock.profiles[clock.profile_on(date(2025, 7, 17))]
    assert [h for h in range(24) if peak_day[h * len(peak_day) // 24] == 2] == [14]
    evening = clock.profiles[clock.profile_on(date(2025, 7, 29))]
    assert [h for h in range(24) if evening[h * len(evening) // 24] == 1] == [20]
    assert set(clock.profiles[clock.profile_on(date(2025, 7, 18))]) == {0}

    # 900 kW at some other time costs nothing; 40 kW x 3 at 20:00 and 55 kW x 7 at 14:00.
    bill, _ = price(bound, usage((900, 40, 55), bound))
    assert [line.amount for line in bill.lines] == [Decimal("120.00"), Decimal("385.00")]


def test_a_moment_is_told_in_any_time_zone_and_any_number_of_minutes() -> None:
    utc = datetime.fromisoformat("2025-07-17T18:45:00+00:00")
    bound = at_system_peaks(SCHEDULE, [Period(utc, utc + timedelta(minutes=15))])
    clock = clock_of(bound)
    profile = clock.profiles[clock.profile_on(date(2025, 7, 17))]
    assert len(profile) == 96
    assert [n for n, band in enumerate(profile) if band] == [14 * 4 + 3]


def test_a_moment_may_reach_over_midnight() -> None:
    bound = at_system_peaks(SCHEDULE, [hour(2025, 7, 17, 23, minutes=120)])
    clock = clock_of(bound)
    assert clock.days == (date(2025, 7, 17), date(2025, 7, 18))
    assert clock.profiles[2][0] == 1
    assert sum(band > 0 for band in clock.profiles[2]) * 24 == len(clock.profiles[2])


def test_a_period_without_a_stated_moment_is_refused_and_not_billed_as_nothing() -> None:
    bound = at_system_peaks(SCHEDULE, [hour(2025, 7, 17, 14)])
    with pytest.raises(SystemPeakUnknown, match="2025-08-01 to 2025-09-01"):
        price(bound, usage((900, 0, 0), bound, month=8))


def test_a_period_in_which_no_coincident_rate_holds_needs_no_moment() -> None:
    only_july = replace(
        CHARGE,
        clock=SeasonalClock.of(
            ("winter", "summer"), [SeasonDays(7, 1, ((1,),) * 8), SeasonDays(8, 1, ((0,),) * 8)]
        ),
        bands=((Tier(rate=Decimal(0)),), (Tier(rate=Decimal(7)),)),
    )
    schedule = replace(SCHEDULE, components=(only_july,))
    bound = at_system_peaks(schedule, [hour(2025, 7, 17, 14)])
    bill, _ = price(bound, usage((900, 0, 0), bound, month=8))
    assert bill.lines == ()


def test_stating_moments_anew_replaces_those_before() -> None:
    once = at_system_peaks(SCHEDULE, [hour(2025, 7, 17, 14)])
    assert at_system_peaks(once, [hour(2025, 7, 18, 15)]) == at_system_peaks(
        SCHEDULE, [hour(2025, 7, 18, 15)]
    )


@pytest.mark.parametrize("minutes", [25 * 60, 0.5])
def test_a_moment_takes_whole_minutes_and_at_most_a_day(minutes: float) -> None:
    start = datetime(2025, 7, 17, 14, tzinfo=NEW_YORK)
    with pytest.raises(NotAMoment):
        at_system_peaks(SCHEDULE, [Period(start, start + timedelta(minutes=minutes))])
