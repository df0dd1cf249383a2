from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.metering.domain.local_days import Happened, LocalDays, as_date

ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
    "America/Havana", "Africa/Cairo", "Pacific/Apia",
]  # fmt: skip


INSTANTS = st.integers(631_152_000, 2_114_380_800).map(lambda s: datetime.fromtimestamp(s, UTC))
"""Of the years 1990 to 2036."""


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize("zone", ZONES)
@settings(deadline=None)
@given(instant=INSTANTS)
def test_an_instant_falls_on_the_day_that_calendars_show(zone: str, instant: datetime) -> None:
    (day,) = LocalDays(ZoneInfo(zone)).day_of(np.array([int(instant.timestamp())]))
    assert as_date(int(day)) == instant.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize("zone", ZONES)
@settings(deadline=None)
@given(instant=INSTANTS)
def test_a_local_time_means_the_instant_whose_clock_shows_it(zone: str, instant: datetime) -> None:
    local = instant.astimezone(ZoneInfo(zone))
    days = LocalDays(ZoneInfo(zone))
    shown = int(local.replace(tzinfo=UTC, fold=0).timestamp())
    (found,), (happened,) = days.instants(np.array([shown]))
    assert happened in (Happened.ONCE, Happened.TWICE)
    meant = days.second_time(shown) if local.fold else int(found)
    assert meant == int(instant.timestamp())


def test_clock_changes_are_noticed() -> None:
    local = np.array([seconds(f"2024-{day}T02:30") for day in ("03-31", "10-27", "07-01")])
    _, happened = LocalDays(ZoneInfo("Europe/Berlin")).instants(local)
    assert happened.tolist() == [Happened.NEVER, Happened.TWICE, Happened.ONCE]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2024, 3, 31), 23),
        ("Europe/Berlin", date(2024, 10, 27), 25),
        ("Europe/Berlin", date(2024, 7, 1), 24),
        ("Australia/Lord_Howe", date(2024, 4, 7), 24.5),
        ("Africa/Cairo", date(2024, 4, 26), 23),
        ("America/Havana", date(2024, 11, 3), 25),
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_a_day_is_as_long_as_it_really_was(zone: str, day: date, hours: float) -> None:
    number = (day - date(1970, 1, 1)).days
    first, after = LocalDays(ZoneInfo(zone)).starts(number, number + 1)
    assert (after - first) / 3600 == hours


def test_a_fixed_offset_is_a_zone_too() -> None:
    days = LocalDays(timezone(timedelta(hours=10)))
    assert as_date(int(days.day_of(np.array([seconds("2024-06-30T14:00")]))[0])) == date(2024, 7, 1)
