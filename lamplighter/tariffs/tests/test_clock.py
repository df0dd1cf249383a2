from datetime import date

import pytest

from lamplighter.tariffs.domain.clock import (
    Holidays,
    SeasonalClock,
    SeasonDays,
    band_days,
    bands_in_use,
)

WORK = (0,) * 8 + (1,) * 8 + (0,) * 8
REST = (0,)


def seasons(*starts: tuple[int, int]) -> list[SeasonDays]:
    patterns = [(WORK,) * 5 + (REST,) * 3, (REST,) * 8]
    return [SeasonDays(*start, patterns[n % 2]) for n, start in enumerate(starts)]


def band_at(clock: SeasonalClock, day: date, hour: int) -> str:
    profile = clock.profiles[clock.profile_on(day)]
    return clock.bands[profile[hour * len(profile) // 24]]


@pytest.mark.parametrize(
    ("day", "band"),
    [
        (date(2025, 6, 15), "low"),
        (date(2025, 6, 16), "high"),
        (date(2025, 9, 30), "high"),
        (date(2025, 10, 1), "low"),
        (date(2025, 1, 2), "low"),
    ],
)
def test_a_season_may_begin_in_the_middle_of_a_month_and_last_over_new_year(
    day: date, band: str
) -> None:
    clock = SeasonalClock.of(("low", "high"), seasons((6, 16), (10, 1)))
    assert band_at(clock, day, 12) == band


def test_a_holiday_goes_like_a_holiday_and_not_like_its_weekday() -> None:
    clock = SeasonalClock.of(
        ("low", "high"), seasons((1, 1)), Holidays("DE", "BY", frozenset({date(2025, 12, 24)}))
    )
    wednesday, epiphany = date(2025, 1, 8), date(2025, 1, 6)
    assert [band_at(clock, day, 12) for day in (wednesday, epiphany, date(2025, 12, 24))] == [
        "high", "low", "low"]  # fmt: skip


def test_holidays_of_another_state_are_working_days() -> None:
    assert date(2025, 1, 6) in Holidays("DE", "BY")
    assert date(2025, 1, 6) not in Holidays("DE", "BE")


def test_without_a_calendar_holidays_follow_their_weekday() -> None:
    clock = SeasonalClock.of(("low", "high"), seasons((1, 1)))
    assert band_at(clock, date(2025, 12, 25), 12) == "high"


def test_the_same_times_are_the_same_clock_however_finely_they_are_told() -> None:
    coarse = SeasonalClock.of(("low", "high"), seasons((1, 1)))
    work = tuple(band for band in WORK for _ in range(12))
    fine = [SeasonDays(month, 1, (work,) * 5 + ((0,) * 288,) * 3) for month in range(1, 13)]
    assert SeasonalClock.of(("low", "high"), fine) == coarse
    assert coarse.profiles == ((0, 1, 0), (0,))


def test_bands_are_counted_by_the_days_that_begin_in_them() -> None:
    clock = SeasonalClock.of(
        ("winter", "summer"),
        [SeasonDays(6, 16, ((1,),) * 8), SeasonDays(10, 1, ((0,),) * 8)],
    )
    june = [date(2025, 6, day) for day in range(1, 31)]
    assert band_days(clock, june) == (15, 15)
    assert bands_in_use(clock, june[:15]) == {0}
